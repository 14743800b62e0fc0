"""Standards and counting rules from published practice, each worked by hand beside its figures."""

from __future__ import annotations

import pytest

from portal.core.standards import bar, next_check, stored
from tests.unit.standards.build import WASHINGTON, clock, due_day, facts, instant, standard


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2009-12-10", "2009-12-24"),
        ("2011-01-21", "2011-02-04"),
        ("2011-07-01", "2011-07-15"),  # over 4 July, which is counted
        ("2011-06-07", "2011-06-21"),  # no-objection
    ],
)
def test_ten_weekdays_are_fourteen_days_whatever_the_holidays(start: str, end: str) -> None:
    """The windows of donor coordination and no-objection as they were dated in the circulars."""
    assert due_day(clock(standard(unit="weekdays"), facts((start, "begun")), start)) == end


@pytest.mark.parametrize(
    ("settings", "start", "due"),
    [
        # 10 working days over 4 July 2011 (Monday): 5 6 7 8 | 11 12 13 14 15 | 18.
        ({}, "2011-07-01", "2011-07-18"),
        # Acknowledge the same day: the day itself is the first and only one.
        ({"amount": 1, "first_day": "same"}, "2011-07-01", "2011-07-01"),
        ({"amount": 1, "first_day": "same"}, "2011-07-02", "2011-07-05"),  # Saturday; Monday is 4 July
        # 120 calendar days from 1 March: 30 left in March, 30 April, 31 May = 91, 29 more = 29 June.
        ({"amount": 120, "unit": "calendar_days"}, "2011-03-01", "2011-06-29"),
        # 26 weeks = 182 days from Monday 3 January: Monday 4 July.
        ({"amount": 26, "unit": "weeks"}, "2011-01-03", "2011-07-04"),
        # 12 CFR 1254.3: counted from the day after; a last day on Saturday or a holiday runs to the next business day.
        ({"amount": 30, "unit": "calendar_days", "roll_forward": True}, "2011-05-05", "2011-06-06"),
        ({"amount": 30, "unit": "calendar_days", "roll_forward": True}, "2011-06-04", "2011-07-05"),
        ({"amount": 30, "unit": "calendar_days"}, "2011-06-04", "2011-07-04"),
        # Months keep the day, or end on the last day of a shorter month.
        ({"amount": 2, "unit": "months"}, "2010-12-21", "2011-02-21"),
        ({"amount": 1, "unit": "months"}, "2011-01-31", "2011-02-28"),
        ({"amount": 6, "unit": "months"}, "2011-08-31", "2012-02-29"),
        ({"amount": 1, "unit": "months", "first_day": "same"}, "2011-01-01", "2011-01-31"),
        # 31 CFR 802.201: after 17:00 local time it counts for the next business day (Tuesday 5 July): 6, 7, 8.
        ({"amount": 3, "cut_off": "17:00"}, "2011-07-01T17:00:01", "2011-07-08"),
        ({"amount": 3, "cut_off": "17:00"}, "2011-07-01T17:00:00", "2011-07-07"),
        # A receipt on a free day that counts for the next working day: Tuesday 5 July, then 6.
        ({"amount": 1, "roll_start": True}, "2011-07-02", "2011-07-06"),
        ({"amount": 1}, "2011-07-02", "2011-07-05"),
    ],
)
def test_counting(settings: dict[str, object], start: str, due: str) -> None:
    assert due_day(clock(standard(**settings), facts((start, "begun")), start)) == due


def test_the_due_instant_is_the_cut_off_hour_or_the_end_of_the_local_day() -> None:
    with_hour = clock(standard(cut_off="17:00"), facts(("2011-07-01", "begun")), "2011-07-01")
    assert with_hour.due_at == instant("2011-07-18T17:00:00")
    without = clock(standard(), facts(("2011-07-01", "begun")), "2011-07-01")
    assert without.due_at == instant("2011-07-18T23:59:59.999999")
    assert (
        clock(standard(), facts(("2011-07-01", "begun"), ("2011-07-18T23:59:59", "done")), "2011-08-01").state == "met"
    )
    late = clock(standard(), facts(("2011-07-01", "begun"), ("2011-07-19T00:00:00", "done")), "2011-08-01")
    assert (late.state, late.late, late.remaining, late.elapsed) == ("missed", True, -1, 11)


