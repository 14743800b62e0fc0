"""How much each of the secretariat has to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select

from portal.cases.models import Case
from portal.infra.db import db
from portal.standards.models import Clock

#: cases that are shown to be given to somebody else at once
MOST = 200


@dataclass(frozen=True)
class Load:
    """The open cases that somebody follows, or nobody.

    :param ours: of these, how many wait for the secretariat. :param soon: due within the days asked for.
    :param late: whose date has passed. :param unexplained: broken promises without a reason.
    """

    cases: int = 0
    ours: int = 0
    soon: int = 0
    late: int = 0
    unexplained: int = 0


def loads(now: datetime, until: datetime) -> dict[UUID | None, Load]:
    """The load of each who follows open cases, of nobody under None; two grouped queries.

    :param now: UTC. :param until: UTC, up to when something counts as due soon.
    """
    ours = Case.owner == "secretariat"
    rows = db.session.execute(
        select(
            Case.monitor_id,
            func.count(),
            func.sum(case((ours, 1), else_=0)),
            func.sum(case((and_(ours, Case.urgent_at >= now, Case.urgent_at < until), 1), else_=0)),
            func.sum(case((and_(ours, Case.urgent_at < now), 1), else_=0)),
        )
        .where(Case.is_submitted.is_(True), Case.is_open.is_(True))
        .group_by(Case.monitor_id)
    )
    silent = dict(_unexplained())
    found = {}
    for person, cases, waiting, soon, late in rows:
        found[person] = Load(cases, int(waiting), int(soon), int(late), silent.pop(person, 0))
    return found | {person: Load(unexplained=count) for person, count in silent.items()}


def _unexplained() -> list[tuple[UUID | None, int]]:
    rows = db.session.execute(
        select(Case.monitor_id, func.count())
        .select_from(Clock)
        .join(Case, (Case.tenant_id == Clock.tenant_id) & (Case.id == Clock.case_id))
        .where(Clock.side == "secretariat", Clock.breached_at.is_not(None), Clock.reason == "")
        .group_by(Case.monitor_id)
    )
    return [(person, int(count)) for person, count in rows]


def followed_by(person_id: UUID | None) -> list[Case]:
    """The open cases that somebody follows, or nobody, the most urgent first; not more than ``MOST``."""
    return list(
        db.session.scalars(
            select(Case)
            .where(Case.is_submitted.is_(True), Case.is_open.is_(True), Case.monitor_id == person_id)
            .order_by(Case.urgent_at, Case.id)
            .limit(MOST)
        )
    )
