"""A day and an hour that people type: one instant, or a word on why there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.core import local_time
from portal.core.local_time import LocalTimeError
from portal.infra import i18n

NEW_YORK = "America/New_York"
#: What the IANA database has for each zone: an hour that is left out, and one that comes twice.
LEFT_OUT = [
    (NEW_YORK, "2026-03-08T02:30"),
    ("Europe/Paris", "2026-03-29T02:00"),
    ("Africa/Cairo", "2026-04-24T00:15"),
    ("Australia/Lord_Howe", "2026-10-04T02:15"),
    ("Pacific/Apia", "2011-12-30T12:00"),
]
TWICE = [
    (NEW_YORK, "2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ("Europe/Paris", "2026-10-25T02:00", datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", "2026-04-05T01:45", datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "text"), LEFT_OUT)
def test_an_hour_that_the_clocks_leave_out_is_refused(zone: str, text: str) -> None:
    with pytest.raises(LocalTimeError, match="this hour does not exist"):
        local_time.instant(text, zone)


@pytest.mark.parametrize(("zone", "text", "first"), TWICE)
def test_of_an_hour_that_comes_twice_the_first_is_meant(zone: str, text: str, first: datetime) -> None:
    found = local_time.instant(text, zone)
    assert found == first
    assert local_time.comes_twice(found.astimezone(ZoneInfo(zone)))
    assert local_time.typed(found, zone) == text


@pytest.mark.parametrize("text", ["2026-03-08T01:59", "2026-03-08T03:00", "2026-11-01T00:59", "2026-11-01T02:00"])
def test_the_minutes_beside_are_as_all_others(text: str) -> None:
    found = local_time.instant(text, NEW_YORK)
    assert local_time.typed(found, NEW_YORK) == text
    assert not local_time.comes_twice(found.astimezone(ZoneInfo(NEW_YORK)))


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-02-30T09:00", "2026-07-01T17:00+02:00", "2026-07-01T17:00Z", "1999-12-31T23:59",
     "9999-12-31T23:59"],
)  # fmt: skip
def test_what_is_no_day_and_time_is_refused(text: str) -> None:
    with pytest.raises(LocalTimeError, match="Give day and time"):
        local_time.instant(text, "UTC")


def test_seconds_are_not_asked_for() -> None:
    assert local_time.instant(" 2026-07-01T17:00:59.5 ", "UTC") == datetime(2026, 7, 1, 17, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_shown_with_its_difference() -> None:
    shown = [i18n.show_instant(datetime(2026, 11, 1, hour, 30, tzinfo=UTC), NEW_YORK) for hour in (4, 5, 6, 7)]
    assert shown == [
        "1 Nov 2026, 00:30 (New York)",
        "1 Nov 2026, 01:30 (New York, GMT-04:00)",
        "1 Nov 2026, 01:30 (New York, GMT-05:00)",
        "1 Nov 2026, 02:30 (New York)",
    ]


def test_one_instant_is_shown_on_the_clocks_of_each_zone() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    zones = (NEW_YORK, "UTC", "Asia/Kolkata")
    assert [i18n.show_instant(at, zone)[12:17] for zone in zones] == ["08:00", "12:00", "17:30"]
