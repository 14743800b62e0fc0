"""The definition of a standard as text: JSON that a person reads and writes. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portal.core.text import N_, Message

LONGEST_TEXT = 100_000


class DefinitionError(ValueError):
    """Text that is no definition; ``message`` says where and how to mend it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


def write_definition(definition: Mapping[str, Any]) -> str:
    """A definition as text, one setting a line."""
    return json.dumps(definition, indent=2, ensure_ascii=False)


def read_definition(text: str) -> dict[str, Any]:
    """The definition that a text holds.

    :raises DefinitionError: when it is no JSON object, or holds what no database keeps.
    """
    if len(text) > LONGEST_TEXT:
        raise DefinitionError(N_("This is too long for a standard. Shorten its texts."))
    try:
        found = json.loads(text, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as fault:
        raise DefinitionError(
            N_(
                "This cannot be read from line %(line)s, column %(column)s on. "
                "Check commas, quotation marks and brackets.",
                line=fault.lineno,
                column=fault.colno,
            )
        ) from None
    except (ValueError, RecursionError):
        raise DefinitionError(N_("This holds a number or a character that cannot be kept. Take it out.")) from None
    if not isinstance(found, dict):
        raise DefinitionError(N_("The definition is an object: it begins with { and ends with }."))
    if "\\u0000" in json.dumps(found):
        raise DefinitionError(N_("This holds a number or a character that cannot be kept. Take it out."))
    return found


def _no_number(name: str) -> object:
    raise ValueError(name)