def test_two_tiers() -> None:
    """EPSRC: 80 % within 20 weeks, all within 26. From 3 January 2011: 23 May and 4 July."""
    rule = standard(amount=26, unit="weeks", tiers=[{"percent": 80, "amount": 20}], target_percent=100)
    met = clock(rule, facts(("2011-01-03", "begun"), ("2011-06-01", "done")), "2011-06-02")
    assert (met.state, met.unit, met.elapsed) == ("met", "calendar_days", 149)
    assert [(t.percent, t.due_at, t.met) for t in met.tiers] == [(80, instant("2011-05-23T23:59:59.999999"), False)]


def test_approval_before_31_march_counts_from_1_april() -> None:
    """Canadian Heritage 2015: 4 weeks; from 1 April to 29 April, from 2 April to 30 April."""
    shift = {"until": "03-31", "counts_from": "04-01", "where": {"next_year": True}}
    rule = standard(amount=4, unit="weeks", start_shift=[shift])
    assert due_day(clock(rule, facts(("2015-03-10", "begun", {"next_year": True})), "2015-04-10")) == "2015-04-29"
    assert due_day(clock(rule, facts(("2015-04-02", "begun", {"next_year": True})), "2015-04-10")) == "2015-04-30"
    assert due_day(clock(rule, facts(("2015-03-10", "begun")), "2015-04-10")) == "2015-04-07"


def test_fifteen_business_days_to_complete_the_file_then_it_is_closed() -> None:
    """Agriculture Canada. From Friday 1 July 2011: 5-8 are 4, 11-15 are 9, 18-22 are 14, Monday 25 is the 15th."""
    rule = standard(side="applicant", amount=15, cap={"amount": 15})
    open_still = clock(rule, facts(("2011-07-01", "begun")), "2011-07-25")
    assert (open_still.state, due_day(open_still), open_still.remaining) == ("running", "2011-07-25", 0)
    closed = clock(rule, facts(("2011-07-01", "begun"), ("2011-07-27", "done")), "2011-08-01")
    assert (closed.state, closed.stopped_at) == ("missed", instant("2011-07-25T23:59:59.999999"))


def test_an_extension_moves_the_due_day_and_the_cap() -> None:
    rule = standard(amount=15, cap={"amount": 15}, allowances=[{"on": "extended", "amount_from": "days"}])
    extended = clock(rule, facts(("2011-07-01", "begun"), ("2011-07-20", "extended", {"days": 5})), "2011-07-28")
    assert (extended.state, due_day(extended)) == ("running", "2011-08-01")


def test_over_length_loses_the_standard() -> None:
    """Green Climate Fund: a note over 12 pages is not assessed within the standard; seen before or after the start."""
    rule = standard(lose=[{"kind": "received", "where": {"over_length": [True]}}, "found_long"])
    for events in (
        facts(("2011-07-01", "received", {"over_length": True}), ("2011-07-05", "begun")),
        facts(("2011-07-05", "begun"), ("2011-07-06", "found_long"), ("2011-07-07", "done")),
    ):
        lost = clock(rule, events, "2011-07-08")
        assert (lost.state, lost.due_at, lost.remaining, lost.late) == ("lost", None, None, False)
    kept = clock(rule, facts(("2011-07-01", "received", {"over_length": False}), ("2011-07-05", "begun")), "2011-07-08")
    assert kept.state == "running"


PAUSED = {"pauses": [{"from": "returned", "to": "resubmitted"}]}


def test_a_pause_adds_the_working_days_it_lasted() -> None:
    """From 1 July; stands still from Tuesday 5 to Thursday 7 July, so the 6th and 7th are not counted: 20 July."""
    events = facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), ("2011-07-07", "resubmitted"))
    after = clock(standard(**PAUSED), events, "2011-07-08")
    assert (after.state, due_day(after), after.elapsed, after.remaining) == ("running", "2011-07-20", 2, 8)
    during = clock(standard(**PAUSED), events[:2], "2011-07-29")
    assert (during.state, during.elapsed, during.remaining, during.late) == ("paused", 1, 9, False)
    assert during.warn_at is None
    assert next_check(during, instant("2011-07-29")) is None


