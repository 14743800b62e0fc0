"""A small world for tests: two tenants, two organisations in each, people for every role, a call, standards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from portal.accounts.models import Affiliation, Membership, Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.core.actor import CLIENT_ROLES, Actor, Role
from portal.infra import tenancy
from portal.infra.db import db
from portal.organisations import queries as organisations
from portal.organisations.models import City, Organisation, OrganisationMember
from portal.standards import service as standards
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

#: A Tuesday noon in Washington; tests give every instant themselves, starting here.
NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
STAFF = {
    "officer": Role.PROGRAMME_OFFICER,
    "officer2": Role.PROGRAMME_OFFICER,
    "manager": Role.PROGRAMME_MANAGER,
    "manager2": Role.PROGRAMME_MANAGER,
    "translator": Role.TRANSLATOR,
    "finance": Role.FINANCE_OFFICER,
    "finance2": Role.FINANCE_OFFICER,
    "administrator": Role.ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}


@dataclass(frozen=True)
class TenantPart:
    """The ids of one tenant's part of the world."""

    id: int
    slug: str
    organisations: dict[str, UUID]
    call: UUID
    people: dict[str, UUID]


@dataclass(frozen=True)
class World:
    """Everything there is before a test begins; only ids, so that it can be shared."""

    tenants: dict[str, TenantPart] = field(default_factory=dict)

    def __getitem__(self, slug: str) -> TenantPart:
        return self.tenants[slug]

    def email(self, slug: str, name: str) -> str:
        """The address of one of the people: ``officer``, ``vilankulo.lead``, …"""
        return f"{name}@{slug}.example"

    def actor(self, slug: str, name: str) -> Actor:
        """One of the people as an actor in her tenant (needs the tenant's scope)."""
        person = db.session.get(Person, self.tenants[slug].people[name])
        tenant = tenants.by_slug(slug)
        assert person is not None
        assert tenant is not None
        return organisations.actor_for(person, tenant)


TENANTS: dict[str, dict[str, Any]] = {
    "alpha": {
        "currency": "USD",
        "zone": "America/New_York",
        "working": ["en"],
        "prefix": "AL",
        "policy": {"four_eyes_on_letters": True},
        "calendar": {"zone": "America/New_York", "countries": [{"country": "US", "subdivision": "DC"}]},
        "organisations": {"vilankulo": ("city", "MZ", "pt"), "aleppo": ("city", "SY", "ar")},
    },
    "beta": {
        "currency": "EUR",
        "zone": "Europe/Madrid",
        "working": ["en", "fr"],
        "prefix": "BE",
        "policy": {"amount_limit": "30000", "sign_off_required": False},
        "calendar": {"zone": "Europe/Madrid", "countries": [{"country": "ES", "subdivision": "CT"}]},
        "organisations": {"douala": ("city", "CM", "fr"), "namibia": ("association", "NA", "en")},
    },
}


def build_world() -> World:
    """Fill an empty database; every test begins with a copy of it."""
    world = World()
    for city in ((1024312, "Vilankulo", "MZ"), (170063, "Aleppo", "SY"), (2232593, "Douala", "CM")):
        db.session.add(City(id=city[0], name=city[1], country=city[2], names={}, search_key=city[1].lower()))
    for number, (slug, facts) in enumerate(TENANTS.items(), start=1):
        tenant = _tenant(number, slug, facts)
        db.session.add(tenant)
        db.session.flush()
        world.tenants[slug] = _part(tenant, facts)
    db.session.commit()
    tenants.forget()
    return world


def _tenant(number: int, slug: str, facts: dict[str, Any]) -> Tenant:
    return Tenant(
        id=number,
        slug=slug,
        name_texts={"en": f"{slug.title()} Fund", "fr": f"Fonds {slug.title()}"},
        short_name=slug.title(),
        welcome={"en": "Welcome"},
        letterhead={"lines": ["1 Main Street"], "signatory": {"en": "Manager"}},
        brand={"brand": "#0f4c5c", "brand_ink": "#0b3945", "brand_soft": "#e2eef0", "on_brand": "#ffffff"},
        languages=["en", "fr", "pt", "ar"],
        working_languages=facts["working"],
        zone=facts["zone"],
        currency=facts["currency"],
        reference_prefix=facts["prefix"],
        calendar=facts["calendar"],
        policy_data=facts["policy"],
        created_at=NOW,
    )


def _part(tenant: Tenant, facts: dict[str, Any]) -> TenantPart:
    with tenancy.scope(tenant.id):
        part = TenantPart(tenant.id, tenant.slug, {}, _call(tenant), {})
        for name, role in STAFF.items():
            person = _person(part, name, "en")
            db.session.add(Membership(tenant_id=tenant.id, person_id=person.id, role=role, since=NOW))
        for name, (kind, country, language) in facts["organisations"].items():
            part.organisations[name] = _organisation(part, name, kind, country, language)
        _person(part, "stranger", "en")
        name = f"Sponsor of {tenant.slug}"
        sponsor = Organisation(name=name, kind="member", country="FR", language="fr", created_at=NOW)
        db.session.add(sponsor)
        for code in instruments.all_instruments():
            for process in instruments.processes(code):
                for row in instruments.standards_data(code, process):
                    standards.publish(code, process, row, NOW)
        db.session.flush()
        return part


def _call(tenant: Tenant) -> UUID:
    call = Call(
        code="preparatory-grants",
        instrument="preparatory_grant",
        title={"en": "Preparatory grants"},
        summary={"en": "Small grants"},
        form_version=1,
        workflow_version=1,
        languages=["en", "fr", "pt", "ar"],
        opens_at=datetime(2020, 1, 1, tzinfo=UTC),
        closes_at=None,
        zone=tenant.zone,
        eligible_on=date(2026, 1, 1),
        policy_overrides={},
    )
    db.session.add(call)
    db.session.flush()
    return call.id


def _person(part: TenantPart, name: str, language: str) -> Person:
    person = Person(
        email=f"{name}@{part.slug}.example",
        name=f"{name.replace('.', ' ').title()} of {part.slug.title()}",
        language=language,
        password_hash=None,
        session_key=f"{part.slug}-{name}",
        created_at=NOW,
    )
    db.session.add(person)
    db.session.flush()
    part.people[name] = person.id
    return person


def _organisation(part: TenantPart, name: str, kind: str, country: str, language: str) -> UUID:
    organisation = Organisation(
        name=f"Municipality of {name.title()}", kind=kind, country=country, language=language, created_at=NOW
    )
    db.session.add(organisation)
    db.session.flush()
    for role in CLIENT_ROLES:
        person = _person(part, f"{name}.{role}", language)
        db.session.add(OrganisationMember(organisation_id=organisation.id, person_id=person.id, role=role, since=NOW))
        db.session.add(Affiliation(tenant_id=part.id, person_id=person.id))
    return organisation.id
