"""The reckoning: what a standard means for a case at an instant.

``reckon`` is a pure function of the standard, the events, the calendar and the instant. What a database keeps of it is
a cache (``stored``) that can be made again at any time and changes by itself only at ``next_check``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from portal.core.calendars import CalendarError, WorkCalendar
from portal.core.standards.counting import Counting
from portal.core.standards.dues import Dues, dues_of, limit_of
from portal.core.standards.explain import explain
from portal.core.standards.history import EventFact, Round, replay
from portal.core.standards.standard import Standard, Unit
from portal.core.text import N_, Message

State = Literal["not_started", "running", "paused", "met", "missed", "lost", "void"]
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TierResult:
    """An inner target: per cent, when it was due (UTC), and whether it was kept (None: not decided yet)."""

    percent: int
    due_at: datetime
    met: bool | None


@dataclass(frozen=True, slots=True)
class Finished:
    """An earlier run of the same clock, over before the present one began. Instants in UTC, elapsed in units."""

    state: State
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime
    elapsed: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A clock at an instant. All instants are UTC.

    due_at: the last instant that is still in time, that is the cut-off hour of the due day, else its last microsecond
    before midnight, in the clock's zone; None when nothing is promised (not started, void, lost). While the clock is
    paused it is the date that would hold if it went on at once, and moves on with every day; a date that had passed
    before the pause stays. warn_at: the first warning; None while paused. warnings: all of them.
    elapsed, remaining: in ``unit`` (weeks and months are told in calendar days); remaining is negative when late, by
    at least one. pauses: intervals of the present run; the last is open (None) while the clock is paused. late: past
    due, or ended past due. cap_at: when the clock is closed unanswered. escalations: when late, who is told and when.
    resumes_at: while it is paused, the last instant of a pause that ends by itself.
    """

    state: State
    unit: Unit
    started_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    stopped_at: datetime | None = None
    elapsed: int = 0
    remaining: int | None = None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    late: bool = False
    explanation: tuple[Message, ...] = ()
    warnings: tuple[datetime, ...] = ()
    cap_at: datetime | None = None
    escalations: tuple[tuple[datetime, str], ...] = ()
    tiers: tuple[TierResult, ...] = ()
    earlier: tuple[Finished, ...] = ()
    resumes_at: datetime | None = None


def reckon(
    standard: Standard,
    events: Iterable[EventFact],
    calendar: WorkCalendar,
    at: datetime,
    subject: str | None = None,
    *,
    explained: bool = True,
) -> Reckoning:
    """What the standard means at ``at`` (aware instant) for a case with these events; later events are ignored.

    subject: for a standard per subject, which one. explained=False leaves the explanation out (bulk reckoning).
    Raises ValueError for an instant without zone, CalendarError for days outside the calendar and for an event whose
    data lacks the date or amount that the standard takes from it.
    """
    facts = _in_utc(events)
    now = _utc(at)
    counting = Counting.of(standard, calendar)
    reckoned = partial(_dues, standard, counting)
    limit = partial(limit_of, counting)
    rounds = replay(standard, facts, now, subject, lambda run, instant: reckoned(run, instant).cap_at, limit)
    if not rounds:
        words = (N_("The clock has not started: nothing that starts it has happened."),) if explained else ()
        return Reckoning("not_started", standard.count_unit, explanation=words)
    present = _present(standard, counting, rounds[-1], now, explained)
    return replace(present, earlier=tuple(_finished(standard, reckoned, r) for r in rounds[:-1]))


def _in_utc(events: Iterable[EventFact]) -> list[EventFact]:
    return [e if e.at.tzinfo is UTC else replace(e, at=_utc(e.at)) for e in events]


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)


def _dues(standard: Standard, counting: Counting, run: Round, now: datetime) -> Dues:
    return dues_of(standard, counting, run, run.ended_at or now)


def _state(run: Round, dues: Dues) -> State:
    if run.lost_by is not None:
        return "lost"
    if run.ended == "void":
        return "void"
    if run.ended == "capped":
        return "missed"
    if run.ended == "stopped":
        return "missed" if run.ended_at is not None and run.ended_at > dues.due_at else "met"
    return "paused" if run.pauses and run.pauses[-1][1] is None else "running"


def _present(standard: Standard, counting: Counting, run: Round, now: datetime, explained: bool) -> Reckoning:
    dues = _dues(standard, counting, run, now)
    state = _state(run, dues)
    end = run.ended_at or now
    promised = state not in ("lost", "void")
    late = promised and (end > dues.due_at or run.ended == "capped")
    ticking = state == "running"
    return Reckoning(
        state=state,
        unit=standard.count_unit,
        started_at=dues.started_at,
        due_at=dues.due_at if promised else None,
        warn_at=min(dues.warnings, default=None) if promised and state != "paused" else None,
        stopped_at=run.ended_at,
        elapsed=elapsed(standard, counting, dues, end),
        remaining=_remaining(standard, counting, dues, end, state, late) if promised else None,
        pauses=_stood_still(run),
        late=late,
        explanation=explain(standard, counting, run, dues, state, now) if explained else (),
        warnings=dues.warnings if ticking else (),
        cap_at=dues.cap_at if ticking else None,
        escalations=_escalations(standard, counting, dues) if ticking else (),
        tiers=tuple(TierResult(p, due, _kept(run, state, due, now)) for p, due in dues.tiers) if promised else (),
        resumes_at=run.resumes_at if state == "paused" else None,
    )


