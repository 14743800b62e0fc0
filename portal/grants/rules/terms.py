"""The terms of a grant: which tranche is paid on which condition, what a report says of the budget lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.core.money import split

AGREEMENT_ACCEPTED = "agreement_accepted"
REPORT_ACCEPTED = "report_accepted"
CENT = Decimal("0.01")
#: The least share of a line by which spending must differ from it to be called a variance worth explaining.
NOTABLE = Decimal("0.10")


@dataclass(frozen=True)
class Part:
    """A tranche to be: its number from 1, its amount in the grant's currency, and its condition."""

    number: int
    amount: Decimal
    condition: str


@dataclass(frozen=True)
class Line:
    """A budget line: its number from 1, its wording, its category's code, the grant's money in it."""

    number: int
    label: str
    category: str
    amount: Decimal


def tranches(amount: Decimal, shares: tuple[int, ...]) -> tuple[Part, ...]:
    """The tranches of a grant: the first on the agreement's acceptance, each further one on a report's.

    :param amount: the grant, in its currency; :param shares: whole percentages that add up to 100.
    """
    return tuple(
        Part(number, part, AGREEMENT_ACCEPTED if number == 1 else f"{REPORT_ACCEPTED}:{number - 1}")
        for number, part in enumerate(split(amount, shares), 1)
    )


def report_needed(condition: str) -> int | None:
    """The number of the report whose acceptance a tranche waits for, or None."""
    kind, _, number = condition.partition(":")
    return int(number) if kind == REPORT_ACCEPTED and number.isdigit() else None


def lines(rows: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The lines of the budget that carry money of the grant, as the approved table has them.

    :raises ValueError: when a row's amount is no amount of whole cents.
    """
    found: list[Line] = []
    for row in rows:
        amount = money(row.get("grant"))
        if amount > 0:
            found.append(Line(len(found) + 1, str(row.get("component") or ""), str(row.get("category") or ""), amount))
    return tuple(found)


def money(value: object) -> Decimal:
    """A stored amount as a decimal; nothing is zero.

    :raises ValueError: when it is no amount of whole cents.
    """
    if value is None or value == "":
        return Decimal(0)
    try:
        amount = Decimal(str(value))
        exact = amount.quantize(CENT)
    except InvalidOperation:
        raise ValueError(f"{value!r} is no amount") from None
    if exact != amount:
        raise ValueError(f"{value!r} has more than two decimals")
    return exact


def row_id(number: int) -> str:
    """The id under which a budget line stands in a report's table."""
    return f"r{number}"


def use_of_funds(budget: Sequence[Line]) -> list[dict[str, Any]]:
    """The rows with which a report's table of spending begins."""
    return [
        {
            "_row": row_id(line.number),
            "line": line.label,
            "category": line.category,
            "budget": f"{line.amount:.2f}",
            "spent": None,
        }
        for line in budget
    ]


def spending(rows: Iterable[Mapping[str, Any]]) -> dict[int, Decimal]:
    """What a report says was spent since the beginning of the grant, by the number of the budget line."""
    found: dict[int, Decimal] = {}
    for row in rows:
        key = str(row.get("_row", ""))
        if key.startswith("r") and key[1:].isdigit():
            found[int(key[1:])] = money(row.get("spent"))
    return found


def is_notable(budget: Decimal, spent: Decimal) -> bool:
    """Whether spending on a line differs from its budget by more than a tenth."""
    return abs(budget - spent) > budget * NOTABLE
