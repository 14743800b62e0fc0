"""Why a date is what it is: one message per step of the reckoning, the same for officers and in simulations.

Values are codes, numbers, dates and aware datetimes in the clock's zone; whoever shows a message words and formats
them for its reader. Event and unit codes have their wording in the workflow's and the interface's texts.
"""

from __future__ import annotations

from datetime import date, datetime

from portal.core.standards.counting import Counting
from portal.core.standards.dues import Dues, allowed
from portal.core.standards.history import Round
from portal.core.standards.standard import WORKING_UNITS, Standard
from portal.core.text import N_, Message


def explain(
    standard: Standard, counting: Counting, run: Round, dues: Dues, state: str, now: datetime
) -> tuple[Message, ...]:
    """The steps that lead from the start of a run to its due date and its state at ``now``."""
    steps = [*_start(standard, counting, run, dues), *_length(standard, counting, run, dues)]
    if state not in ("lost", "void"):
        steps.append(N_("Due by %(when)s.", when=_local(counting, dues.due_at)))
        steps += [
            N_(
                "In %(percent)s per cent of cases it is promised by %(when)s.",
                percent=percent,
                when=_local(counting, due),
            )
            for percent, due in dues.tiers
        ]
    return (*steps, *_outcome(counting, run, dues, state, now))


def _local(counting: Counting, at: datetime) -> datetime:
    return at.astimezone(counting.zone).replace(microsecond=0)


def _start(standard: Standard, counting: Counting, run: Round, dues: Dues) -> list[Message]:
    event, when = run.start.kind, _local(counting, run.start.at)
    steps = [
        N_("“%(event)s” on %(when)s starts the count anew.", event=event, when=when)
        if run.restarted
        else N_("The clock starts with “%(event)s” on %(when)s.", event=event, when=when)
    ]
    if standard.due_from_event_data is not None:
        steps.append(N_("It is counted from %(day)s, the date given there.", day=dues.base))
    else:
        counts_for = counting.counting_day(run.start.at)
        if counts_for != when.date():
            steps.append(
                N_("After %(hour)s it counts for the next working day, %(day)s.", hour=counting.cut_off, day=counts_for)
            )
        if dues.base != counts_for:
            steps.append(N_("By the rule for the start it counts from %(day)s.", day=dues.base))
    if standard.first_day == "same":
        return [*steps, N_("That day is the first one counted.")]
    return [*steps, N_("Counting begins on the day after.")]


def _length(standard: Standard, counting: Counting, run: Round, dues: Dues) -> list[Message]:
    steps = [_target(standard, dues.target)]
    for allowance, event in run.allowances:
        added = allowed(allowance, event)
        if added:
            steps.append(_added(allowance.unit, added, event.kind))
    days = {begin: counting.count(a, b, standard.count_unit) for begin, a, b in dues.still}
    for begin, until in run.pauses:
        end = until or run.ended_at
        if begin != end:
            steps.append(_paused(counting, begin, end, days.get(begin, 0)))
    if standard.unit in WORKING_UNITS:
        steps += [
            N_("%(day)s is not counted: %(name)s.", day=day, name=name)
            if name
            else N_("%(day)s is not counted: closing day.", day=day)
            for day, name in counting.calendar.named_closings(dues.origin, dues.day)
        ]
    if dues.day != dues.unrolled:
        steps.append(N_("%(day)s is not a working day; the date moves to %(next)s.", day=dues.unrolled, next=dues.day))
    return steps


def _paused(counting: Counting, begin: datetime, end: datetime | None, days: int) -> Message:
    since = _local(counting, begin)
    if end is None:
        return N_("It has stood still since %(since)s. Days not counted so far: %(days)s.", since=since, days=days)
    until = _local(counting, end)
    return N_(
        "It stood still from %(since)s to %(until)s. Days not counted: %(days)s.", since=since, until=until, days=days
    )


def _target(standard: Standard, day: date) -> Message:
    amount = standard.amount
    match standard.unit:
        case "business_days":
            return N_("Time allowed in working days: %(amount)s. That leads to %(day)s.", amount=amount, day=day)
        case "weekdays":
            return N_(
                "Time allowed in weekdays, holidays included: %(amount)s. That leads to %(day)s.",
                amount=amount,
                day=day,
            )
        case "weeks":
            return N_("Time allowed in weeks: %(amount)s. That leads to %(day)s.", amount=amount, day=day)
        case "months":
            return N_("Time allowed in months: %(amount)s. That leads to %(day)s.", amount=amount, day=day)
    return N_("Time allowed in days: %(amount)s. That leads to %(day)s.", amount=amount, day=day)


def _added(unit: str, amount: int, event: str) -> Message:
    match unit:
        case "business_days":
            return N_("“%(event)s” adds in working days: %(amount)s.", event=event, amount=amount)
        case "weekdays":
            return N_("“%(event)s” adds in weekdays: %(amount)s.", event=event, amount=amount)
        case "weeks":
            return N_("“%(event)s” adds in weeks: %(amount)s.", event=event, amount=amount)
        case "months":
            return N_("“%(event)s” adds in months: %(amount)s.", event=event, amount=amount)
    return N_("“%(event)s” adds in days: %(amount)s.", event=event, amount=amount)


def _outcome(counting: Counting, run: Round, dues: Dues, state: str, now: datetime) -> list[Message]:
    event = run.ended_by.kind if run.ended_by is not None else ""
    when = _local(counting, run.ended_at or now)
    if state == "lost":
        lost = run.lost_by.kind if run.lost_by is not None else ""
        steps = [N_("“%(event)s” takes the case out of the standard: no date is promised.", event=lost)]
        return steps + (
            [N_("The clock stopped with “%(event)s” on %(when)s.", event=event, when=when)] if event else []
        )
    if state == "void":
        return [N_("“%(event)s” on %(when)s makes the clock void.", event=event, when=when)]
    if run.ended == "capped":
        return [N_("Nothing came until %(when)s; the clock was closed.", when=when)]
    if state == "met":
        return [N_("“%(event)s” on %(when)s stopped the clock in time.", event=event, when=when)]
    if state == "missed":
        return [N_("“%(event)s” on %(when)s stopped the clock too late.", event=event, when=when)]
    if state == "paused":
        steps = [
            N_("The date had passed before the clock stood still.")
            if now > dues.due_at
            else N_("The clock stands still; the date moves on until it goes on.")
        ]
        if run.resumes_at is not None:
            steps.append(N_("It goes on by itself after %(when)s.", when=_local(counting, run.resumes_at)))
        return steps
    steps = [N_("A warning is given on %(when)s.", when=_local(counting, at)) for at in dues.warnings]
    if now > dues.due_at:
        steps = [N_("The date has passed and the clock still runs.")]
    if dues.cap_at is not None:
        steps.append(N_("If nothing comes until %(when)s, the clock is closed.", when=_local(counting, dues.cap_at)))
    return steps