def test_an_answer_after_the_cut_off_hour_counts_for_the_next_working_day() -> None:
    """As above, but answered on the 7th at 18:00: the 8th is not counted either: 21 July."""
    events = facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), ("2011-07-07T18:00", "resubmitted"))
    assert due_day(clock(standard(**PAUSED, cut_off="17:00"), events, "2011-07-11")) == "2011-07-21"


def test_an_answer_on_a_free_day_is_not_earlier_than_one_on_the_evening_before() -> None:
    """From Friday 1 July, standing still from the 5th: an answer on Friday 8 July at 17:01 counts for Monday the 11th,
    so does one on Saturday: 6-8 and 11 are not counted: 18 July + 4 = 22 July."""
    rule = standard(**PAUSED, cut_off="17:00")
    for answered in ("2011-07-08T17:01", "2011-07-09T10:00", "2011-07-10T23:00"):
        events = facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), (answered, "resubmitted"))
        assert due_day(clock(rule, events, "2011-07-12")) == "2011-07-22"


def test_a_pause_on_the_due_day_carries_the_clock_to_the_answer() -> None:
    events = facts(("2011-07-01", "begun"), ("2011-07-18", "returned"), ("2011-07-23", "resubmitted"))
    assert due_day(clock(standard(**PAUSED), events, "2011-07-24")) == "2011-07-25"  # the 23rd is a Saturday


def test_a_pause_after_the_due_day_changes_nothing() -> None:
    events = facts(("2011-07-01", "begun"), ("2011-07-19", "returned"), ("2011-07-25", "resubmitted"))
    after = clock(standard(**PAUSED), events, "2011-07-26")
    assert (due_day(after), after.late) == ("2011-07-18", True)


def test_pauses_that_overlap_are_counted_once() -> None:
    """5 to 7 July and 6 to 8 July: the 6th, 7th and 8th are not counted: 18 July + 3 working days = 21 July."""
    rule = standard(pauses=[{"from": "a", "to": "b"}, {"from": "c", "to": "d"}])
    events = facts(
        ("2011-07-01", "begun"), ("2011-07-05", "a"), ("2011-07-06", "c"), ("2011-07-07", "b"), ("2011-07-08", "d")
    )
    after = clock(rule, events, "2011-07-11")
    assert due_day(after) == "2011-07-21"
    assert len(after.pauses) == 1


def test_restart_is_not_pause() -> None:
    """United States premium processing: the whole period starts anew with the reply. 7 July + 10 = 21 July."""
    rule = standard(**PAUSED, restart="resubmitted")
    events = facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), ("2011-07-07", "resubmitted"))
    after = clock(rule, events, "2011-07-08")
    assert (due_day(after), after.started_at, after.earlier) == ("2011-07-21", instant("2011-07-07"), ())


def test_restart_of_a_clock_that_had_stopped_keeps_the_first_run_as_history() -> None:
    events = facts(("2011-07-01", "begun"), ("2011-07-08", "done"), ("2011-07-11", "sent_back"))
    again = clock(standard(restart="sent_back"), events, "2011-07-12")
    assert (again.state, due_day(again)) == ("running", "2011-07-25")
    assert [(e.state, e.elapsed) for e in again.earlier] == [("met", 4)]


def test_first_start_or_latest_start() -> None:
    events = facts(("2011-07-05", "begun"), ("2011-07-06", "begun"))
    assert due_day(clock(standard(), events, "2011-07-07")) == "2011-07-19"
    assert due_day(clock(standard(start_pick="latest"), events, "2011-07-07")) == "2011-07-20"


def test_reset_undoes_the_start_and_a_new_one_counts() -> None:
    rule = standard(amount=5, reset="undone")
    events = facts(("2011-07-05", "begun"), ("2011-07-06", "undone"), ("2011-07-11", "begun"))
    assert clock(rule, events[:2], "2011-07-07").state == "not_started"
    assert due_day(clock(rule, events, "2011-07-12")) == "2011-07-18"


