"""Words that rules hand out: a message's English wording and its values; whoever shows it translates it.

Texts that belong to a form, a workflow or a tenant travel with it as :class:`Text`, one wording in many languages.
"""

from __future__ import annotations

import unicodedata

from forms.engine.text import N_, Message, Text

__all__ = ["N_", "Message", "Text", "legible"]

#: signs without a shape that scripts need: joiners of Persian and of Indian scripts, marks of direction
SHAPELESS = "\u200c\u200d\u200e\u200f"


def legible(text: str, breaks: str = "") -> str:
    """A typed text without signs that no text holds, such as control signs; spaces of every kind stay.

    :param breaks: the control signs that may stay, such as line breaks.
    """
    return "".join(sign for sign in text if sign in breaks or sign in SHAPELESS or _has_shape(sign))


def _has_shape(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind == "Zs" or kind[0] not in "CZ"
