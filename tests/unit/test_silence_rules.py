"""What silence means, and who is a member: every member asked stands in exactly one list, whatever was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.members.rules import silence, windows
from portal.organisations.rules import is_member_on

KEYS = [UUID(int=n) for n in range(1, 7)]
SENT = st.builds(
    silence.Sent,
    organisation=st.sampled_from(KEYS),
    person=st.sampled_from([None, UUID(int=9)]),
    state=st.sampled_from([silence.ASKED, silence.REACHED, silence.BOUNCED]),
    mail=st.sampled_from(["", "queued", "sent", "kept", "failed"]),
    seen=st.booleans(),
)
STANCES = ["no_objection", "objection", "discussion", "recused"]


@given(st.lists(SENT), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(STANCES)))
def test_everybody_asked_stands_in_one_list(sent: list[silence.Sent], stances: dict[UUID, str]) -> None:
    found = silence.count(sent, stances)
    lists = [*found.agreed, *found.stopping, *found.recused, *found.silent, *found.unreached]
    assert sorted(lists) == sorted(found.asked)
    assert set(found.asked) == {row.organisation for row in sent}
    if found.suffices(100):
        assert not found.unreached
    if found.suffices(50):
        assert found.suffices(0), "who meets a larger quorum meets a smaller one"


@pytest.mark.parametrize(
    ("state", "mail", "seen", "expected"),
    [
        ("asked", "queued", False, "asked"), ("asked", "sent", False, "reached"), ("asked", "kept", False, "reached"),
        ("asked", "failed", False, "bounced"), ("bounced", "sent", False, "bounced"),
        ("bounced", "sent", True, "reached"),
        ("reached", "failed", False, "reached"),
    ],
)  # fmt: skip
def test_when_a_circular_has_arrived(state: str, mail: str, seen: bool, expected: str) -> None:
    assert silence.arrival(silence.Sent(KEYS[0], UUID(int=9), state, mail, seen)) == expected


def test_a_mail_that_is_still_on_its_way_is_not_silence() -> None:
    found = silence.count([silence.Sent(KEYS[0], UUID(int=9), "asked", "queued", False)], {})
    assert found.unreached == (KEYS[0],)
    assert not found.suffices(0)


def test_the_last_instant_belongs_to_the_window() -> None:
    ends = datetime(2011, 6, 22, 3, 59, 59, 999999, tzinfo=UTC)
    assert windows.in_time(ends, ends)
    assert not windows.in_time(ends, ends + timedelta(microseconds=1))
    assert not windows.in_time(None, ends)
    assert not windows.may_close(ends, ends)
    assert windows.may_close(ends, ends + windows.GRACE)


@dataclass
class Period:
    """A period of membership."""

    starts_on: date
    ends_on: date | None


def test_both_days_of_a_period_belong_to_it() -> None:
    periods = [Period(date(2007, 11, 1), date(2010, 12, 31)), Period(date(2012, 1, 1), None)]
    told = {day: is_member_on(periods, day) for day in (
        date(2007, 10, 31), date(2007, 11, 1), date(2010, 12, 31), date(2011, 1, 1), date(2012, 1, 1), date(2030, 1, 1),
    )}  # fmt: skip
    assert list(told.values()) == [False, True, True, False, True, True]
    assert is_member_on([], date(2020, 1, 1)), "where no period was ever recorded"
