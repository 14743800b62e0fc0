"""Reckon the clocks of a case and keep the result; say where what is kept differs from what the events say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.core.standards import EventFact, Reckoning, moves, next_check, reckon, stored
from portal.infra import tenancy
from portal.infra.db import db
from portal.standards import queries
from portal.standards.models import Clock
from portal.standards.rules.readings import Calendars, Reading, read
from portal.standards.service import tally
from portal.tenants import queries as tenants

#: Later than anything: for order and ranges without NULL.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
OPEN = frozenset({"running", "paused"})
MOMENT = timedelta(microseconds=1)
#: the fact by which somebody says why a promise was broken
EXPLAINED = "breach_explained"

Key = tuple[str, str]


class CaseLike(Protocol):
    """What a clock needs to know of its case."""

    id: Any
    tenant_id: Any
    instrument: Any
    process: Any
    amount: Any
    route: Any
    urgent_at: Any
    urgent_warn_at: Any
    urgent_from: Any
    urgent_code: Any
    urgent_paused: Any


def refresh(
    case: CaseLike,
    events: Sequence[EventFact],
    now: datetime,
    have: Iterable[Clock] | None = None,
) -> list[tuple[Clock, Reading]]:
    """Work the clocks of a case out anew from its events and keep them, with the published figures in step.

    :param events: every event of the case, in any order.
    :param now: UTC; what is kept holds until the next event or ``next_check_at``.
    :param have: the clocks of the case, when they are loaded already.
    """
    rows = db.session.scalars(select(Clock).where(Clock.case_id == case.id)) if have is None else have
    known = {(clock.code, clock.subject): clock for clock in rows}
    change: Counter[tally.Key] = Counter()
    zone = tenants.by_id(case.tenant_id).zone
    before = {key: tally.key_of(case.instrument, case.process, clock, zone) for key, clock in known.items()}
    clocks = reckoned(case, events, now, known)
    for clock, _ in clocks:
        change[tally.key_of(case.instrument, case.process, clock, zone)] += 1
        change[before.get((clock.code, clock.subject))] -= 1
    tally.add(change)
    return clocks


def reckoned(
    case: CaseLike, events: Sequence[EventFact], now: datetime, known: Mapping[Key, Clock]
) -> list[tuple[Clock, Reading]]:
    """As :func:`refresh`, for clocks that are given, without a thought for the figures."""
    reasons = {(str(e.data.get("clock")), str(e.data.get("subject") or "")): str(e.data.get("reason") or "")
               for e in sorted(events, key=lambda event: event.seq) if e.kind == EXPLAINED}  # fmt: skip
    clocks = []
    for reading in _read(case, events, now, known):
        key = (reading.standard.code, reading.subject)
        clock = known.get(key)
        if clock is None:
            clock = Clock(case_id=case.id, standard_id=reading.version.id, code=key[0], subject=key[1])
            clock.told, clock.reason = 0, ""
            db.session.add(clock)
        _keep(clock, reading, now)
        clock.reason = reasons.get(key, "") if clock.breached_at is not None else ""
        clocks.append((clock, reading))
    _set_urgency(case, [clock for clock, _ in clocks])
    return clocks


def _read(
    case: CaseLike, events: Sequence[EventFact], now: datetime, known: Mapping[Key, Clock], calendars: Any = None
) -> list[Reading]:
    return read(
        queries.versions(case.instrument, case.process, [clock.standard_id for clock in known.values()]),
        {key: clock.standard_id for key, clock in known.items()},
        queries.parsed,
        events,
        calendars or queries.calendars(),
        now,
        applies=lambda standard: standard.applies.to(case.instrument, case.route, amount=case.amount),
    )


def _keep(clock: Clock, reading: Reading, now: datetime) -> None:
    reckoning = reading.reckoning
    clock.side = reading.standard.side
    if reckoning.state == "missed" or (reckoning.state == "paused" and reckoning.late):
        # A promise that was broken stays broken, also when nobody looked at it in between or it stands still since.
        clock.breached_at = clock.breached_at or (reckoning.due_at or now) + MOMENT
    elif reckoning.state != "running" or clock.due_at != reckoning.due_at:
        # Another date is another promise: it is warned of and, if need be, broken anew.
        clock.warned_at = clock.breached_at = None
        clock.told = 0
    clock.state = reckoning.state
    clock.is_open = reckoning.state in OPEN
    clock.started_at = reckoning.started_at
    # A date that moves with every day cannot be kept, only that the clock stands still.
    clock.due_at = None if moves(reckoning) else reckoning.due_at
    clock.warn_at = reckoning.warn_at
    clock.stopped_at = reckoning.stopped_at
    clock.next_check_at = next_check(reckoning, now) or NEVER
    ended = _ended(reckoning)
    clock.taken = reckoning.elapsed if ended else None
    clock.paused_days = _stood_still(reckoning, tenants.by_id(tenancy.required()).zone) if ended else None


def _ended(reckoning: Reckoning) -> bool:
    """Whether it is known how long it took: what is lost may go on for long, and nobody looks at its clock then."""
    return reckoning.state in tally.COUNTED and reckoning.stopped_at is not None


def _stood_still(reckoning: Reckoning, zone: str) -> int:
    """Calendar days for which a clock stood still, each pause from its first day to its last in the tenant's zone."""
    place = ZoneInfo(zone)
    spans = ((begin, end or begin) for begin, end in reckoning.pauses)
    return sum((end.astimezone(place).date() - begin.astimezone(place).date()).days for begin, end in spans)


