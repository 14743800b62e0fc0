"""Quarters of the year, by which the published figures are told. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_CODE = re.compile(r"([12][0-9]{3})-Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a calendar year; its days are those of a tenant's own zone."""

    year: int
    number: int

    @property
    def code(self) -> str:
        """How it is stored and addressed: ``2026-Q3``."""
        return f"{self.year:04}-Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.step(1).first - timedelta(days=1)

    def step(self, count: int) -> Quarter:
        """The quarter so many later; earlier when negative."""
        place = self.year * 4 + self.number - 1 + count
        return Quarter(place // 4, place % 4 + 1)

    def ends_at(self, zone: str) -> datetime:
        """The instant at which it is over in a zone: the first of the next one."""
        return datetime.combine(self.step(1).first, time(), ZoneInfo(zone))


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    return Quarter(day.year, (day.month - 1) // 3 + 1)


def read_quarter(code: str) -> Quarter | None:
    """The quarter a code such as ``2026-Q3`` names, or None when it names none."""
    found = _CODE.fullmatch(code)
    return Quarter(int(found[1]), int(found[2])) if found else None


def up_to(last: Quarter, count: int) -> tuple[Quarter, ...]:
    """So many quarters that end with this one, the oldest first."""
    return tuple(last.step(-place) for place in range(count - 1, -1, -1))
