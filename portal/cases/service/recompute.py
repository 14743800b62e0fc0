"""Work the open clocks out anew after the calendar has changed: batch by batch, each a transaction of its own.

How far it has come stands beside the calendar and is committed with what was done; a worker that dies leaves off
between two batches, and the next goes on there.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import events
from portal.core.actor import Actor
from portal.infra.db import db
from portal.standards import service
from portal.standards.models import CalendarVersion, Clock

BATCH = 200
#: the fact that a promised date has moved because the calendar has
MOVED = "calendar_changed"


def recompute(version_id: UUID, now: datetime, limit: int = BATCH) -> bool:
    """Do the next batch of cases with open clocks; tell on each case whose promise has moved.

    :param now: UTC. :returns: whether there is more to do.
    """
    version = db.session.scalars(select(CalendarVersion).where(CalendarVersion.id == version_id)).first()
    if version is None or version.finished_at is not None:
        return False
    newest = db.session.scalar(select(func.max(CalendarVersion.number)))
    if newest != version.number:
        version.finished_at = now  # a later change works everything out anew by itself
        return False
    if version.last_case_id is None:
        count = select(func.count(Clock.case_id.distinct())).where(Clock.is_open.is_(True))
        version.cases_total = db.session.scalar(count) or 0
    ids = _next(version.last_case_id, limit)
    for case_id in ids:
        version.clocks_moved += _again(queries.locked(case_id), version, now)
    version.cases_done += len(ids)
    if ids:
        version.last_case_id = ids[-1]
    if len(ids) < limit:
        version.finished_at = now
    db.session.flush()
    return version.finished_at is None


def _next(after: UUID | None, limit: int) -> list[UUID]:
    statement = select(Clock.case_id).where(Clock.is_open.is_(True)).distinct().order_by(Clock.case_id).limit(limit)
    return list(db.session.scalars(statement if after is None else statement.where(Clock.case_id > after)))


def _again(case: Case, version: CalendarVersion, now: datetime) -> int:
    """One case: its clocks by the new calendar, and a fact for each whose date has moved. :returns: how many have."""
    kept = list(db.session.scalars(select(Clock).where(Clock.case_id == case.id)))
    before = {clock.id: clock.due_at for clock in kept if clock.is_open}
    service.refresh(case, queries.facts_of(queries.events_of(case.id)), now, kept)
    events.refreshed(case, now)
    moved = [clock for clock in kept if clock.id in before and before[clock.id] != clock.due_at]
    for clock in moved:
        was = before[clock.id]
        facts = {
            "clock": clock.code,
            "from": was.isoformat() if was else "",
            "to": clock.due_at.isoformat() if clock.due_at else "",
            "calendar": version.number,
            "why": version.reason,
        }
        events.append(case, MOVED, Actor.system(case.tenant_id), now, facts, subject=clock.subject or None)
    return len(moved)