def differences(case: CaseLike, events: Sequence[EventFact], now: datetime) -> list[str]:
    """Where the kept clocks of a case differ from what its events say; nothing is changed.

    :param now: UTC. A clock whose next instant has come and that was not swept yet counts as of just before it.
    """
    have = {
        (clock.code, clock.subject): clock
        for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id))
    }
    calendars: Calendars = queries.calendars()
    told = {(r.standard.code, r.subject): r for r in _read(case, events, now, have, calendars)}
    found = [f"{' '.join(part for part in key if part)}: is missing" for key in told.keys() - have.keys()]
    for key, clock in have.items():
        reading = told.get(key)
        name = " ".join(part for part in key if part)
        if reading is None:
            found.append(f"{name}: no event has started it")
            continue
        reckoning = reading.reckoning
        if clock.is_open and clock.next_check_at <= now:
            before = clock.next_check_at - MOMENT
            subject = clock.subject or None
            reckoning = reckon(reading.standard, events, calendars.present, before, subject, explained=False)
        truth = stored(reckoning)
        found += [
            f"{name}: {column} is {getattr(clock, column)}, should be {truth[column]}"
            for column in ("state", "started_at", "due_at", "warn_at", "stopped_at")
            if getattr(clock, column) != truth[column]
        ]
        ended = _ended(reckoning)
        if clock.taken != (reckoning.elapsed if ended else None):
            found.append(f"{name}: taken is {clock.taken}, should be {reckoning.elapsed if ended else None}")
    return sorted(found)


def _set_urgency(case: CaseLike, clocks: Iterable[Clock]) -> None:
    """The most urgent promise is the running clock due first; a paused one stands in when nothing runs."""
    running = [clock for clock in clocks if clock.state == "running" and clock.due_at is not None]
    first = min(running, key=lambda clock: (clock.due_at or NEVER, clock.code), default=None)
    if first is None:
        paused = next((clock for clock in clocks if clock.state == "paused"), None)
        case.urgent_at, case.urgent_warn_at = NEVER, None
        case.urgent_from = paused.started_at if paused else None
        case.urgent_code, case.urgent_paused = (paused.code if paused else ""), paused is not None
        return
    case.urgent_at, case.urgent_warn_at = first.due_at, first.warn_at
    case.urgent_from, case.urgent_code, case.urgent_paused = first.started_at, first.code, False
