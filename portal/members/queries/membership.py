"""Who is a member on a day, and who speaks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.actor import OrgRole
from portal.core.errors import NotFound
from portal.infra.db import db
from portal.organisations.models import MemberPeriod, Organisation, OrganisationMember
from portal.organisations.rules import is_member_on
from portal.tenants import queries as tenants

MEMBER = "member"


def local_day(tenant_id: int, now: datetime) -> date:
    """The day of an instant where the tenant sits. :param now: UTC."""
    return now.astimezone(ZoneInfo(tenants.by_id(tenant_id).zone)).date()


def periods() -> dict[UUID, list[MemberPeriod]]:
    """The recorded periods of every member, the earliest first. One query."""
    found: dict[UUID, list[MemberPeriod]] = defaultdict(list)
    for row in db.session.scalars(select(MemberPeriod).order_by(MemberPeriod.starts_on, MemberPeriod.id)):
        found[row.organisation_id].append(row)
    return found


def all_members() -> list[Organisation]:
    """Every organisation that is or was a member, by name."""
    return list(
        db.session.scalars(
            select(Organisation).where(Organisation.kind == MEMBER).order_by(Organisation.name, Organisation.id)
        )
    )


def members_on(day: date) -> list[Organisation]:
    """The organisations that are members on a day, by name. Two queries. :param day: in the tenant's zone."""
    known = periods()
    return [row for row in all_members() if is_member_on(known.get(row.id, ()), day)]


def member(organisation_id: UUID) -> Organisation:
    """A member, present or former. :raises NotFound: when there is none."""
    row = db.session.scalars(
        select(Organisation).where(Organisation.id == organisation_id, Organisation.kind == MEMBER)
    ).first()
    if row is None:
        raise NotFound
    return row


def names(keys: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some organisations."""
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(list(keys))))
    return {row.id: row.name for row in rows}


def focal_points(keys: Iterable[UUID]) -> dict[UUID, list[Person]]:
    """The people who speak for some members, by name; who was closed out is left away. One query."""
    found: dict[UUID, list[Person]] = defaultdict(list)
    rows = db.session.execute(
        select(OrganisationMember.organisation_id, Person)
        .join(Person, Person.id == OrganisationMember.person_id)
        .where(
            OrganisationMember.organisation_id.in_(list(keys)),
            OrganisationMember.role == str(OrgRole.FOCAL_POINT),
            Person.active.is_(True),
        )
        .order_by(Person.name, Person.id)
    )
    for key, person in rows:
        found[key].append(person)
    return found
