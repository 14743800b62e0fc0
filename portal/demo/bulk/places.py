"""Who applies in generated cases: a municipality for each city of the demonstration, with a lead and a signatory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select

from portal.accounts import service as accounts
from portal.accounts.models import Membership, Person
from portal.demo.bulk.dossiers import language_of
from portal.demo.bulk.rows import Who
from portal.demo.content import DemoContent
from portal.demo.people import DemoCity, demo_id
from portal.infra.db import db
from portal.organisations.models import Organisation, OrganisationMember
from portal.tenants.models import Tenant

MUNICIPALITY = {
    "en": "{city} Municipal Council",
    "fr": "Ville de {city}",
    "pt": "Município de {city}",
    "ar": "بلدية {city}",
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """A municipality that applies, its city, its language and its two people."""

    id: UUID
    city: DemoCity
    language: str
    lead: Who
    signatory: Who


def applicants(content: DemoContent, tenant: Tenant, since: datetime, random: Random) -> list[Applicant]:
    """The municipalities of a tenant, made when they are not there yet (in the tenant's scope)."""
    have = {row.city_id: row for row in db.session.scalars(select(Organisation).where(Organisation.kind == "city"))}
    found = []
    for city in content.cities:
        language = language_of(city.country, tenant.languages)
        row = have.get(city.id) if city.id else None
        if row is None:
            row = _municipality(content, tenant, city, language, since, random)
        people = _people_of(row.id)
        if "lead" in people and "signatory" in people and row.language in ("en", "fr", "pt", "ar"):
            found.append(Applicant(row.id, city, language, people["lead"], people["signatory"]))
    return found


def _municipality(
    content: DemoContent, tenant: Tenant, city: DemoCity, language: str, since: datetime, random: Random
) -> Organisation:
    key = demo_id("municipality", city.code)
    known = db.session.scalars(select(Organisation).where(Organisation.id == key)).first()
    if known is not None:
        return known
    name = (city.names or {}).get(language, city.name)
    row = Organisation(
        id=key,
        name=MUNICIPALITY[language].format(city=name),
        kind="city",
        country=city.country,
        city_id=city.id,
        language=language,
        address=name,
        created_at=since,
    )
    db.session.add(row)
    db.session.flush()
    for role in ("lead", "signatory"):
        person = _person(content, f"{role}.{city.code}@municipality.example", language, since, random)
        db.session.add(OrganisationMember(organisation_id=row.id, person_id=person.id, role=role, since=since))
        accounts.affiliate(person.id, tenant.id)
    db.session.flush()
    return row


def _person(content: DemoContent, email: str, language: str, since: datetime, random: Random) -> Person:
    """A person who exists on paper only: without a password nobody can log in as her."""
    known = db.session.scalars(select(Person).where(Person.email == email)).first()
    if known is not None:
        return known
    names = [person.name.split() for person in content.people if person.language == language]
    name = f"{random.choice(names)[0]} {random.choice(names)[-1]}"
    return accounts.create_person(email, name, language, since)


def _people_of(organisation_id: UUID) -> dict[str, Who]:
    rows = db.session.execute(
        select(OrganisationMember.role, Person.id, Person.name)
        .join(Person, Person.id == OrganisationMember.person_id)
        .where(OrganisationMember.organisation_id == organisation_id)
    )
    return {role: Who(person_id, name) for role, person_id, name in rows}


def secretariat(tenant: Tenant) -> dict[str, list[Who]]:
    """The people of a tenant's secretariat by role."""
    rows = db.session.execute(
        select(Membership.role, Person.id, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.tenant_id == tenant.id)
        .order_by(Person.name)
    )
    found: dict[str, list[Who]] = {}
    for role, person_id, name in rows:
        found.setdefault(role, []).append(Who(person_id, name))
    return found
