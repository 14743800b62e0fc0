"""Publish standards; reckon the clocks of a case and keep the result; sweep what time alone has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select

from portal.calls.rules import instruments
from portal.core.calendars import WorkCalendar
from portal.core.standards import (
    EventFact,
    Reckoning,
    Standard,
    next_check,
    parse_standard,
    reckon,
    stored,
    subjects,
    to_data,
)
from portal.infra.db import db
from portal.standards import queries
from portal.standards.models import Clock, StandardVersion

#: Later than anything: for order and ranges without NULL.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
OPEN = frozenset({"running", "paused"})


class CaseLike(Protocol):
    """What a clock needs to know of its case."""

    id: Any
    tenant_id: Any
    instrument: Any
    process: Any
    amount: Any
    urgent_at: Any
    urgent_warn_at: Any
    urgent_from: Any
    urgent_code: Any
    urgent_paused: Any


@dataclass(frozen=True)
class Reading:
    """A clock worked out at an instant: its standard, what it is about, and the reckoning."""

    version: StandardVersion
    standard: Standard
    subject: str
    reckoning: Reckoning


def publish(instrument: str, process: str, definition: Mapping[str, Any], now: datetime) -> StandardVersion:
    """Publish a new version of a standard; running clocks keep the version they started under.

    :raises StandardError: when the definition is wrong, naming every key at fault.
    """
    standard = parse_standard(definition)
    last = db.session.scalars(
        select(StandardVersion.version)
        .where(
            StandardVersion.instrument == instrument,
            StandardVersion.process == process,
            StandardVersion.code == standard.code,
        )
        .order_by(StandardVersion.version.desc())
        .limit(1)
    ).first()
    row = StandardVersion(
        instrument=instrument,
        process=process,
        code=standard.code,
        version=(last or 0) + 1,
        definition=to_data(standard),
        published_at=now,
    )
    db.session.add(row)
    db.session.flush()
    queries.forget()
    return row


def publish_seeds(
    instrument: str, now: datetime, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> list[StandardVersion]:
    """Publish the standards an instrument ships with, for its application and each of its reports.

    :param overrides: standard's code → the keys a tenant words or counts otherwise, such as ``{"amount": 8}``.
    :returns: the versions now in force; a standard whose newest version says the same already is not published again.
    :raises ValueError: when an override names a standard the instrument does not have.
    :raises StandardError: when a definition is wrong, naming every key at fault.
    """
    own = dict(overrides or {})
    rows = [(p, row) for p in instruments.processes(instrument) for row in instruments.standards_data(instrument, p)]
    unknown = set(own) - {str(row["code"]) for _, row in rows}
    if unknown:
        raise ValueError(f"{instrument} has no standard {', '.join(sorted(unknown))}")
    published = []
    for process, row in rows:
        code = str(row["code"])
        definition = {**row, **own.get(code, {})}
        newest = next((v for v in queries.versions(instrument, process) if v.code == code), None)
        if newest is not None and newest.definition == to_data(parse_standard(definition)):
            published.append(newest)
        else:
            published.append(publish(instrument, process, definition, now))
    return published


def in_force(instrument: str, process: str, kept: Mapping[tuple[str, str], UUID]) -> list[StandardVersion]:
    """The version of each standard that counts for a case: the one its clock keeps, else the newest."""
    rows = queries.versions(instrument, process)
    kept_ids = {code: standard_id for (code, _), standard_id in kept.items()}
    chosen: dict[str, StandardVersion] = {}
    for row in rows:
        if row.code in kept_ids:
            if row.id == kept_ids[row.code]:
                chosen[row.code] = row
        else:
            chosen.setdefault(row.code, row)
    return list(chosen.values())


def read(
    rows: Iterable[StandardVersion],
    events: Sequence[EventFact],
    calendar: WorkCalendar,
    at: datetime,
    *,
    explained: bool = False,
) -> list[Reading]:
    """Reckon every clock of a case at an instant; standards that never started are left out."""
    readings = []
    for row in rows:
        standard = queries.parsed(row)
        for subject in subjects(standard, events):
            reckoning = reckon(standard, events, calendar, at, subject, explained=explained)
            if reckoning.state != "not_started":
                readings.append(Reading(row, standard, subject or "", reckoning))
    return readings


def refresh(case: CaseLike, events: Sequence[EventFact], calendar: WorkCalendar, now: datetime) -> list[Clock]:
    """Work the clocks of a case out anew from its events and keep them; set the case's most urgent promise.

    :param events: every event of the case, in any order.
    :param now: UTC; what is kept holds until the next event or ``next_check_at``.
    """
    have = {
        (clock.code, clock.subject): clock
        for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id))
    }
    rows = in_force(case.instrument, case.process, {key: clock.standard_id for key, clock in have.items()})
    clocks = []
    for reading in read(rows, events, calendar, now):
        key = (reading.standard.code, reading.subject)
        clock = have.get(key)
        if clock is None:
            clock = Clock(case_id=case.id, standard_id=reading.version.id, code=key[0], subject=key[1])
            db.session.add(clock)
        _keep(clock, reading, now)
        clocks.append(clock)
    _set_urgency(case, clocks)
    return clocks


def _keep(clock: Clock, reading: Reading, now: datetime) -> None:
    reckoning = reading.reckoning
    clock.side = reading.standard.side
    if reckoning.state != "running" or clock.due_at != reckoning.due_at:
        # Another date is another promise: it is warned of and, if need be, broken anew.
        clock.warned_at = clock.breached_at = None
    clock.state = reckoning.state
    clock.is_open = reckoning.state in OPEN
    clock.started_at = reckoning.started_at
    # The date of a paused clock moves with every day: only its standing still can be kept.
    clock.due_at = None if reckoning.state == "paused" else reckoning.due_at
    clock.warn_at = reckoning.warn_at
    clock.stopped_at = reckoning.stopped_at
    clock.next_check_at = next_check(reckoning, now) or NEVER


def differences(case: CaseLike, events: Sequence[EventFact], calendar: WorkCalendar, now: datetime) -> list[str]:
    """Where the kept clocks of a case differ from what its events say; nothing is changed.

    :param now: UTC. A clock whose next instant has come and that was not swept yet counts as of just before it.
    """
    have = {
        (clock.code, clock.subject): clock
        for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id))
    }
    rows = in_force(case.instrument, case.process, {key: clock.standard_id for key, clock in have.items()})
    told = {(r.standard.code, r.subject): r.reckoning for r in read(rows, events, calendar, now)}
    standards = {row.code: queries.parsed(row) for row in rows}
    found = [f"{' '.join(part for part in key if part)}: is missing" for key in told.keys() - have.keys()]
    for key, clock in have.items():
        reckoning = told.get(key)
        name = " ".join(part for part in key if part)
        if reckoning is None:
            found.append(f"{name}: no event has started it")
            continue
        if clock.is_open and clock.next_check_at <= now:
            before = clock.next_check_at - timedelta(microseconds=1)
            reckoning = reckon(standards[key[0]], events, calendar, before, clock.subject or None, explained=False)
        truth = stored(reckoning)
        found += [
            f"{name}: {column} is {getattr(clock, column)}, should be {truth[column]}"
            for column in ("state", "started_at", "due_at", "warn_at", "stopped_at")
            if getattr(clock, column) != truth[column]
        ]
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
