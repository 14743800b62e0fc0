"""What somebody of the secretariat has before her in a week."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.accounts.models import Membership, Person
from portal.cases.models import Case
from portal.core.actor import Actor, Role
from portal.infra.db import db
from portal.standards.models import Clock, StandardVersion

Row = tuple[Clock, StandardVersion, Case]


def readers(tenant_id: int) -> list[Person]:
    """The people of a secretariat who want the weekly mail, by name."""
    return list(
        db.session.scalars(
            select(Person)
            .where(
                Person.active.is_(True),
                Person.weekly_digest.is_(True),
                Person.id.in_(select(Membership.person_id).where(Membership.tenant_id == tenant_id)),
            )
            .order_by(Person.name, Person.id)
        )
    )


def due(actor: Actor, people: frozenset[UUID], until: datetime, limit: int) -> tuple[list[Row], int]:
    """The running promises that are hers and whose date comes before an instant or has passed, and how many there are.

    :param people: whose cases she follows now: her own and those of whom she stands in for. :param until: UTC.
    """
    joined = (
        select(Clock, StandardVersion, Case)
        .join(Case, and_(Case.tenant_id == Clock.tenant_id, Case.id == Clock.case_id))
        .join(
            StandardVersion,
            and_(StandardVersion.tenant_id == Clock.tenant_id, StandardVersion.id == Clock.standard_id),
        )
        .where(
            Clock.is_open.is_(True),
            Clock.state == "running",
            Clock.due_at < until,
            Case.is_submitted.is_(True),
            _hers(actor, people),
        )
    )
    rows = db.session.execute(joined.order_by(Clock.due_at, Clock.id).limit(limit))
    found = [(clock, version, case) for clock, version, case in rows]
    if len(found) < limit:
        return found, len(found)
    return found, db.session.scalar(select(func.count()).select_from(joined.subquery())) or 0


def _hers(actor: Actor, people: frozenset[UUID]) -> ColumnElement[bool]:
    """The secretariat's promises of the cases she follows, and those of her office."""
    ways = [and_(Clock.side == "secretariat", Case.monitor_id.in_(sorted(people)))]
    if actor.has(Role.TRANSLATOR):
        ways.append(Clock.side == "translator")
    if actor.has(Role.PROGRAMME_MANAGER):
        ways.append(and_(Clock.side == "secretariat", Case.tab == "deciding"))
    if actor.has(Role.FINANCE_OFFICER):
        ways.append(and_(Clock.side == "secretariat", Clock.code == "PAY"))
    return or_(*ways)


def unexplained(people: frozenset[UUID]) -> int:
    """How many broken promises of the cases somebody follows wait for a reason."""
    statement = (
        select(func.count())
        .select_from(Clock)
        .join(Case, and_(Case.tenant_id == Clock.tenant_id, Case.id == Clock.case_id))
        .where(
            Clock.side == "secretariat",
            Clock.breached_at.is_not(None),
            Clock.reason == "",
            Case.monitor_id.in_(sorted(people)),
        )
    )
    return db.session.scalar(statement) or 0


def followed_by_nobody() -> int:
    """How many open cases nobody follows."""
    statement = select(func.count()).where(
        Case.is_submitted.is_(True), Case.is_open.is_(True), Case.monitor_id.is_(None), Case.kind == "application"
    )
    return db.session.scalar(statement) or 0
