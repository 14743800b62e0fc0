"""Rules between answers, written as data in a definition and judged here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from .conditions import answer_at, holds, visible
from .context import Context
from .definition import Answers, Check, FormDefinition, Problem, Question
from .kinds import is_raw, kind_of
from .kinds_number import decimal_of
from .kinds_rows import computed, records, totals
from .numbers import money_in_text, show_number
from .text import fill, literal

SUM = re.compile(r"sum\(([a-z_0-9]+\.[a-z_0-9]+)\.([a-z_0-9]+)\)")
COUNT = re.compile(r"count\(([a-z_0-9]+\.[a-z_0-9]+)\)")
PATH = re.compile(r"[a-z_0-9]+\.[a-z_0-9]+")
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda left, right: bool(left == right),
    "at_most": lambda left, right: bool(left <= right),
    "at_least": lambda left, right: bool(left >= right),
    "order": lambda left, right: bool(left <= right),
}
OPTIONS: dict[str, frozenset[str]] = {
    **{kind: frozenset({"left", "right", "rows"}) for kind in OPERATORS},
    "distinct": frozenset({"rows", "column"}),
    "required": frozenset({"question", "over"}),
}


def failures(definition: FormDefinition, answers: Answers, context: Context, level: str) -> Iterator[Problem]:
    """Yield the problems of the definition's checks of *level*; what is unanswered or unreadable is not judged here."""
    for check in definition.checks:
        target = definition.question(check.at)
        if check.level == level and visible(definition, target, answers) and holds(check.show_if, answers):
            for path, values in _judge(definition, check, answers, context):
                section, _, code = check.at.partition(".")
                message = literal(fill(check.message.get(context.locale), values))
                yield Problem(section, code, path, message)


def _judge(
    definition: FormDefinition, check: Check, answers: Answers, context: Context
) -> Iterator[tuple[str, dict[str, str]]]:
    if check.kind == "distinct":
        yield from _distinct(check, answers)
    elif check.kind == "required":
        yield from _required(definition, check, answers, context)
    elif "rows" in check.options:
        yield from _by_row(definition, check, answers, context)
    else:
        sides = [operand(definition, str(check.options[side]), answers, context) for side in ("left", "right")]
        if None not in sides and not OPERATORS[check.kind](*sides):
            yield check.at.partition(".")[2], _values(definition, check, sides, context)


def operand(definition: FormDefinition, name: str, answers: Answers, context: Context) -> Any:
    """Return what an operand stands for: a figure, a day or month as text, or None when it is not known.

    *name* is "section.question", "sum(section.table.column)", "count(section.table)" (rows with anything in them),
    "context.amount_limit", "policy.<name>" or a figure.
    """
    if name == "context.amount_limit":
        return context.amount_limit
    if name.startswith("policy."):
        return _figure(context.policy.get(name.removeprefix("policy.")))
    if found := SUM.fullmatch(name):
        question = definition.question(found.group(1))
        return totals_of(question, answer_at(answers, found.group(1))).get(found.group(2))
    if found := COUNT.fullmatch(name):
        return _rows_filled(definition.question(found.group(1)), answers, found.group(1))
    if not PATH.fullmatch(name) or name.replace(".", "").isdigit():
        return Decimal(name)
    question = definition.question(name)
    return _figure(answer_at(answers, name)) if visible(definition, question, answers) else None


def totals_of(question: Question, value: Any) -> dict[str, Decimal]:
    """Return the column totals of a stored table; nothing when the table is empty."""
    return totals(question, records(value)) if not kind_of(question).empty(question, value) else {}


def _rows_filled(question: Question, answers: Answers, path: str) -> Decimal | None:
    """How many rows of a table or group say anything; None when none does: that it is needed is said elsewhere."""
    filled = sum(
        any(not kind_of(part).empty(part, record.get(part.code)) for part in question.parts)
        for record in records(answer_at(answers, path))
    )
    return Decimal(filled) if filled else None


def _figure(value: Any) -> Any:
    if value is None or value == "" or is_raw(value):
        return None
    number = decimal_of(value)
    return number if number is not None else (value if isinstance(value, str) else None)


def _by_row(
    definition: FormDefinition, check: Check, answers: Answers, context: Context
) -> Iterator[tuple[str, dict[str, str]]]:
    table = definition.question(str(check.options["rows"]))
    for number, record in enumerate(records(answer_at(answers, str(check.options["rows"])))):
        sides = [_side(definition, table, record, str(check.options[s]), answers, context) for s in ("left", "right")]
        kinds = {type(side) for side in sides}
        if None not in sides and len(kinds) == 1 and not OPERATORS[check.kind](*sides):
            yield (
                f"{table.code}-{number}-{check.options['left']}",
                _values(definition, check, sides, context, number + 1),
            )


def _side(
    definition: FormDefinition,
    table: Question,
    record: Mapping[str, Any],
    name: str,
    answers: Answers,
    context: Context,
) -> Any:
    column = table.part(name)
    return _figure(computed(column, record)) if column else operand(definition, name, answers, context)


def _distinct(check: Check, answers: Answers) -> Iterator[tuple[str, dict[str, str]]]:
    path, column = str(check.options["rows"]), str(check.options["column"])
    seen: set[str] = set()
    for number, record in enumerate(records(answer_at(answers, path))):
        value = record.get(column)
        name = value.get("name") if isinstance(value, Mapping) else value
        key = str(name).casefold()
        if name and key in seen:
            yield f"{path.partition('.')[2]}-{number}-{column}", {"row": str(number + 1), "value": str(name)}
        seen.add(key)


def _required(
    definition: FormDefinition, check: Check, answers: Answers, context: Context
) -> Iterator[tuple[str, dict[str, str]]]:
    path = str(check.options["question"])
    wanted = definition.question(path)
    if not kind_of(wanted).empty(wanted, answer_at(answers, path)):
        return
    over = check.options["over"]
    table = definition.question(str(over["rows"]))
    share = Decimal(str(over["share"]))
    for record in records(answer_at(answers, str(over["rows"]))):
        value, base = (_column(table, record, str(over[side])) for side in ("value", "of"))
        if value is not None and base is not None and abs(value) > abs(base) * share:
            percent = show_number(share * 100, context.locale)
            yield path.partition(".")[2], {"percent": percent, "row": str(record.get(table.parts[0].code) or "")}
            return


def _column(table: Question, record: Mapping[str, Any], code: str) -> Decimal | None:
    column = table.part(code)
    return decimal_of(computed(column, record)) if column else None


def _values(
    definition: FormDefinition, check: Check, sides: list[Any], context: Context, row: int = 0
) -> dict[str, str]:
    """Return the placeholders of a check's message: both sides as the reader writes figures, and the row's number."""
    kinds = {kind_of(question).name for question in _questions(definition, check)}
    left, right = (_write(side, "money" in kinds, context) for side in sides)
    return {"left": left, "right": right, "row": str(row)}


def _questions(definition: FormDefinition, check: Check) -> Iterator[Question]:
    for side in ("left", "right"):
        name = str(check.options.get(side, ""))
        if "rows" in check.options and (part := definition.question(str(check.options["rows"])).part(name)):
            yield part
        elif (
            PATH.fullmatch(name)
            and not name.startswith(("context.", "policy."))
            and not name.replace(".", "").isdigit()
        ):
            yield definition.question(name)


def _write(side: Any, money: bool, context: Context) -> str:
    if not isinstance(side, Decimal):
        return str(side)
    return money_in_text(side, context.currency, context.locale) if money else show_number(side, context.locale)
