"""Working days: the calendar by which a tenant's promises are counted.

A calendar is a weekend, the public holidays of any number of countries (with subdivision) and the tenant's own dated
closing days. It answers "is this a working day", "which is the n-th working day from here", "how many lie between".
Answers come from one sorted list of working days per calendar, grown year by year when first asked, so that a question
costs a binary search however far apart the days are.

A calendar is never silently empty: an unknown country or subdivision, a year for which the holidays of a country are
not known, and a year without a single working day are refused.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import holidays

from portal.core.text import N_, Message

SATURDAY_AND_SUNDAY = frozenset({5, 6})
FIRST_YEAR, LAST_YEAR = 1900, 2100


class CalendarError(ValueError):
    """A calendar that cannot be counted by. ``key`` names the setting at fault, ``message`` says how to mend it."""

    def __init__(self, key: str, message: Message) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.message = message


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a country (ISO 3166-1 alpha-2) and subdivision in one year, with their English names.

    Raises CalendarError for an unknown country or subdivision and for a year outside what is known of the country.
    """
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
        if "en_US" in found.supported_languages and found.default_language != "en_US":
            found = holidays.country_holidays(country, subdiv=subdivision, years=year, language="en_US")
    except (NotImplementedError, KeyError) as fault:
        raise _unknown_place(country, subdivision) from fault
    if not found.start_year <= year <= found.end_year:
        raise CalendarError(
            "countries",
            N_(
                "The holidays of %(country)s are known from %(first)s to %(last)s only, not for %(year)s. "
                "Check the date that led there.",
                country=country,
                first=found.start_year,
                last=found.end_year,
                year=year,
            ),
        )
    return dict(found)