def test_void_and_revived() -> None:
    """Withdrawn on 6, reopened on 8 July: 7 and 8 are not counted; 18 July + 2."""
    rule = standard(void="withdrawn", revive="reopened")
    events = facts(("2011-07-01", "begun"), ("2011-07-06", "withdrawn"), ("2011-07-08", "reopened"))
    void = clock(rule, events[:2], "2011-07-07")
    assert (void.state, void.due_at, void.stopped_at) == ("void", None, instant("2011-07-06"))
    assert due_day(clock(rule, events, "2011-07-11")) == "2011-07-20"
    done = [*events[:1], *facts(("2011-07-05", "done")), *events[1:2]]
    assert clock(rule, done, "2011-07-11").state == "met"


def test_translation_allowance_by_language_and_by_case() -> None:
    """10 working days to 18 July, + 5 for Arabic = 25 July, + 2 granted = 27 July."""
    rule = standard(
        allowances=[
            {
                "on": "submitted",
                "by": "language",
                "amounts": {"ar": 5, "default": 0},
                "before_start": True,
                "once": True,
            },
            {"on": "extended", "amount_from": "days"},
        ]
    )
    arabic = [("2011-06-30", "submitted", {"language": "ar"}), ("2011-07-01", "begun")]
    assert due_day(clock(rule, facts(*arabic), "2011-07-05")) == "2011-07-25"
    assert due_day(clock(rule, facts(*arabic, ("2011-07-05", "extended", {"days": 2})), "2011-07-06")) == "2011-07-27"
    english = facts(("2011-06-30", "submitted", {"language": "en"}), ("2011-07-01", "begun"))
    assert due_day(clock(rule, english, "2011-07-05")) == "2011-07-18"


def test_weeks_with_working_days_added_for_translation() -> None:
    """4 weeks from 1 July = Friday 29 July; 3 working days more = Wednesday 3 August."""
    rule = standard(amount=4, unit="weeks", allowances=[{"on": "tr", "amount": 3, "unit": "business_days"}])
    assert due_day(clock(rule, facts(("2011-07-01", "begun"), ("2011-07-05", "tr")), "2011-07-06")) == "2011-08-03"


def test_report_due_by_the_period_end_it_carries() -> None:
    """45 days after 30 June = 14 August, whether the report was opened before or after the period's end."""
    rule = standard(amount=45, unit="calendar_days", due_from_event_data="period_end")
    for opened in ("2011-05-02", "2011-07-10"):
        report = clock(rule, facts((opened, "begun", {"period_end": "2011-06-30"})), "2011-07-11")
        assert (due_day(report), report.elapsed, report.remaining) == ("2011-08-14", 11, 34)
    early = clock(rule, facts(("2011-05-02", "begun", {"period_end": "2011-06-30"})), "2011-06-10")
    assert (due_day(early), early.elapsed, early.remaining) == ("2011-08-14", 0, 65)


def test_warnings_escalation_and_the_next_instant_to_look() -> None:
    """Due Monday 18 July; three working days before is Wednesday 13 July; 80 % is the 8th working day, 14 July."""
    rule = standard(
        warn=[{"before": 3}, {"share": 80}],
        escalation=[{"role": "programme_manager"}, {"role": "director", "after": 2}],
    )
    running = clock(rule, facts(("2011-07-01", "begun")), "2011-07-05")
    assert running.warnings == (instant("2011-07-13T00:00:00"), instant("2011-07-14T00:00:00"))
    looks, at = [], instant("2011-07-05")
    while (upcoming := next_check(clock(rule, facts(("2011-07-01", "begun")), "2011-07-05"), at)) is not None:
        looks.append(upcoming)
        at = upcoming
    assert looks == [
        instant(day) for day in ("2011-07-13T00:00", "2011-07-14T00:00", "2011-07-19T00:00", "2011-07-21T00:00")
    ]


def test_a_pause_that_was_open_when_the_clock_stopped_ended_with_it() -> None:
    """Asked on 5 July, done on the 7th without an answer, which comes on the 12th: it stood still for two days."""
    events = facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), ("2011-07-07", "done"))
    for late in ([], facts(("2011-07-12", "resubmitted"))):
        stopped = clock(standard(**PAUSED), [*events, *late], "2011-07-25")
        assert (stopped.state, stopped.elapsed) == ("met", 1)
        assert stopped.pauses == ((instant("2011-07-05"), instant("2011-07-07")),)
        assert "It stood still from" in " ".join(str(message) for message in stopped.explanation)
    at_once = clock(
        standard(**PAUSED),
        facts(("2011-07-01", "begun"), ("2011-07-05", "returned"), ("2011-07-05", "done")),
        "2011-07-25",
    )
    assert at_once.pauses == ()


