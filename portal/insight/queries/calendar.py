"""Read the history of a tenant's calendar, and the open clocks that a change of it may move."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select

from portal.cases.models import Event
from portal.cases.queries import facts_of
from portal.core.standards import EventFact
from portal.infra.db import db
from portal.standards.models import CalendarVersion, Clock, StandardVersion


def history() -> list[CalendarVersion]:
    """Every version of the tenant's calendar, the newest first."""
    return list(db.session.scalars(select(CalendarVersion).order_by(CalendarVersion.number.desc())))


def count_open() -> int:
    """How many clocks of the tenant run or stand still."""
    return db.session.scalar(select(func.count()).select_from(Clock).where(Clock.is_open.is_(True))) or 0


def open_clocks() -> Iterator[tuple[str, StandardVersion, list[EventFact]]]:
    """Every open clock: its subject, the version it keeps, and its case's events. Two queries; for few clocks."""
    rows = db.session.execute(
        select(Clock.case_id, Clock.subject, StandardVersion)
        .join(
            StandardVersion,
            (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id),
        )
        .where(Clock.is_open.is_(True))
    ).all()
    facts: dict[UUID, list[EventFact]] = {}
    events = db.session.scalars(
        select(Event).where(Event.case_id.in_({row.case_id for row in rows})).order_by(Event.case_id, Event.seq)
    ).all()
    for case_id in {row.case_id for row in rows}:
        facts[case_id] = facts_of([event for event in events if event.case_id == case_id])
    for case_id, subject, version in rows:
        yield subject, version, facts[case_id]
