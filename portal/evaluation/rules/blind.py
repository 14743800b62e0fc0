"""What a blind reader sees of a form and of its answers: nothing that names who applies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from forms.engine.definition import FormDefinition, Question

#: Kinds of questions whose answers say who applies, or may.
NAMING = frozenset({"contact", "organisation", "city", "file", "email", "phone"})
MASK = "[…]"
SHORTEST = 3


def number(round_id: UUID, case_id: UUID) -> str:
    """What a case is called in a blind round: the same each time, and nothing can be learnt from it."""
    return "B-" + sha256(f"{round_id}:{case_id}".encode()).hexdigest()[:6].upper()


def without_names(definition: FormDefinition, *, keep_files: bool = False) -> FormDefinition:
    """The form without the questions that name: by their kind, and the title, which often names the city."""
    kinds = NAMING - {"file"} if keep_files else NAMING
    sections = tuple(
        replace(section, questions=tuple(one for q in section.questions if (one := _plain(q, kinds)) is not None))
        for section in definition.sections
    )
    return replace(definition, sections=tuple(section for section in sections if section.questions))


def _plain(question: Question, kinds: frozenset[str]) -> Question | None:
    if question.kind in kinds or question.promote == "title":
        return None
    if question.kind not in ("group", "table"):
        return question
    parts = tuple(one for part in question.parts if (one := _plain(part, kinds)) is not None)
    return replace(question, parts=parts) if parts else None


def names_in(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every name given in the answers to the questions that name."""
    found: list[str] = []
    for section, question in definition.each():
        _collect(question, answers.get(section.code, {}).get(question.code), found)
    return found


def _collect(question: Question, value: Any, found: list[str]) -> None:
    if question.kind in ("group", "table") and isinstance(value, list):
        for row in value:
            for part in question.parts:
                _collect(part, row.get(part.code), found)
    elif question.kind == "contact" and isinstance(value, dict):
        found += [str(value[key]) for key in ("name", "organisation", "email", "phone") if value.get(key)]
    elif question.kind in ("organisation", "city") and isinstance(value, dict) and value.get("name"):
        found.append(str(value["name"]))


def masked(answers: Any, names: Iterable[str]) -> Any:
    """The answers with every one of these names replaced wherever it stands, whatever its case."""
    long = sorted({name.strip() for name in names if len(name.strip()) >= SHORTEST}, key=len, reverse=True)
    if not long:
        return answers
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, long)) + r")(?!\w)", re.IGNORECASE)
    return _mask(answers, pattern)


def _mask(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, Mapping):
        return {key: _mask(one, pattern) for key, one in value.items()}
    return [_mask(one, pattern) for one in value] if isinstance(value, list) else value
