"""The order in which a panel recommends, and where the money ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True)
class Entry:
    """A case in a ranking. :param amount: what it asks for, in the call's currency."""

    case_id: UUID
    reference: str
    score: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True)
class Line:
    """A place. :param cumulative: the sum up to and with it; :param fits: whether that is within the envelope."""

    entry: Entry
    place: int
    cumulative: Decimal
    fits: bool


def by_score(entries: Iterable[Entry]) -> list[Entry]:
    """The highest score first; of equals the one that asks for less, then by reference; unscored ones last."""
    return sorted(
        entries,
        key=lambda one: (one.score is None, -(one.score or 0), one.amount or Decimal(0), one.reference),
    )


def lines(entries: Iterable[Entry], envelope: Decimal | None) -> list[Line]:
    """Places with the running sum. The budget line stands before the first that does not fit; none after it fits.

    :param envelope: the money of the call; none: everything fits.
    """
    found: list[Line] = []
    total = Decimal(0)
    for place, entry in enumerate(entries, start=1):
        total += entry.amount or Decimal(0)
        found.append(Line(entry, place, total, envelope is None or total <= envelope))
    return found


def moved(order: list[UUID], case_id: UUID, place: int) -> list[UUID]:
    """The order with one case at another place, counted from 1; a place beyond the ends means the end.

    :raises ValueError: when the case is not in it.
    """
    rest = [one for one in order if one != case_id]
    if len(rest) == len(order):
        raise ValueError("the case is not in this ranking")
    at = min(max(place, 1), len(order)) - 1
    return [*rest[:at], case_id, *rest[at:]]