def _unknown_place(country: str, subdivision: str | None) -> CalendarError:
    if subdivision and country in holidays.list_supported_countries():
        known = tuple(sorted(holidays.list_supported_countries()[country])) or "-"
        return CalendarError(
            "countries",
            N_(
                "No holidays are known for the subdivision %(subdivision)s of %(country)s. Use one of: %(known)s; "
                "or leave it out to take the whole country.",
                subdivision=subdivision,
                country=country,
                known=known,
            ),
        )
    return CalendarError(
        "countries",
        N_(
            "No holidays are known for the country %(country)s. Use its two-letter ISO 3166 code, or leave the country "
            "out and list the holidays as closing days.",
            country=country,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """The working days of the years ``first`` to ``last``, as sorted day ordinals."""

    first: int
    last: int
    days: list[int]


@dataclass(frozen=True)
class WorkCalendar:
    """A tenant's calendar.

    code: how standards name it. zone: IANA time zone in which its days begin and end. weekend: days of the week that
    are free, Monday = 0. countries: pairs of country and subdivision (or None). closing_days: the tenant's own, with
    their names. dated: the day from which this version of the calendar holds, for the record.
    Raises CalendarError when anything in it is unknown or no working day would be left.
    """

    code: str
    zone: str = "UTC"
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    countries: tuple[tuple[str, str | None], ...] = ()
    closing_days: Mapping[date, str] = field(default_factory=dict)
    dated: date | None = None
    _span: list[_Span] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_zone(self.zone)
        if not self.weekend <= frozenset(range(7)):
            raise CalendarError("weekend", N_("Days of the week are numbers from 0 (Monday) to 6 (Sunday)."))
        if len(self.weekend) == 7:
            raise CalendarError("weekend", N_("At least one day of the week must be a working day."))
        for country, subdivision in self.countries:
            public_holidays(country, subdivision, 2024)
        for year in {day.year for day in self.closing_days}:
            self._year(year)

    def is_working(self, day: date) -> bool:
        """Whether work is done on this day: neither weekend, nor holiday, nor closing day."""
        return day.weekday() not in self.weekend and self.closed_because(day) is None

    def closed_because(self, day: date) -> str | None:
        """The name of the closing day or public holiday that falls on this day, if any (weekends have no name)."""
        if day in self.closing_days:
            return self.closing_days[day]
        for country, subdivision in self.countries:
            name = public_holidays(country, subdivision, day.year).get(day)
            if name is not None:
                return name
        return None

    def next_working(self, day: date) -> date:
        """This day if it is a working day, else the first working day after it."""
        return self.add_working(date.fromordinal(day.toordinal() - 1), 1)

    def add_working(self, day: date, n: int) -> date:
        """The n-th working day after ``day`` (the day itself is not counted); ``n`` negative counts backwards.

        With n = 0 it is the day itself, working or not. Raises CalendarError beyond the years 1900 to 2100.
        """
        if n == 0:
            return day
        ordinal = day.toordinal()
        reach = day.year + n // 200 + (1 if n > 0 else -1)
        span = self._covering(min(day.year, reach), max(day.year, reach))
        while True:
            days = span.days
            at = bisect_right(days, ordinal) + n - 1 if n > 0 else bisect_left(days, ordinal) + n
            if 0 <= at < len(days):
                return date.fromordinal(days[at])
            span = self._covering(span.first - (at < 0), span.last + (at >= 0))

    def working_between(self, a: date, b: date) -> int:
        """How many working days lie after ``a`` up to and including ``b``; negative when ``b`` is before ``a``."""
        days = self._covering(min(a.year, b.year), max(a.year, b.year)).days
        return bisect_right(days, b.toordinal()) - bisect_right(days, a.toordinal())

    def named_closings(self, a: date, b: date) -> list[tuple[date, str]]:
        """Holidays and closing days after ``a`` up to and including ``b`` that fall on a day otherwise worked."""
        found: dict[date, str] = {}
        for year in range(a.year, b.year + 1):
            for country, subdivision in self.countries:
                found = {**public_holidays(country, subdivision, year), **found}
        found.update(self.closing_days)
        return [(d, found[d]) for d in sorted(found) if a < d <= b and d.weekday() not in self.weekend]

    def weekdays_only(self) -> WorkCalendar:
        """The same calendar with its weekends but without holidays and closing days.

        So donor coordination is counted: ten weekdays, public holidays included (1 to 15 July 2011, over 4 July).
        """
        if not self.countries and not self.closing_days:
            return self
        return _weekdays(f"{self.code}:weekdays", self.zone, self.weekend)

    def closing(self, days: Mapping[date, str]) -> WorkCalendar:
        """This calendar with further closing days."""
        return replace(self, closing_days={**self.closing_days, **days})

    def _covering(self, first: int, last: int) -> _Span:
        span = self._span[0] if self._span else None
        if span is not None and span.first <= first and last <= span.last:
            return span
        if span is not None:
            first, last = min(first, span.first), max(last, span.last)
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise CalendarError(
                "calendar",
                N_(
                    "Days are counted from 1900 to 2100 only; this reckoning leads beyond. Check its dates and amounts."
                ),
            )
        grown = _Span(first, last, [o for year in range(first, last + 1) for o in self._year_from(span, year)])
        self._span[:] = [grown]  # one assignment: other threads see the old span or the new one, both right
        return grown

    def _year_from(self, span: _Span | None, year: int) -> list[int]:
        if span is not None and span.first <= year <= span.last:
            low = bisect_left(span.days, date(year, 1, 1).toordinal())
            return span.days[low : bisect_right(span.days, date(year, 12, 31).toordinal())]
        return self._year(year)

    def _year(self, year: int) -> list[int]:
        free = {d.toordinal() for d in self.closing_days if d.year == year}
        for country, subdivision in self.countries:
            free.update(d.toordinal() for d in public_holidays(country, subdivision, year))
        start, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        # Ordinal 1 is a Monday, hence the shift by one.
        days = [o for o in range(start, end + 1) if (o - 1) % 7 not in self.weekend and o not in free]
        if not days:
            raise CalendarError(
                "closing_days",
                N_("The calendar leaves no working day in %(year)s. Take closing days out of that year.", year=year),
            )
        return days


@lru_cache(maxsize=256)
def _weekdays(code: str, zone: str, weekend: frozenset[int]) -> WorkCalendar:
    return WorkCalendar(code, zone, weekend)


@lru_cache(maxsize=1024)
def check_zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises CalendarError naming it when there is none."""
    try:
        if name in available_timezones():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise CalendarError(
        "zone",
        N_("The time zone %(zone)s is not known. Use a name such as Europe/Brussels or Africa/Maputo.", zone=name),
    )


def parse_calendar(data: object) -> WorkCalendar:
    """The calendar described by plain data (JSON or TOML); see the ``calendar`` part of the published schema.

    Keys: code, zone, weekend, countries ([{country, subdivision}]), closing_days (dates, or date → name),
    weekdays_only (true leaves out holidays and closing days), dated. Raises CalendarError naming the key at fault.
    """
    if not isinstance(data, Mapping):
        raise CalendarError("calendar", N_("The calendar is an object with at least a zone."))
    unknown = set(data) - {"code", "zone", "weekend", "countries", "closing_days", "weekdays_only", "dated"}
    if unknown:
        raise CalendarError(
            "calendar", N_("Unknown setting: %(keys)s. Remove it.", keys=tuple(sorted(map(str, unknown))))
        )
    dated = data.get("dated")
    weekdays_only = data.get("weekdays_only", False)
    if not isinstance(weekdays_only, bool):
        raise CalendarError("weekdays_only", N_("This is true or false."))
    calendar = WorkCalendar(
        code=str(data.get("code", "default")),
        zone=_zone(data.get("zone")),
        weekend=_weekend(data.get("weekend", sorted(SATURDAY_AND_SUNDAY))),
        countries=tuple(_countries(data.get("countries", []))),
        closing_days=_closing_days(data.get("closing_days", [])),
        dated=None if dated is None else _day("dated", dated),
    )
    return calendar.weekdays_only() if weekdays_only else calendar


def calendar_data(calendar: WorkCalendar) -> dict[str, object]:
    """The calendar as plain data that ``parse_calendar`` reads back to an equal calendar."""
    data: dict[str, object] = {
        "code": calendar.code,
        "zone": calendar.zone,
        "weekend": sorted(calendar.weekend),
        "countries": [{"country": c} | ({"subdivision": s} if s else {}) for c, s in calendar.countries],
        "closing_days": {day.isoformat(): name for day, name in sorted(calendar.closing_days.items())},
    }
    if calendar.dated is not None:
        data["dated"] = calendar.dated.isoformat()
    return data


def _zone(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise CalendarError("zone", N_("Name the time zone, such as Europe/Brussels."))
    return value


def _weekend(value: object) -> frozenset[int]:
    if not isinstance(value, list | tuple) or any(isinstance(v, bool) or not isinstance(v, int) for v in value):
        raise CalendarError("weekend", N_("Days of the week are numbers from 0 (Monday) to 6 (Sunday)."))
    return frozenset(value)


def _countries(value: object) -> Iterable[tuple[str, str | None]]:
    if not isinstance(value, list | tuple):
        raise CalendarError("countries", N_("Countries are a list of objects, each with a country."))
    for item in value:
        country = item.get("country") if isinstance(item, Mapping) else None
        subdivision = item.get("subdivision") if isinstance(item, Mapping) else None
        if not isinstance(country, str) or not (subdivision is None or isinstance(subdivision, str)):
            raise CalendarError("countries", N_("Countries are a list of objects, each with a country."))
        yield country, subdivision or None


def _closing_days(value: object) -> dict[date, str]:
    if isinstance(value, Mapping) and all(name is None or isinstance(name, str) for name in value.values()):
        return {_day("closing_days", day): name or "" for day, name in value.items()}
    if isinstance(value, list | tuple):
        return {_day("closing_days", day): "" for day in value}
    raise CalendarError("closing_days", N_("Closing days are a list of dates, or dates with names."))


def _day(key: str, value: object) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CalendarError(
            key, N_("%(value)s is not a date. Write it as year-month-day, such as 2026-12-31.", value=str(value))
        ) from None
