"""Day arithmetic for clocks: which day an instant belongs to, adding and counting units, the end of a day.

Everything is reckoned in local days of the clock's zone, so that daylight saving and the zone of the server never move
a date. Counting by working days and by calendar days obeys one rule: a due day never comes nearer when a day is taken
out of the calendar.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.calendars import CalendarError, WorkCalendar, check_zone
from portal.core.standards.standard import Standard, Unit
from portal.core.text import N_

DAY = timedelta(days=1)
LAST_MOMENT = time(23, 59, 59, 999999)


@dataclass(frozen=True, slots=True)
class Counting:
    """The calendar, zone and cut-off hour by which one clock counts."""

    calendar: WorkCalendar
    zone: ZoneInfo
    cut_off: time | None

    @classmethod
    def of(cls, standard: Standard, calendar: WorkCalendar) -> Counting:
        """The counting of a standard by a tenant's calendar. Raises CalendarError for an unknown zone."""
        own = calendar.weekdays_only() if standard.unit == "weekdays" else calendar
        return cls(own, check_zone(standard.zone or calendar.zone), standard.cut_off)

    def local_day(self, at: datetime) -> date:
        """The local day of an instant, whatever the hour."""
        return at.astimezone(self.zone).date()

    def counting_day(self, at: datetime) -> date:
        """The day an instant counts for: after the cut-off hour the next working day (31 CFR 802.201)."""
        local = at.astimezone(self.zone)
        if self.cut_off is not None and local.time() > self.cut_off:
            return self.calendar.add_working(local.date(), 1)
        return local.date()

    def resumed_day(self, at: datetime) -> date:
        """The day for which an answer counts that ends a pause.

        Where there is a cut-off hour, a free day lies after it too: who answers on Saturday is not earlier than who
        answers on Friday evening.
        """
        day = self.counting_day(at)
        return day if self.cut_off is None else self.calendar.next_working(day)

    def end_of(self, day: date) -> datetime:
        """The last instant (UTC) of a day: its cut-off hour, else the last microsecond before local midnight."""
        return datetime.combine(day, self.cut_off or LAST_MOMENT, self.zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """The first instant (UTC) of a local day."""
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)

    def add(self, day: date, amount: int, unit: Unit) -> date:
        """The day that lies ``amount`` units after ``day`` (before it when negative).

        Months keep the day of the month, or take the last day of a shorter month. Raises CalendarError out of range.
        """
        if unit == "business_days":
            return self.calendar.add_working(day, amount)
        if unit == "weekdays":
            return self.calendar.weekdays_only().add_working(day, amount)
        try:
            if unit == "months":
                return months_later(day, amount)
            return day + amount * (7 if unit == "weeks" else 1) * DAY
        except (OverflowError, ValueError):
            raise CalendarError(
                "amount", N_("This amount of time leads to a day that no calendar has. Give a smaller one.")
            ) from None

    def count(self, a: date, b: date, unit: Unit) -> int:
        """How many units' days lie after ``a`` up to and including ``b``: working days, weekdays, or calendar days."""
        if unit == "business_days":
            return self.calendar.working_between(a, b)
        if unit == "weekdays":
            return self.calendar.weekdays_only().working_between(a, b)
        return (b - a).days


def months_later(day: date, months: int) -> date:
    """The same day so many months later; a shorter month ends on its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
