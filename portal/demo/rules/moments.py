"""From days before today to instants at which people plausibly work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.calendars import WorkCalendar

#: Minutes after midnight, local time, between which things happen.
FIRST, LAST = 9 * 60 + 5, 16 * 60 + 40
#: A step that keeps neighbouring cases from happening at the same minute; without a common divisor with the span.
STRIDE = 97
SHORTEST = timedelta(minutes=4)


@dataclass
class Timeline:
    """Hands out instants for the steps of one story: ever later, in office hours, never after ``now``.

    :param seed: any number; stories with different seeds happen at different minutes.
    :param now: UTC; the present. :param passing: told of every instant before it is handed out.
    """

    calendar: WorkCalendar
    zone: str
    now: datetime
    seed: int
    last: datetime | None = None
    passing: Callable[[datetime], None] | None = None

    def at(self, day: int) -> datetime:
        """The instant (UTC) of a step that happens so many calendar days from today (≤ 0).

        On a day without work the step happened on the working day before.
        """
        here = ZoneInfo(self.zone)
        worked = working_day(self.calendar, self.now.astimezone(here).date() + timedelta(days=day))
        self.seed += STRIDE
        minute = FIRST + self.seed % (LAST - FIRST)
        local = datetime.combine(worked, time(minute // 60, minute % 60, self.seed % 60), here)
        return self._settle(local.astimezone(UTC))

    def soon(self, minutes: int) -> datetime:
        """An instant shortly after the last one.

        :param minutes: how many minutes later, if the present is not before that.
        """
        if self.last is None:
            raise ValueError("nothing has happened yet")
        return self._settle(self.last + timedelta(minutes=minutes))

    def _settle(self, wanted: datetime) -> datetime:
        if self.last is not None:
            wanted = max(wanted, self.last + SHORTEST)
        if wanted > self.now:
            wanted = self.now - timedelta(minutes=30) if self.last is None else self.last + (self.now - self.last) / 2
        if self.passing is not None:
            self.passing(wanted)
        self.last = wanted
        return wanted


def working_day(calendar: WorkCalendar, day: date) -> date:
    """The day itself, or the last working day before it."""
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day


def spread(first: datetime, last: datetime, count: int) -> list[datetime]:
    """So many instants strictly between two, evenly."""
    return [first + (last - first) * (number + 1) / (count + 1) for number in range(count)]
