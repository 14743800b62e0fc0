"""Who stands in for whom on a day, and when the weekly mail goes out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from portal.accounts.rules import Away, stand_in, stood_in_for
from portal.insight.rules.weeks import week_to_tell

ANA, RUI, LIA, SAM = (UUID(int=number) for number in range(1, 5))
DAY = date(2026, 12, 24)


def away(person: UUID, deputy: UUID | None, first: date = DAY, last: date = DAY) -> Away:
    return Away(person, first, last, deputy)


def test_who_is_there_does_her_own_work() -> None:
    assert stand_in(ANA, DAY, ()) == ANA
    assert stand_in(ANA, DAY, [away(RUI, LIA)]) == ANA
    assert stood_in_for(ANA, DAY, ()) == frozenset()


def test_both_days_belong_to_the_absence() -> None:
    days = [away(ANA, RUI, date(2026, 12, 23), date(2026, 12, 25))]
    found = [stand_in(ANA, date(2026, 12, day), days) for day in (22, 23, 24, 25, 26)]
    assert found == [ANA, RUI, RUI, RUI, ANA]


def test_a_deputy_who_is_away_has_a_deputy_too() -> None:
    days = [away(ANA, RUI), away(RUI, LIA)]
    assert stand_in(ANA, DAY, days) == LIA
    assert stood_in_for(LIA, DAY, days) == {ANA, RUI}
    assert stood_in_for(RUI, DAY, days) == frozenset()


def test_nobody_stands_in_when_nobody_is_there() -> None:
    assert stand_in(ANA, DAY, [away(ANA, None)]) is None
    assert stand_in(ANA, DAY, [away(ANA, RUI), away(RUI, None)]) is None
    round_about = [away(ANA, RUI), away(RUI, SAM), away(SAM, ANA)]
    assert {stand_in(person, DAY, round_about) for person in (ANA, RUI, SAM)} == {None}


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-23T11:59", None),  # 06:59 in New York
        ("2026-11-23T12:00", "2026-W48"),
        ("2026-11-25T11:59", "2026-W48"),
        ("2026-11-25T12:00", None),
        ("2026-11-22T12:00", None),  # a Sunday
        ("2027-01-04T12:00", "2027-W01"),
        ("2026-12-28T12:00", "2026-W53"),
        ("2026-07-13T11:00", "2026-W29"),  # summer time: 07:00 there is 11:00 UTC
        ("2026-07-13T10:59", None),
    ],
)
def test_the_weekly_mail_goes_out_on_monday_at_seven(now: str, week: str | None) -> None:
    assert week_to_tell(datetime.fromisoformat(now).replace(tzinfo=UTC), "America/New_York") == week
