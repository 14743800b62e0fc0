"""What must hold for every clock, whatever its history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.calendars import WorkCalendar
from portal.core.standards import EventFact, Standard, bar, next_check, parse_standard, reckon, stored, to_data
from tests.unit.standards.build import standard

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
KINDS = [
    "begun",
    "done",
    "returned",
    "resubmitted",
    "asked",
    "answered",
    "extended",
    "undone",
    "withdrawn",
    "reopened",
    "sent_back",
    "too_long",
]
RETURNED = {"from": "returned", "to": "resubmitted"}
ASKED: dict[str, object] = {"from": "asked", "to": "answered"}
MINUTES = st.integers(0, 90 * 24 * 60)

calendars = st.builds(
    lambda zone, closed: WorkCalendar("default", zone, closing_days=dict.fromkeys(closed, "")),
    st.sampled_from(["UTC", "America/New_York", "Africa/Cairo", "Pacific/Auckland"]),
    st.sets(st.dates(date(2026, 2, 25), date(2026, 8, 1)), max_size=6),
)


def optional(key: str, *values: object) -> st.SearchStrategy[dict[str, object]]:
    return st.sampled_from([{}, *({key: value} for value in values)])


@st.composite
def standards(draw: st.DrawFn, ends: bool = True) -> Standard:
    """Any standard; without ``ends`` only what moves the due date."""
    unit = draw(st.sampled_from(["business_days", "weekdays", "calendar_days", "weeks", "months"]))
    amount = draw(st.integers(1, 3 if unit in ("weeks", "months") else 25))
    chosen: dict[str, object] = {"unit": unit, "amount": amount}
    options = [
        optional("cut_off", "17:00"),
        optional("roll_forward", True),
        optional("roll_start", True),
        optional("first_day", "same"),
        st.sampled_from([{"pauses": [RETURNED, ASKED]}, {"pauses": [RETURNED, ASKED | {"at_most": {"amount": 4}}]}]),
        optional("allowances", [{"on": "extended", "amount": 4}]),
        st.just({"warn": [{"before": 3}, {"share": 80}]}),
        st.just({"escalation": [{"role": "manager"}, {"role": "director", "after": 2}]}),
        optional("tiers", *([[{"percent": 50, "amount": amount - 1}]] if amount > 1 else [])),
    ]
    if ends:
        options += [
            st.sampled_from([{}, {"start_pick": "latest"}, {"start_pick": "all", "start": ["begun", "answered"]}]),
            optional("restart", "sent_back"),
            optional("reset", "undone"),
            optional("lose", "too_long"),
            optional("void", "withdrawn"),
            optional("cap", {"amount": amount + 3}),
        ]
    for option in options:
        chosen |= draw(option)
    if "void" in chosen:
        chosen["revive"] = "reopened"
    return standard(**chosen)


@st.composite
def histories(draw: st.DrawFn) -> list[EventFact]:
    """Events of a case, many of them at the same instants."""
    instants = draw(st.lists(MINUTES, min_size=1, max_size=6))
    picks = draw(st.lists(st.tuples(st.sampled_from(instants), st.sampled_from(KINDS)), max_size=12))
    picks.append((min(instants), "begun"))
    return [EventFact(seq, START + timedelta(minutes=m), kind) for seq, (m, kind) in enumerate(picks)]


@st.composite
def pauses(draw: st.DrawFn, begin: str = "returned", end: str = "resubmitted") -> list[EventFact]:
    """Closed pauses, one after the other, all within ninety days of the start."""
    cuts = sorted(draw(st.lists(MINUTES, max_size=6, unique=True)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return [EventFact(i, START + timedelta(minutes=m), (begin, end)[i % 2]) for i, m in enumerate(cuts)]


LATER = START + timedelta(days=91)
BEGUN = EventFact(0, START, "begun")


@given(standards(ends=False), calendars, pauses(), pauses("asked", "answered"), st.integers(0, 1440))
@settings(max_examples=300, deadline=None)
def test_a_pause_never_brings_the_due_date_nearer(rule, calendar, some, more, minute) -> None:  # type: ignore[no-untyped-def]
    begun = EventFact(0, START + timedelta(minutes=minute), "begun")
    fewer = reckon(rule, [begun, *some], calendar, LATER)
    all_of_them = reckon(rule, [begun, *some, *more], calendar, LATER)
    assert fewer.due_at is not None
    assert all_of_them.due_at is not None
    assert fewer.due_at <= all_of_them.due_at


@given(standards(ends=False), calendars, pauses(), st.dates(date(2026, 2, 25), date(2026, 9, 1)), st.integers(0, 4320))
@settings(max_examples=400, deadline=None)
def test_a_further_holiday_never_brings_it_nearer(rule, calendar, some, holiday, minute) -> None:  # type: ignore[no-untyped-def]
    events = [EventFact(0, START + timedelta(minutes=minute), "begun"), *some]
    before = reckon(rule, events, calendar, LATER)
    after = reckon(rule, events, calendar.closing({holiday: "New"}), LATER)
    assert before.due_at is not None
    assert after.due_at is not None
    assert before.due_at <= after.due_at


@given(standards(), calendars, histories(), MINUTES)
@settings(max_examples=300, deadline=None)
def test_due_never_before_start_and_figures_agree(rule, calendar, events, minute) -> None:  # type: ignore[no-untyped-def]
    at = START + timedelta(minutes=minute)
    found = reckon(rule, events, calendar, at)
    if found.due_at is not None and found.started_at is not None:
        assert found.started_at <= found.due_at
        assert all(found.started_at <= w <= found.due_at for w in found.warnings)
        assert found.remaining is not None
        assert (found.remaining < 0) == found.late
    assert found.elapsed >= 0
    stands_still = bool(found.pauses) and found.pauses[-1][1] is None
    assert stands_still or found.state != "paused"
    assert not (stands_still and found.state == "running")
    assert all(a < b for a, b in found.pauses if b is not None)


@given(standards(), calendars, histories(), MINUTES, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_order_of_writing_does_not_matter(rule, calendar, events, minute, random) -> None:  # type: ignore[no-untyped-def]
    at = START + timedelta(minutes=minute)
    shuffled = list(events)
    random.shuffle(shuffled)
    renumbered = [EventFact(seq, e.at, e.kind, e.subject, e.data) for seq, e in enumerate(shuffled)]
    assert reckon(rule, events, calendar, at) == reckon(rule, renumbered, calendar, at)


@given(standards(), calendars, histories(), MINUTES)
@settings(max_examples=200, deadline=None)
def test_the_future_does_not_change_the_past(rule, calendar, events, minute) -> None:  # type: ignore[no-untyped-def]
    at = START + timedelta(minutes=minute)
    known = [e for e in events if e.at <= at]
    assert reckon(rule, events, calendar, at) == reckon(rule, known, calendar, at)


@given(standards(), calendars, histories(), MINUTES, MINUTES)
@settings(max_examples=300, deadline=None)
def test_what_is_stored_holds_until_the_next_check(rule, calendar, events, minute, wait) -> None:  # type: ignore[no-untyped-def]
    at = START + timedelta(minutes=minute)
    known = [e for e in events if e.at <= at]
    now = reckon(rule, known, calendar, at)
    look = next_check(now, at)
    later = at + timedelta(minutes=wait)
    if look is not None:
        assert look > at
        later = min(later, look - timedelta(microseconds=1))
    assert stored(reckon(rule, known, calendar, later)) == stored(now)


@given(standards(), calendars, histories(), MINUTES)
@settings(max_examples=200, deadline=None)
def test_the_bar_never_exceeds_the_whole(rule, calendar, events, minute) -> None:  # type: ignore[no-untyped-def]
    at = START + timedelta(minutes=minute)
    drawn = bar(reckon(rule, events, calendar, at), at)
    assert sum(length for _, length in drawn.segments) <= 100.0001
    assert all(length >= 0 for _, length in drawn.segments)
    assert drawn.today is None or 0 <= drawn.today <= 100
    assert drawn.due is None or 0 <= drawn.due <= 100


@given(standards())
@settings(max_examples=100, deadline=None)
def test_written_and_read_back_it_is_the_same(rule: Standard) -> None:
    assert parse_standard(to_data(rule)) == rule
