"""Working days by country, subdivision and closing days; and calendars that are refused."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core import calendars
from portal.core.calendars import CalendarError, WorkCalendar, calendar_data, parse_calendar

WASHINGTON = WorkCalendar(
    "default", "America/New_York", countries=(("US", "DC"),), closing_days={date(2026, 12, 31): "X"}
)


def test_what_is_worked() -> None:
    assert not WASHINGTON.is_working(date(2011, 7, 4))
    assert WASHINGTON.weekdays_only().is_working(date(2011, 7, 4))
    assert not WASHINGTON.is_working(date(2011, 4, 15))  # Emancipation Day, only in the District of Columbia
    assert WorkCalendar("us", "America/New_York", countries=(("US", None),)).is_working(date(2011, 4, 15))
    assert WASHINGTON.closed_because(date(2026, 12, 31)) == "X"
    assert WASHINGTON.next_working(date(2011, 7, 2)) == date(2011, 7, 5)
    assert WASHINGTON.next_working(date(2011, 7, 5)) == date(2011, 7, 5)
    friday = WorkCalendar("cairo", "Africa/Cairo", weekend=frozenset({4, 5}))
    assert friday.is_working(date(2026, 3, 1))
    assert not friday.is_working(date(2026, 2, 27))


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(-600, 600))
@settings(deadline=None)
def test_adding_and_counting_agree_with_walking(day: date, n: int) -> None:
    reached = WASHINGTON.add_working(day, n)
    walked, left = day, abs(n)
    while left:
        walked += timedelta(days=1 if n > 0 else -1)
        left -= WASHINGTON.is_working(walked)
    assert reached == walked
    if n > 0:
        assert WASHINGTON.working_between(day, reached) == n


def test_a_hundred_thousand_additions_ask_for_each_year_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = holidays.country_holidays

    def counted(country: str, **more: object) -> object:
        asked.append(int(str(more["years"])))
        return real(country, **more)

    calendars.public_holidays.cache_clear()
    monkeypatch.setattr(holidays, "country_holidays", counted)
    calendar = WorkCalendar("default", "America/New_York", countries=(("US", "DC"),))
    built: list[int] = []
    year_of = WorkCalendar._year

    def counted_year(self: WorkCalendar, year: int) -> list[int]:
        built.append(year)
        return year_of(self, year)

    monkeypatch.setattr(WorkCalendar, "_year", counted_year)
    for step in range(100_000):
        calendar.add_working(date.fromordinal(734_000 + step % 4000), 10)
    assert len(built) == len(set(built)) <= 16
    assert len(asked) == len(set(asked)) <= 17


@pytest.mark.parametrize(
    ("data", "key", "named"),
    [
        ({"zone": "UTC", "countries": [{"country": "XX"}]}, "countries", "XX"),
        ({"zone": "UTC", "countries": [{"country": "US", "subdivision": "QQ"}]}, "countries", "QQ"),
        ({"zone": "UTC", "countries": ["US"]}, "countries", "country"),
        ({"zone": "Mars/Base"}, "zone", "Mars/Base"),
        ({}, "zone", "zone"),
        ({"zone": "UTC", "weekend": [0, 1, 2, 3, 4, 5, 6]}, "weekend", "working day"),
        ({"zone": "UTC", "weekend": [7]}, "weekend", "6"),
        ({"zone": "UTC", "closing_days": ["31.12.2026"]}, "closing_days", "31.12.2026"),
        ({"zone": "UTC", "holidays": []}, "calendar", "holidays"),
        (
            {"zone": "UTC", "closing_days": [str(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)]},
            "closing_days",
            "2026",
        ),
    ],
)
def test_a_calendar_that_cannot_be_counted_by_is_refused(data: object, key: str, named: str) -> None:
    with pytest.raises(CalendarError) as refused:
        parse_calendar(data)
    assert refused.value.key == key
    assert named in str(refused.value)


def test_beyond_what_is_known_is_refused_not_guessed() -> None:
    with pytest.raises(CalendarError, match="2100"):
        WASHINGTON.add_working(date(2100, 12, 30), 10)
    with pytest.raises(CalendarError, match="1954"):
        WorkCalendar("cairo", "Africa/Cairo", countries=(("EG", None),)).is_working(date(1930, 5, 5))


def test_written_and_read_back() -> None:
    assert parse_calendar(calendar_data(WASHINGTON)) == WASHINGTON
    assert parse_calendar({"zone": "UTC", "weekdays_only": True, "countries": [{"country": "US"}]}).is_working(
        date(2011, 7, 4)
    )
