"""Tenants, people, organisations, cities, calls and standards of the demonstration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from forms.engine.registry import Instrument
from portal.accounts import service as accounts
from portal.accounts.models import Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.core.actor import Actor, Role
from portal.demo.content import DemoContent
from portal.demo.people import DemoCity, DemoOrganisation, DemoPerson, DemoTenant
from portal.demo.rules.brand import palette
from portal.demo.service import register
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.search_text import fold
from portal.organisations.models import City, Organisation, OrganisationMember
from portal.standards import service as standards
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

#: How long before today everything was set up, in days: before the oldest case of the demonstration.
SET_UP_DAYS = 1200
#: In a tenant's list of instruments: every one there is, also those that come later.
EVERY = "*"


def missing_tenants(content: DemoContent) -> tuple[DemoTenant, ...]:
    """The tenants of the demonstration that are not there yet."""
    known = set(db.session.scalars(select(Tenant.slug)))
    return tuple(tenant for tenant in content.tenants if tenant.slug not in known)


def set_up(content: DemoContent, wanted: tuple[DemoTenant, ...], now: datetime) -> None:
    """Make tenants with everything in them but cases.

    :param now: UTC; the world was set up ``SET_UP_DAYS`` before it.
    """
    since = beginning(now)
    add_cities(content.cities)
    made = {tenant.slug: _tenant(tenant, since) for tenant in wanted}
    tenants.forget()
    people = {person.code: _person(person, since) for person in content.people}
    for facts in wanted:
        tenant = made[facts.slug]
        with tenancy.scope(tenant.id):
            _secretariat(tenant, content.people, people, since)
            _organisations(tenant, content, people, since)
            register.set_up(content, tenant, since)
    set_up_instruments(content, now)


def beginning(now: datetime) -> datetime:
    """The instant (UTC) at which everything was set up."""
    return datetime.combine(now.date() - timedelta(days=SET_UP_DAYS), time(9), UTC)


def set_up_instruments(content: DemoContent, now: datetime) -> None:
    """Open a call and publish the standards for each instrument that has none yet in a tenant that works with it.

    :param now: UTC; calls are open and standards hold since everything was set up.
    """
    since = beginning(now)
    for facts in content.tenants:
        tenant = tenants.by_slug(facts.slug)
        if tenant is None:
            continue
        with tenancy.scope(tenant.id):
            have = set(db.session.scalars(select(Call.instrument)))
            for code, instrument in sorted(instruments.all_instruments().items()):
                if code not in have and (EVERY in facts.instruments or code in facts.instruments):
                    if not register.announce_calls(content, tenant, code, now, since):
                        _call(tenant, instrument, now)
                    standards.publish_seeds(code, since, _own_standards(facts, code))
            db.session.flush()


def add_cities(cities: tuple[DemoCity, ...]) -> None:
    """Put the demonstration's cities into the gazetteer; those that are there stay as they are."""
    have = set(db.session.scalars(select(City.id)))
    for city in cities:
        if city.id is None or city.id in have:
            continue
        names = dict(city.names or {})
        db.session.add(
            City(
                id=city.id,
                name=city.name,
                country=city.country,
                latitude=city.lat,
                longitude=city.lon,
                population=city.population,
                zone=city.timezone,
                names=names,
                search_key="|".join(dict.fromkeys(fold(name) for name in (city.name, *names.values()))),
            )
        )
    db.session.flush()


def _tenant(facts: DemoTenant, since: datetime) -> Tenant:
    calendar = dict(facts.calendar)
    calendar["closing_days"] = {_iso(row["day"]): row["name"] for row in calendar.get("closing_days", ())}
    row = Tenant(
        slug=facts.slug,
        name_texts=dict(facts.name),
        short_name=facts.short["en"],
        welcome=dict(facts.welcome),
        letterhead={
            "lines": list(facts.letterhead),
            "address": list(facts.address),
            "signatory": dict(facts.signatory_title),
            "email": facts.email,
            "phone": facts.phone,
            "web": facts.web,
        },
        brand=palette(facts.brand_colour),
        languages=list(facts.languages),
        working_languages=list(facts.working_languages),
        zone=str(facts.calendar["zone"]),
        currency=facts.currency,
        reference_prefix=facts.reference_prefix,
        calendar=calendar,
        policy_data=dict(facts.policy),
        created_at=since,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _iso(day: Any) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)


def _person(facts: DemoPerson, since: datetime) -> Person:
    known = db.session.scalars(select(Person).where(Person.email == facts.email)).first()
    if known is not None:
        return known
    return accounts.create_person(
        facts.email, facts.name, facts.language, since, password=facts.password, person_id=facts.id
    )


def _secretariat(tenant: Tenant, facts: tuple[DemoPerson, ...], people: Mapping[str, Person], since: datetime) -> None:
    system = Actor.system(tenant.id)
    for person in facts:
        for slug, role in person.roles:
            if slug == tenant.slug:
                accounts.grant_role(system, people[person.code].id, Role(role), since)


def _organisations(tenant: Tenant, content: DemoContent, people: Mapping[str, Person], since: datetime) -> None:
    here = {row.code: _organisation(row, content, since) for row in content.organisations if tenant.slug in row.tenants}
    db.session.flush()
    for person in content.people:
        held = [(code, role) for code, role in person.organisations if code in here]
        for code, role in held:
            db.session.add(
                OrganisationMember(
                    organisation_id=here[code].id, person_id=people[person.code].id, role=role, since=since
                )
            )
        if held:
            accounts.affiliate(people[person.code].id, tenant.id)
    db.session.flush()


def _organisation(facts: DemoOrganisation, content: DemoContent, since: datetime) -> Organisation:
    row = Organisation(
        id=facts.id,
        name=facts.name,
        kind=facts.kind,
        country=facts.country,
        city_id=content.world.cities[facts.city].id if facts.city else None,
        language=facts.language,
        address=facts.address,
        created_at=since,
    )
    db.session.add(row)
    return row


def _call(tenant: Tenant, instrument: Instrument, now: datetime) -> None:
    db.session.add(
        Call(
            code=instrument.code.replace("_", "-"),
            instrument=instrument.code,
            title=dict(instrument.title.by_language),
            summary=dict(instrument.summary.by_language),
            form_version=instrument.forms["application"][1],
            workflow_version=instrument.workflow,
            languages=[language for language in tenant.languages if language in instrument.languages],
            opens_at=beginning(now),
            closes_at=None,
            zone=tenant.zone,
            eligible_on=date(now.year, 1, 1),
            policy_overrides={},
        )
    )


def _own_standards(facts: DemoTenant, instrument: str) -> dict[str, dict[str, Any]]:
    """The tenant's own times, with the promise worded accordingly; standards the instrument lacks do not matter."""
    rows = {
        str(row["code"]): row
        for process in instruments.processes(instrument)
        for row in instruments.standards_data(instrument, process)
    }
    own: dict[str, dict[str, Any]] = {}
    for code, amount in facts.standards.items():
        if code in rows:
            number = re.compile(rf"\b{rows[code]['amount']}\b")
            promise = {lang: number.sub(str(amount), text) for lang, text in rows[code]["promise"].items()}
            own[code] = {"amount": amount, "promise": promise}
    return own
