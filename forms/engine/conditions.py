"""Conditions under which a question is asked: read from data, evaluated on answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .definition import Answer, Answers, Condition, FormDefinition, Question


def parse_condition(data: Any, section: str) -> Condition:
    """Read a condition; "question" without a dot means the same section. ValueError says what is wrong with it."""
    if not isinstance(data, Mapping) or not data:
        raise ValueError('a condition is a table such as {question = "scope", equals = "city"}')
    for op in ("all", "any"):
        if op in data:
            if len(data) != 1 or not isinstance(data[op], list) or not data[op]:
                raise ValueError(f'"{op}" takes a list of conditions and nothing beside it')
            return Condition(op, parts=tuple(parse_condition(part, section) for part in data[op]))
    if set(data) == {"not"}:
        return Condition("not", parts=(parse_condition(data["not"], section),))
    ops = set(data) - {"question"}
    if "question" not in data or len(ops) != 1 or not ops <= {"equals", "in", "answered"}:
        raise ValueError('name a "question" and one of "equals", "in" or "answered"')
    op = ops.pop()
    path = str(data["question"])
    return Condition(op, path if "." in path else f"{section}.{path}", data[op])


def holds(condition: Condition | None, answers: Answers) -> bool:
    """Tell whether *condition* is met by *answers* (an unanswered question equals nothing)."""
    if condition is None:
        return True
    if condition.op == "all":
        return all(holds(part, answers) for part in condition.parts)
    if condition.op == "any":
        return any(holds(part, answers) for part in condition.parts)
    if condition.op == "not":
        return not holds(condition.parts[0], answers)
    answer = answer_at(answers, condition.path)
    if condition.op == "answered":
        return bool(answer or answer == 0) == bool(condition.value)
    wanted = condition.value if condition.op == "in" else [condition.value]
    return any(item in wanted for item in answer) if isinstance(answer, list) else answer in wanted


def answer_at(answers: Answers, path: str) -> Answer:
    """Return the answer at "section.question", None when there is none."""
    section, _, code = path.partition(".")
    found = answers.get(section)
    return found.get(code) if isinstance(found, Mapping) else None


def visible(definition: FormDefinition, question: Question, answers: Answers, depth: int = 0) -> bool:
    """Tell whether *question* is asked: its own condition holds, and so do those of the questions it depends on."""
    condition = question.show_if
    if condition is None:
        return True
    if depth > 20 or not holds(condition, answers):
        return False
    if condition.op in ("any", "not"):
        return True
    return all(visible(definition, definition.question(path), answers, depth + 1) for path in condition.paths())
