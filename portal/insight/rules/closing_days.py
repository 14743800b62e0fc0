"""A calendar as people read it: a year of months, the days ahead on which nobody works, and changes to both. Pure."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays

from portal.core.calendars import CalendarError, WorkCalendar, calendar_data, parse_calendar
from portal.core.text import N_

DAY = timedelta(days=1)
#: how far ahead days are listed, changes compared, and closing days taken
AHEAD = timedelta(days=730)
LONGEST_CLOSING = 60
LONGEST_NAME = 120


@dataclass(frozen=True)
class Day:
    """A day of the year: ``kind`` is work, weekend, holiday or closing; empty cells of a month have no date."""

    day: date | None
    kind: str = "work"
    name: str = ""


@dataclass(frozen=True)
class Change:
    """What somebody wants of the calendar; what is None or empty stays as it is."""

    first: str = ""
    last: str = ""
    name: str = ""
    remove: tuple[str, ...] = ()
    weekend: tuple[str, ...] | None = None
    countries: tuple[tuple[str, str], ...] | None = None


def day_of(calendar: WorkCalendar, day: date) -> Day:
    """What a day is in a calendar; a holiday on a weekend stays a weekend, with its name."""
    name = calendar.closed_because(day)
    if day.weekday() in calendar.weekend:
        return Day(day, "weekend", name or "")
    if name is None:
        return Day(day)
    return Day(day, "closing" if day in calendar.closing_days else "holiday", name)


def year_of(calendar: WorkCalendar, year: int, first_weekday: int) -> list[list[list[Day]]]:
    """Twelve months of weeks of seven days.

    :param first_weekday: the first column, Monday = 0.
    """
    weeks = Calendar(first_weekday)
    return [
        [
            [Day(None) if day.month != month else day_of(calendar, day) for day in week]
            for week in weeks.monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


def ahead(calendar: WorkCalendar, today: date) -> list[Day]:
    """The holidays and closing days of the next two years that fall on a day otherwise worked, the next one first."""
    named = calendar.named_closings(today - DAY, today + AHEAD)
    return [Day(day, "closing" if day in calendar.closing_days else "holiday", name) for day, name in named]


def differences(before: WorkCalendar, after: WorkCalendar, today: date) -> tuple[list[Day], list[Day]]:
    """The days of the next two years that would no longer be worked, and those that would be worked again."""
    closed, opened = [], []
    for offset in range(AHEAD.days):
        day = today + offset * DAY
        was, will = before.is_working(day), after.is_working(day)
        if was and not will:
            closed.append(day_of(after, day))
        elif will and not was:
            opened.append(day_of(before, day))
    return closed, opened


@cache
def countries() -> tuple[str, ...]:
    """The countries whose public holidays are known (ISO 3166-1 alpha-2)."""
    return tuple(sorted(code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2))


def changed(current: Mapping[str, Any], change: Change, today: date) -> dict[str, Any]:
    """The definition of a calendar after a change, as ``parse_calendar`` reads it.

    :param today: in the calendar's zone; only days after it can be closed or opened again: what was counted stays.
    :raises CalendarError: naming the field at fault and how to mend it.
    """
    calendar = parse_calendar({**current, "code": "default"})
    closing = dict(calendar.closing_days)
    for text in change.remove:
        day = _future("remove", text, today)
        if closing.pop(day, None) is None:
            raise CalendarError("remove", N_("%(day)s is not one of your closing days.", day=day))
    if change.first or change.last or change.name:
        closing |= dict.fromkeys(_span(change, today), _name(change.name))
    data: dict[str, Any] = calendar_data(calendar) | {
        "closing_days": {day.isoformat(): name for day, name in sorted(closing.items())}
    }
    data.pop("dated", None)
    if change.weekend is not None:
        data["weekend"] = _weekend(change.weekend)
    if change.countries is not None:
        data["countries"] = _countries(change.countries)
    return calendar_data(parse_calendar(data))


def _span(change: Change, today: date) -> list[date]:
    first = _future("first", change.first, today)
    last = _future("last", change.last, today) if change.last else first
    if last < first:
        raise CalendarError("last", N_("The last day comes before the first one."))
    if (last - first).days >= LONGEST_CLOSING:
        raise CalendarError("last", N_("Close at most %(days)s days at a time.", days=LONGEST_CLOSING))
    return [first + offset * DAY for offset in range((last - first).days + 1)]


def _future(field: str, text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise CalendarError(field, N_("Give the day as year-month-day, such as 2026-12-24.")) from None
    if day <= today:
        raise CalendarError(field, N_("Only days that are still to come can be changed."))
    if day > today + AHEAD:
        raise CalendarError(field, N_("Give a day of the next two years."))
    return day


def _name(text: str) -> str:
    name = " ".join(text.split())[:LONGEST_NAME]
    if not name:
        raise CalendarError("name", N_("Say why nobody works then, such as: staff day."))
    return name


def _weekend(values: Sequence[str]) -> list[int]:
    days = sorted({int(value) for value in values if value in tuple("0123456")})
    if len(days) == 7:
        raise CalendarError("weekend", N_("At least one day of the week must be a working day."))
    return days


def _countries(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for country, subdivision in pairs:
        row = {"country": country} | ({"subdivision": subdivision.strip().upper()} if subdivision.strip() else {})
        if country and row not in found:
            found.append(row)
    return found
