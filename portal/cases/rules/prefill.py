"""What a second application takes over from the one it follows: answers to questions that both forms ask alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms.engine.definition import Question, Section

Answers = dict[str, dict[str, Any]]
#: kinds that are said anew: a declaration holds for the application it was made on, a file belongs to its case
ANEW = frozenset({"confirm", "file"})
ROW = "_row"


def carried(before: Iterable[Section], answers: Mapping[str, Mapping[str, Any]], after: Iterable[Section]) -> Answers:
    """The answers a new application begins with, by section.

    A question agrees with one of the same code and kind, wherever it stands; one in a section of the same name goes
    first. Of choices only those that the new form offers are taken over, of rows only the parts that both have.

    :param before: the sections of the form that was answered; :param after: those of the new one.
    """
    known: dict[str, list[tuple[str, Question]]] = {}
    for section in before:
        for question in section.questions:
            known.setdefault(question.code, []).append((section.code, question))
    found: Answers = {}
    for section in after:
        for question in section.questions:
            places = sorted(known.get(question.code, ()), key=lambda place: place[0] != section.code)
            for code, old in places:
                value = _taken(old, question, answers.get(code, {}).get(question.code))
                if value not in (None, "", []):
                    found.setdefault(section.code, {})[question.code] = value
                    break
    return found


def _taken(old: Question, new: Question, value: Any) -> Any:
    """A value as the new question can hold it; None for nothing."""
    if old.kind != new.kind or new.kind in ANEW:
        return None
    if new.kind in ("group", "table"):
        rows = value if isinstance(value, list) else []
        return [row for row in (_row(old, new, row) for row in rows if isinstance(row, Mapping)) if len(row) > 1]
    offered = {choice.code for choice in new.choices}
    if not offered:
        return value
    if isinstance(value, list):
        return [code for code in value if code in offered]
    return value if value in offered else None


def _row(old: Question, new: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {ROW: row[ROW]} if ROW in row else {}
    before = {part.code: part for part in old.parts}
    for part in new.parts:
        if part.code in before:
            value = _taken(before[part.code], part, row.get(part.code))
            if value not in (None, "", []):
                kept[part.code] = value
    return kept