def _stood_still(run: Round) -> tuple[tuple[datetime, datetime | None], ...]:
    """The intervals in which the clock stood still; what was open when it ended, ended with it."""
    return tuple((a, b or run.ended_at) for a, b in run.pauses if a != (b or run.ended_at))


def _kept(run: Round, state: State, due: datetime, now: datetime) -> bool | None:
    if run.ended == "stopped" and run.ended_at is not None:
        return run.ended_at <= due
    if run.ended == "capped" or (state in ("running", "paused") and now > due):
        return False
    return None


def elapsed(standard: Standard, counting: Counting, dues: Dues, end: datetime) -> int:
    """Units counted from the start to an instant, pauses left out."""
    last = counting.counting_day(end)
    if last <= dues.origin:
        return 0
    unit = standard.count_unit
    total = counting.count(dues.origin, last, unit)
    return max(0, total - sum(counting.count(a, min(b, last), unit) for _, a, b in dues.still if a < last))


def _remaining(standard: Standard, counting: Counting, dues: Dues, end: datetime, state: State, late: bool) -> int:
    unit, today = standard.count_unit, counting.counting_day(end)
    if state == "paused" and not late:  # before rolling forward: while it stands still, what is left stands still
        return max(0, counting.count(max(today, dues.origin), dues.unrolled, unit))
    # Counting from a day to come is part of the time; the days until a date that an event carries are too.
    first = today if standard.due_from_event_data else max(today, dues.origin)
    left = counting.count(first, dues.day, unit)
    return min(-1, left) if late else max(0, left)


def _escalations(standard: Standard, counting: Counting, dues: Dues) -> tuple[tuple[datetime, str], ...]:
    unit = standard.count_unit
    return tuple(
        (counting.end_of(counting.add(dues.day, step.after, unit)) + MOMENT, step.role) for step in standard.escalation
    )


def _finished(standard: Standard, reckoned: Callable[[Round, datetime], Dues], run: Round) -> Finished:
    end = run.ended_at or run.start.at
    dues = reckoned(run, end)
    state = _state(run, dues)
    due_at = None if state in ("lost", "void") else dues.due_at
    return Finished(state, dues.started_at, due_at, end, elapsed(standard, dues.counting, dues, end))


def reckon_all(
    standards: Iterable[Standard],
    events: Iterable[EventFact],
    calendars: Mapping[str, WorkCalendar],
    at: datetime,
    *,
    explained: bool = True,
) -> list[tuple[Standard, str | None, Reckoning]]:
    """Every clock of a case: one per standard, for a standard per subject one per subject that has started.

    calendars: by the code that standards name. Raises CalendarError when a standard names a calendar that is not there.
    """
    facts = _in_utc(events)
    clocks: list[tuple[Standard, str | None, Reckoning]] = []
    for standard in standards:
        calendar = calendars.get(standard.calendar)
        if calendar is None:
            raise CalendarError(
                "calendar",
                N_(
                    "The standard %(standard)s counts by the calendar %(name)s, which does not exist. Set it up first.",
                    standard=standard.code,
                    name=standard.calendar,
                ),
            )
        clocks.extend(
            (standard, subject, reckon(standard, facts, calendar, at, subject, explained=explained))
            for subject in subjects(standard, facts)
        )
    return clocks


def subjects(standard: Standard, events: Iterable[EventFact]) -> list[str | None]:
    """For which subjects a standard has a clock: [None] for one per case, else those named by starting events."""
    if standard.per == "case":
        return [None]
    starts = (e.subject for e in events if any(m.fits(e.kind, e.data) for m in standard.start))
    return sorted(set(starts), key=lambda s: (s is not None, s or ""))


def next_check(reckoning: Reckoning, at: datetime) -> datetime | None:
    """The first instant after ``at`` (UTC) at which what is stored of the clock changes by itself; None for never.

    That is the next warning, the first instant after the due instant or the cap, the next step of the escalation, or
    the first instant after a pause that ends by itself.
    """
    if reckoning.resumes_at is not None and reckoning.resumes_at >= at:
        return reckoning.resumes_at + MOMENT
    if reckoning.state != "running" or reckoning.due_at is None:
        return None
    moments = [*reckoning.warnings, reckoning.due_at + MOMENT, *(when for when, _ in reckoning.escalations)]
    if reckoning.cap_at is not None:
        moments.append(reckoning.cap_at + MOMENT)
    return min((m for m in moments if m > at), default=None)


def moves(reckoning: Reckoning) -> bool:
    """Whether the due instant moves on with every day: the clock stands still, and did so before it was due."""
    return reckoning.state == "paused" and not reckoning.late


def stored(reckoning: Reckoning) -> dict[str, object]:
    """What may be kept in a database: only what stays true until the next event or ``next_check``.

    Elapsed and remaining time change with the day, and so does the due instant that moves: they are left out.
    """
    return {
        "state": reckoning.state,
        "started_at": reckoning.started_at,
        "due_at": None if moves(reckoning) else reckoning.due_at,
        "warn_at": reckoning.warn_at,
        "cap_at": reckoning.cap_at,
        "stopped_at": reckoning.stopped_at,
        "late": reckoning.late,
    }
