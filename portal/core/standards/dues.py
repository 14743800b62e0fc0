"""From one run of a clock to its days: where counting begins, which days do not count, when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal.core.calendars import CalendarError
from portal.core.standards.counting import DAY, Counting
from portal.core.standards.history import EventFact, Round
from portal.core.standards.reading import LARGEST_AMOUNT
from portal.core.standards.standard import (
    WORKING_UNITS,
    Allowance,
    Pause,
    Standard,
    StartShift,
    Unit,
    WarnPoint,
    count_unit_of,
)
from portal.core.text import N_

StandsStill = tuple[tuple[datetime, date, date], ...]


@dataclass(frozen=True, slots=True)
class Dues:
    """The days of one run. ``base`` is the day the start counts for; counting begins the day after ``origin``.

    still: spans that do not count, each with the instant it began (after its first day up to and including its
    second). target: where the bare amount leads. unrolled: the due day before it was moved to a working day. Instants
    are UTC.
    """

    counting: Counting
    started_at: datetime
    base: date
    origin: date
    still: StandsStill
    target: date
    unrolled: date
    day: date
    due_at: datetime
    warnings: tuple[datetime, ...]
    cap_at: datetime | None
    tiers: tuple[tuple[int, datetime], ...]


def dues_of(standard: Standard, counting: Counting, run: Round, end: datetime) -> Dues:
    """The days of a run as known at ``end``: its end, or now. An open pause is taken to end there."""
    base, started_at = _base(standard, counting, run.start)
    origin = base if standard.first_day == "after" else base - DAY
    reach = _Reach(standard, counting, run, base, origin, _still(counting, run, origin, end))
    paused = run.ended is None and bool(run.pauses) and run.pauses[-1][1] is None
    unrolled, day = reach.day(standard.amount, standard.unit)
    cap_at = None
    if standard.cap is not None and not paused:
        cap_at = counting.end_of(max(day, reach.day(standard.cap.amount, standard.cap.unit)[1]))
    return Dues(
        counting=counting,
        started_at=started_at,
        base=base,
        origin=origin,
        still=reach.still,
        target=reach.target(standard.amount, standard.unit),
        unrolled=unrolled,
        day=day,
        due_at=counting.end_of(day),
        warnings=tuple(sorted({reach.warning(point, started_at, unrolled, day) for point in standard.warn})),
        cap_at=cap_at,
        tiers=tuple((t.percent, counting.end_of(reach.day(t.amount, standard.unit)[1])) for t in standard.tiers),
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where amounts of time lead to in one run."""

    standard: Standard
    counting: Counting
    run: Round
    base: date
    origin: date
    still: StandsStill

    def target(self, amount: int, unit: Unit) -> date:
        """The day that the bare amount leads to, never before the day the start counts for."""
        if unit == "months" and self.standard.first_day == "same":
            return max(self.base, self.counting.add(self.base, amount, unit) - DAY)
        return max(self.base, self.counting.add(self.origin, amount, unit))

    def day(self, amount: int, unit: Unit, allowances: bool = True) -> tuple[date, date]:
        """The day that an amount leads to with allowances and pauses, before and after rolling forward."""
        day, count_unit = self.target(amount, unit), count_unit_of(unit)
        for allowance, event in self.run.allowances if allowances else ():
            day = self.counting.add(day, allowed(allowance, event), allowance.unit)
        for begin, first, last in self.still:
            if begin > self.counting.end_of(self._rolled(day)):
                break  # it was due before it stood still
            if first < day:
                day = self.counting.add(day, self.counting.count(first, last, count_unit), count_unit)
            else:  # it stood still on the due day: it cannot be due before it goes on
                day = max(day, self.counting.calendar.next_working(last) if unit in WORKING_UNITS else last)
        return day, self._rolled(day)

    def _rolled(self, day: date) -> date:
        return self.counting.calendar.next_working(day) if self.standard.roll_forward else day

    def warning(self, point: WarnPoint, started_at: datetime, unrolled: date, day: date) -> datetime:
        """When to warn: at the beginning of a local day, not before the start and not after the due instant."""
        if point.share is None:
            warn_day = self.counting.add(day, -(point.before or 0), point.unit)
        else:
            unit = self.standard.count_unit
            total = self.counting.count(self.origin, unrolled, unit)
            total -= sum(self.counting.count(a, min(b, unrolled), unit) for _, a, b in self.still if a < unrolled)
            warn_day = self.day(-(-total * point.share // 100), unit, allowances=False)[0]
        return max(started_at, min(self.counting.start_of(warn_day), self.counting.end_of(day)))


def _base(standard: Standard, counting: Counting, start: EventFact) -> tuple[date, datetime]:
    """The day the start counts for, and the instant the clock is said to have started."""
    if standard.due_from_event_data is not None:
        base = _carried_day(start, standard.due_from_event_data)
        return base, counting.start_of(base) if base < counting.local_day(start.at) else start.at
    base = counting.counting_day(start.at)
    for shift in standard.start_shift:
        base = _shifted(base, shift, start)
    return counting.calendar.next_working(base) if standard.roll_start else base, start.at


def _carried_day(event: EventFact, key: str) -> date:
    value = event.data.get(key)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise EventDataError(
            f"events.{event.kind}.{key}",
            N_(
                "The event %(event)s must carry a date under %(key)s, such as 2026-12-31.",
                event=event.kind,
                key=key,
            ),
        ) from None


class EventDataError(CalendarError):
    """An event lacks the date or amount that the standard takes from it; ``key`` names where it belongs."""


def _shifted(base: date, shift: StartShift, start: EventFact) -> date:
    if any(start.data.get(key) not in values for key, values in shift.where.items()):
        return base
    until, since, target = shift.until, shift.since, shift.counts_from
    if isinstance(until, date) and isinstance(target, date):
        inside = base <= until and not (isinstance(since, date) and base < since)
        return max(base, target) if inside else base
    if not isinstance(until, tuple) or not isinstance(target, tuple):
        return base
    today, first = (base.month, base.day), since if isinstance(since, tuple) else (1, 1)
    inside = first <= today <= until if first <= until else today >= first or today <= until
    if not inside:
        return base
    return _of_year(base.year if target >= today else base.year + 1, target)


def _of_year(year: int, day: tuple[int, int]) -> date:
    try:
        return date(year, *day)
    except ValueError:  # 29 February in a year without one
        return date(year, 2, 28)


def _still(counting: Counting, run: Round, origin: date, end: datetime) -> StandsStill:
    """The spans that do not count, with the instant each began. A pause begins on its own day, which still counts;
    it ends on the day for which the answer counts. So a longer pause or a further holiday never makes it shorter."""
    spans: list[tuple[datetime, date, date]] = []
    reached = origin
    for begin, until in run.pauses:
        first = max(reached, counting.local_day(begin))
        last = counting.resumed_day(until if until is not None else end)
        if last > first:
            spans.append((begin, first, last))
            reached = last
    return tuple(spans)


def limit_of(counting: Counting, pause: Pause, begun: datetime) -> datetime | None:
    """The last instant of a pause that ends by itself, its days counted from the day after it began."""
    if not pause.at_most:
        return None
    return counting.end_of(counting.add(counting.local_day(begun), pause.at_most, pause.unit))


def allowed(allowance: Allowance, event: EventFact) -> int:
    """How many units an allowance adds for an event. Raises EventDataError when the event does not say."""
    if allowance.by is not None:
        return allowance.amounts.get(str(event.data.get(allowance.by)), allowance.amounts.get("default", 0))
    if allowance.amount_from is None:
        return allowance.amount
    value = event.data.get(allowance.amount_from)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_AMOUNT:
        return value
    raise EventDataError(
        f"events.{event.kind}.{allowance.amount_from}",
        N_(
            "The event %(event)s must carry a whole number from 0 to %(high)s under %(key)s.",
            event=event.kind,
            high=LARGEST_AMOUNT,
            key=allowance.amount_from,
        ),
    )
