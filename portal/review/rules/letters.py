"""How a letter is put together from an instrument's wording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from forms.engine.text import fill

#: the wording of each outcome, by its name in the instrument's documents
WORDINGS = {
    "approved": "approval_letter",
    "approved_with_conditions": "conditional_approval_letter",
    "approved_in_principle": "in_principle_letter",
    "declined": "decline_letter",
    "revise_and_resubmit": "revise_letter",
    "not_eligible": "not_eligible_letter",
}
_PARAGRAPHS = re.compile(r"\n\s*\n")
#: placeholders that stand for whole paragraphs
BLOCKS = ("conditions", "grounds")


def languages(written: str, working: list[str], worded: tuple[str, ...]) -> list[str]:
    """The languages of a letter: the applicant's, and beside it the secretariat's when she writes in another one.

    :param written: the language of the application; :param working: the secretariat's, the main one first.
    :param worded: the languages in which the instrument has a wording.
    """
    wanted = [written] if written in working else [written, working[0]]
    return [code for code in wanted if code in worded] or [working[0]]


def lines(text: str) -> list[str]:
    """The lines of a text that hold something, without the dash or number they may begin with."""
    found = (re.sub(r"^\s*(?:[-–—•*]|\d{1,2}[.)])(?:\s+|$)", "", line).strip() for line in text.split("\n"))
    return [line for line in found if line]


def with_obligations(blocks: list[dict[str, Any]], owed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what an approval obliges to behind the approval itself: after its conditions, else after its first paragraph.

    :param owed: the paragraphs that tell it; empty when there is nothing.
    """
    if not owed:
        return blocks
    asked = [number for number, block in enumerate(blocks) if block["kind"] == "list"]
    at = (asked[-1] if asked else 0) + 1
    return [*blocks[:at], *owed, *blocks[at:]]


def blocks(wording: str, values: Mapping[str, str], *, written_in: str) -> list[dict[str, Any]]:
    """The paragraphs of a letter, ready for its template.

    A paragraph that is nothing but ``{conditions}`` becomes a numbered list, ``{grounds}`` becomes paragraphs.

    :param written_in: the language in which grounds and conditions were written, when it is another one.
    :raises KeyError: naming a placeholder for which there is no value.
    """
    found: list[dict[str, Any]] = []
    for paragraph in _PARAGRAPHS.split(wording.strip()):
        name = paragraph.strip().strip("{}")
        if name in BLOCKS and paragraph.strip() == f"{{{name}}}":
            kind = "list" if name == "conditions" else "quote"
            found.append({"kind": kind, "lines": lines(values[name]), "lang": written_in})
        else:
            found.append({"kind": "text", "text": fill(paragraph, values)})
    return found