def test_a_pause_after_the_due_day_does_not_hide_that_it_has_passed() -> None:
    """Due Monday 18 July. Asked on the 20th, too late to help: on Monday 25 July five working days late, not due."""
    rule = standard(**PAUSED, tiers=[{"percent": 80, "amount": 5}])
    asked = clock(rule, facts(("2011-07-01", "begun"), ("2011-07-20", "returned")), "2011-07-25")
    assert (asked.state, asked.late, due_day(asked), asked.remaining) == ("paused", True, "2011-07-18", -5)
    assert [tier.met for tier in asked.tiers] == [False]
    assert "had passed" in str(asked.explanation[-1])
    assert stored(asked)["due_at"] == asked.due_at
    before = clock(rule, facts(("2011-07-01", "begun"), ("2011-07-18", "returned")), "2011-07-25")
    assert (before.state, before.late, due_day(before), before.remaining) == ("paused", False, "2011-07-25", 0)
    assert stored(before)["due_at"] is None


def test_bar_of_a_late_clock_is_scaled_to_the_time_elapsed() -> None:
    rule = standard(amount=10, unit="calendar_days", **PAUSED)
    events = facts(("2011-07-01T00:00", "begun"), ("2011-07-03T00:00", "returned"), ("2011-07-05T00:00", "resubmitted"))
    running = bar(clock(rule, events, "2011-07-07T00:00"), instant("2011-07-07T00:00"))
    assert [kind for kind, _ in running.segments] == ["elapsed", "paused", "elapsed", "left"]
    assert running.due == 100
    assert running.today is not None
    assert 45 < running.today < 50
    late = bar(clock(rule, events, "2011-07-21T00:00"), instant("2011-07-21T00:00"))
    assert [kind for kind, _ in late.segments] == ["elapsed", "paused", "elapsed", "late"]
    assert late.today == 100
    assert late.due is not None
    assert 60 < late.due < 70


def test_the_explanation_names_every_step() -> None:
    rule = standard(**PAUSED, cut_off="17:00")
    events = facts(("2011-06-30T18:00", "begun"), ("2011-07-05", "returned"), ("2011-07-07", "resubmitted"))
    said = " ".join(str(message) for message in clock(rule, events, "2011-07-30").explanation)
    for expected in ("begun", "After 17:00", "2011-07-01", "Independence Day", "Days not counted: 2", "2011-07-20"):
        assert expected in said


def test_the_explanation_tells_inner_targets_warnings_and_the_cap() -> None:
    """EPSRC: 80 % within 20 weeks, all within 26; here of Friday 1 July 2011, with a warning four weeks ahead."""
    rule = standard(
        amount=26,
        unit="weeks",
        tiers=[{"percent": 80, "amount": 20}],
        warn=[{"before": 4}],
        cap={"amount": 30},
    )
    running = clock(rule, facts(("2011-07-01", "begun")), "2011-07-05")
    said = [message.id % message.values for message in running.explanation]
    assert "In 80 per cent of cases it is promised by 2011-11-18 23:59:59-05:00." in said
    assert "A warning is given on 2011-12-02 00:00:00-05:00." in said
    assert "If nothing comes until 2012-01-27 23:59:59-05:00, the clock is closed." in said
    late = clock(rule, facts(("2011-07-01", "begun")), "2012-01-04")
    assert not any("warning" in message.id for message in late.explanation)


def test_time_zones_and_daylight_saving_do_not_move_a_date() -> None:
    """12 March 2011 was the eve of summer time; the same instants written in other zones give the same clock."""
    rule = standard(amount=1, unit="calendar_days")
    here = clock(rule, facts(("2011-03-12T23:30", "begun")), "2011-03-13")
    assert here.due_at == instant("2011-03-13T23:59:59.999999")
    elsewhere = [
        e.__class__(e.seq, e.at.astimezone(instant("2011-01-01", "Asia/Tokyo").tzinfo), e.kind)
        for e in facts(("2011-03-12T23:30", "begun"))
    ]
    assert clock(rule, elsewhere, "2011-03-13", WASHINGTON) == here
