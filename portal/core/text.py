"""Words that rules hand out: a message's English wording and its values; whoever shows it translates it.

Texts that belong to a form, a workflow or a tenant travel with it as :class:`Text`, one wording in many languages.
"""

from __future__ import annotations

from forms.engine.text import N_, Message, Text

__all__ = ["N_", "Message", "Text"]
