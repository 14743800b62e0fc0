"""Read people and where they may go."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import and_, select, union

from portal.accounts.models import Absence, Affiliation, Membership, Person
from portal.accounts.rules import Away
from portal.core.actor import Actor, Role
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant


class SessionUser(UserMixin):  # type: ignore[misc]
    """A person as the log-in library knows her: her id and the key of her sessions."""

    def __init__(self, person: Person, actor: Actor | None = None, standing: Hashable = None) -> None:
        """:param person: who is logged in; :param actor: as whom she acts in the tenant in scope, if there is one.

        :param standing: who she is and every role she has there, to be compared with a later look.
        """
        self.person = person
        self.actor = actor
        self.standing = standing

    def get_id(self) -> str:
        """What the session cookie holds; a changed key makes every older session worthless."""
        return f"{self.person.id}:{self.person.session_key}"


def session_parts(key: str) -> tuple[UUID, str] | None:
    """The person's id and the key of her sessions that a cookie names; None for nonsense."""
    person_id, _, session_key = key.partition(":")
    try:
        return UUID(person_id), session_key
    except ValueError:
        return None


def by_id(person_id: UUID) -> Person | None:
    """The person with this id."""
    return db.session.get(Person, person_id)


def by_email(email: str) -> Person | None:
    """The person with this e-mail address, however it was capitalised."""
    return db.session.scalars(select(Person).where(Person.email == email.strip().lower())).first()


def tenants_of(person: Person) -> tuple[Tenant, ...]:
    """The tenants in which a person has any role, by slug."""
    ids = set(
        db.session.scalars(
            union(
                select(Membership.tenant_id).where(Membership.person_id == person.id),
                select(Affiliation.tenant_id).where(Affiliation.person_id == person.id),
            )
        )
    )
    return tuple(tenant for tenant in tenants.all_tenants() if tenant.id in ids)


def roles_everywhere(person_id: UUID) -> dict[int, list[Role]]:
    """The roles of a person in every secretariat, by tenant number."""
    rows = db.session.execute(
        select(Membership.tenant_id, Membership.role)
        .where(Membership.person_id == person_id)
        .order_by(Membership.tenant_id, Membership.role)
    )
    held: dict[int, list[Role]] = {}
    for tenant_id, role in rows:
        held.setdefault(tenant_id, []).append(Role(role))
    return held


def roles_in(person_id: UUID, tenant_id: int) -> list[Role]:
    """The roles of a person in one tenant's secretariat."""
    return roles_everywhere(person_id).get(tenant_id, [])


def people_with(tenant_id: int) -> list[tuple[Person, list[str]]]:
    """The people of a tenant's secretariat with their roles, by name."""
    rows: dict[Any, tuple[Person, list[str]]] = {}
    for person, role in db.session.execute(
        select(Person, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.tenant_id == tenant_id)
        .order_by(Person.name, Membership.role)
    ):
        rows.setdefault(person.id, (person, []))[1].append(role)
    return list(rows.values())


def absences_from(day: date) -> list[Absence]:
    """The absences of the tenant in scope that last until a day or longer, those that begin first in front.

    :param day: in the tenant's zone.
    """
    return list(
        db.session.scalars(
            select(Absence)
            .where(Absence.ends_on >= day, Absence.cancelled_at.is_(None))
            .order_by(Absence.starts_on, Absence.id)
        )
    )


@dataclass(frozen=True)
class Staff:
    """Who of a secretariat may follow cases, by name, and who of it is away."""

    officers: tuple[tuple[UUID, str], ...]
    away: tuple[Away, ...]


def staff_on(tenant_id: int, day: date) -> Staff:
    """The officers of the tenant in scope and who of its secretariat is away on a day of its zone; one query."""
    away = and_(
        Absence.person_id == Person.id,
        Absence.starts_on <= day,
        Absence.ends_on >= day,
        Absence.cancelled_at.is_(None),
    )
    rows = db.session.execute(
        select(Person.id, Person.name, Person.active, Membership.role, Absence)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Absence, away)
        .where(Membership.tenant_id == tenant_id)
        .order_by(Person.name, Person.id)
    ).all()
    officers = {row.id: row.name for row in rows if row.active and row.role == Role.PROGRAMME_OFFICER.value}
    absences = {row.Absence.id: row.Absence for row in rows if row.Absence is not None}
    recorded = sorted(absences.values(), key=lambda one: one.recorded_at)
    return Staff(
        tuple(officers.items()),
        tuple(Away(one.person_id, one.starts_on, one.ends_on, one.deputy_id) for one in recorded),
    )


def away_on(day: date) -> tuple[Away, ...]:
    """Who is away on a day of the tenant's zone, and who stands in; one query."""
    rows = db.session.execute(
        select(Absence.person_id, Absence.starts_on, Absence.ends_on, Absence.deputy_id)
        .where(Absence.starts_on <= day, Absence.ends_on >= day, Absence.cancelled_at.is_(None))
        .order_by(Absence.recorded_at)
    )
    return tuple(Away(*row) for row in rows)
