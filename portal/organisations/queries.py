"""Read organisations, their people, and the gazetteer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Membership, Person
from portal.accounts.queries import SessionUser, session_parts
from portal.core.actor import Actor, OrgRole, Role
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.pages import Question
from portal.infra.search_text import fold
from portal.organisations.models import City, MemberPeriod, Organisation, OrganisationMember
from portal.organisations.rules import is_member_on
from portal.tenants.models import Tenant

MOST_CITIES = 20


def session_user(key: str) -> SessionUser | None:
    """The person a session names, with her roles in the tenant in scope; one query.

    None when she was closed out or her sessions were ended.
    """
    parts = session_parts(key)
    if parts is None:
        return None
    tenant_id = tenancy.current()
    if tenant_id is None:
        person = accounts.by_id(parts[0])
        rows: list[Any] = [] if person is None else [(person, None, None, None, None)]
    else:
        rows = list(db.session.execute(_roles_in(tenant_id), {"person": parts[0]}))
    if not rows or not rows[0][0].active or rows[0][0].session_key != parts[1]:
        return None
    if tenant_id is None:
        return SessionUser(rows[0][0])
    standing = frozenset((p.session_key, p.active, p.name, p.language, *roles) for p, *roles in rows)
    return SessionUser(rows[0][0], _actor(tenant_id, rows), standing)


def reader_question(key: str) -> Question:
    """The question that is answered otherwise as soon as a session's reader may do more, less, or nothing any more.

    :param key: what the session's cookie holds.
    """
    parts = session_parts(key)
    return Question(_READER, {"person": parts[0] if parts else None})


_READER = (
    select(
        Person.session_key,
        Person.active,
        Person.name,
        Person.language,
        Membership.role,
        OrganisationMember.organisation_id,
        OrganisationMember.role,
        Organisation.name,
    )
    .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.tenant_id == bindparam("tenant")))
    .outerjoin(
        OrganisationMember,
        and_(OrganisationMember.tenant_id == bindparam("tenant"), OrganisationMember.person_id == Person.id),
    )
    .outerjoin(
        Organisation,
        and_(
            Organisation.tenant_id == OrganisationMember.tenant_id,
            Organisation.id == OrganisationMember.organisation_id,
        ),
    )
    .where(Person.id == bindparam("person"))
)


def actor_for(person: Person, tenant: Tenant) -> Actor:
    """A person as she acts in a tenant: her roles in its secretariat and in its organisations. Needs its scope."""
    rows = db.session.execute(_roles_in(tenant.id), {"person": person.id})
    return _actor(tenant.id, list(rows))


@lru_cache(maxsize=4096)
def _roles_in(tenant_id: int) -> Select[Person, str, UUID, str, str]:
    """A person with each of her roles in a tenant, beside each of her roles in its organisations.

    Asked with every request: the statement is built once, the person is its parameter.
    """
    return (
        select(Person, Membership.role, OrganisationMember.organisation_id, OrganisationMember.role, Organisation.name)
        .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.tenant_id == tenant_id))
        .outerjoin(OrganisationMember, OrganisationMember.person_id == Person.id)
        .outerjoin(Organisation, Organisation.id == OrganisationMember.organisation_id)
        .where(Person.id == bindparam("person"))
    )


def _actor(tenant_id: int, rows: list[Any]) -> Actor:
    person = rows[0][0]
    held: dict[UUID, set[OrgRole]] = {}
    names: dict[UUID, str] = {}
    for _, _, organisation_id, role, name in rows:
        if organisation_id is not None:
            held.setdefault(organisation_id, set()).add(OrgRole(role))
            names[organisation_id] = name
    return Actor(
        person_id=person.id,
        name=person.name,
        language=person.language,
        tenant_id=tenant_id,
        roles=frozenset(Role(row[1]) for row in rows if row[1] is not None),
        organisations={key: frozenset(value) for key, value in held.items()},
        organisation_names=names,
    )


def organisations_of(actor: Actor) -> list[Organisation]:
    """The actor's own organisations, by name."""
    if not actor.organisations:
        return []
    return list(
        db.session.scalars(
            select(Organisation).where(Organisation.id.in_(list(actor.organisations))).order_by(Organisation.name)
        )
    )


@dataclass(frozen=True)
class Colleague:
    """Somebody in an organisation.

    :param entered: whether she has accepted her invitation.
    """

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    entered: bool


def people_by_organisation(organisation_ids: list[UUID]) -> dict[UUID, list[Colleague]]:
    """The people of some organisations, by name, each with all of her roles. One query."""
    found: dict[UUID, dict[UUID, tuple[Person, list[str]]]] = {}
    rows = db.session.execute(
        select(Person, OrganisationMember.organisation_id, OrganisationMember.role)
        .join(OrganisationMember, OrganisationMember.person_id == Person.id)
        .where(OrganisationMember.organisation_id.in_(organisation_ids))
        .order_by(Person.name, Person.id)
    )
    for person, organisation_id, role in rows:
        found.setdefault(organisation_id, {}).setdefault(person.id, (person, []))[1].append(role)
    order = [str(role) for role in OrgRole]
    return {
        key: [
            Colleague(p.id, p.name, p.email, tuple(sorted(roles, key=order.index)), p.password_hash is not None)
            for p, roles in people.values()
        ]
        for key, people in found.items()
    }


def member_names(day: date) -> tuple[tuple[str, str], ...]:
    """The members of the alliance on a day, who may sponsor, as (id, name). :param day: in the tenant's zone."""
    rows: Iterable[tuple[UUID, str, MemberPeriod | None]] = db.session.execute(
        select(Organisation.id, Organisation.name, MemberPeriod)
        .outerjoin(MemberPeriod, MemberPeriod.organisation_id == Organisation.id)
        .where(Organisation.kind == "member")
        .order_by(Organisation.name, Organisation.id)
    )
    periods: dict[tuple[str, str], list[MemberPeriod]] = {}
    for key, name, period in rows:
        periods.setdefault((str(key), name), []).extend([period] if period is not None else [])
    return tuple(member for member, known in periods.items() if is_member_on(known, day))


def find_cities(words: str, country: str | None) -> list[dict[str, Any]]:
    """Cities of the gazetteer whose name in any language begins with these words, the largest first.

    :param country: ISO 3166 alpha-2, to look in one country only.
    """
    key = fold(words).strip()
    if not key:
        return []
    escaped = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    statement = select(City).where(
        or_(City.search_key.like(f"{escaped}%", escape="\\"), City.search_key.like(f"%|{escaped}%", escape="\\"))
    )
    if country:
        statement = statement.where(City.country == country)
    rows = db.session.scalars(statement.order_by(City.population.desc(), City.id).limit(MOST_CITIES))
    return [{"id": row.id, "name": row.name, "country": row.country} for row in rows]


def names_of(organisation_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some organisations. One query."""
    wanted = set(organisation_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def names_of_kinds(kinds: Iterable[str], most: int = 500) -> list[str]:
    """The names of the organisations of some kinds, in their order. :param most: no more than these."""
    statement = select(Organisation.name).where(Organisation.kind.in_(list(kinds))).order_by(Organisation.name)
    return list(db.session.scalars(statement.distinct().limit(most)))
