"""When the stories of the demonstration happen, and the colours of its tenants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.calendars import parse_calendar
from portal.demo.rules.brand import _parse, contrast, palette
from portal.demo.rules.moments import Timeline, spread

NOW = datetime(2026, 6, 17, 15, 30, tzinfo=UTC)
CALENDAR = parse_calendar(
    {"code": "default", "zone": "America/New_York", "countries": [{"country": "US", "subdivision": "DC"}]}
)


@given(st.lists(st.integers(-900, 0), min_size=1, max_size=30), st.integers(0, 10_000))
def test_moments_only_go_forward_and_never_beyond_the_present(days: list[int], seed: int) -> None:
    time = Timeline(CALENDAR, "America/New_York", NOW, seed)
    moments = [time.at(day) for day in sorted(days)]
    assert all(a < b for a, b in pairwise(moments))
    assert moments[-1] <= NOW


def test_a_step_on_a_holiday_happened_the_working_day_before() -> None:
    time = Timeline(CALENDAR, "America/New_York", NOW, 5)
    memorial_day = (datetime(2026, 5, 25, tzinfo=UTC).date() - NOW.date()).days
    assert time.at(memorial_day).astimezone(ZoneInfo("America/New_York")).date().isoformat() == "2026-05-22"


def test_soon_needs_something_before() -> None:
    with pytest.raises(ValueError, match="nothing has happened"):
        Timeline(CALENDAR, "America/New_York", NOW, 5).soon(3)


def test_spread_stays_inside() -> None:
    found = spread(NOW, NOW + timedelta(hours=4), 3)
    assert found == [NOW + timedelta(hours=1), NOW + timedelta(hours=2), NOW + timedelta(hours=3)]


@given(st.integers(0, 0xFFFFFF))
def test_text_on_any_brand_is_readable(colour: int) -> None:
    made = palette(f"#{colour:06x}")
    assert contrast(_parse(made["brand"]), _parse(made["on_brand"])) >= 4.5


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        palette("teal")
