"""The addresses from which calendar programmes read, and the dates each may show now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from portal.accounts.models import FeedAddress, Person
from portal.cases.models import Case
from portal.cases.queries import readable_by
from portal.core.actor import Actor, Role
from portal.infra.db import db
from portal.standards.models import Clock, StandardVersion

#: dates of one file; more than anybody keeps in a calendar
MOST = 500
THEIRS = ("applicant", "recipient")


def addresses_of(person_id: UUID) -> list[FeedAddress]:
    """The addresses of a person in the tenant in scope that were not revoked, the newest first."""
    return list(
        db.session.scalars(
            select(FeedAddress)
            .where(FeedAddress.person_id == person_id, FeedAddress.revoked_at.is_(None))
            .order_by(FeedAddress.created_at.desc(), FeedAddress.id)
        )
    )


def by_digest(digest: str) -> tuple[FeedAddress, Person] | None:
    """The address with this digest and whose it is, while it stands and she has an account; one query."""
    row = db.session.execute(
        select(FeedAddress, Person)
        .join(Person, Person.id == FeedAddress.person_id)
        .where(FeedAddress.digest == digest, FeedAddress.revoked_at.is_(None), Person.active.is_(True))
    ).first()
    return (row[0], row[1]) if row is not None else None


def own(person_id: UUID, address_id: UUID) -> FeedAddress | None:
    """One of a person's own addresses."""
    return db.session.scalars(
        select(FeedAddress).where(FeedAddress.id == address_id, FeedAddress.person_id == person_id)
    ).first()


def dates(actor: Actor, kind: str, stands_in_for: frozenset[UUID]) -> list[tuple[Clock, StandardVersion, Case]]:
    """The running clocks of a kind of feed, the nearest first: (clock, standard, case); one query.

    :param stands_in_for: whose cases she follows today besides her own.

    :param actor: as she stands now: what she may no longer read is not among them.
    """
    rows = db.session.execute(
        select(Clock, StandardVersion, Case)
        .join(Case, and_(Case.tenant_id == Clock.tenant_id, Case.id == Clock.case_id))
        .join(
            StandardVersion,
            and_(StandardVersion.tenant_id == Clock.tenant_id, StandardVersion.id == Clock.standard_id),
        )
        .where(
            Clock.is_open.is_(True),
            Clock.state == "running",
            Clock.due_at.is_not(None),
            readable_by(actor),
            _of_kind(actor, kind, stands_in_for),
        )
        .order_by(Clock.due_at, Clock.id)
        .limit(MOST)
    )
    return [(clock, version, case) for clock, version, case in rows]


def _of_kind(actor: Actor, kind: str, stands_in_for: frozenset[UUID]) -> ColumnElement[bool]:
    mine = Case.organisation_id.in_(list(actor.organisations))
    monitored = Case.monitor_id.in_([*sorted(stands_in_for), actor.person_id])
    if kind == "reviews":
        return and_(monitored, Clock.side == "secretariat")
    if kind == "reports":
        return and_(Case.kind == "report", Clock.side.in_(THEIRS), or_(mine, monitored))
    ways = [and_(mine, Clock.side.in_(THEIRS))]
    if actor.has(Role.TRANSLATOR):
        ways.append(Clock.side == "translator")
    return or_(*ways)
