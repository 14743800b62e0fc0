"""Members and their focal points, evaluators and calls of the demonstration, entered by the verbs that staff use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.accounts.models import Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.calls.service import announce, questions
from portal.core.actor import Actor, Role
from portal.demo.alliance import DemoCall
from portal.demo.content import DemoContent, DemoContentError
from portal.evaluation.service import people as evaluators
from portal.infra.db import db
from portal.members.service import register
from portal.organisations import queries as organisations
from portal.tenants.models import Tenant

#: how long before its opening a call is announced
AHEAD = timedelta(hours=3)


def set_up(content: DemoContent, tenant: Tenant, since: datetime) -> None:
    """Record who is a member and what evaluators know, in the tenant in scope.

    :param since: UTC, when everything was set up.
    """
    alliance, world = content.alliance, content.world
    manager = _staff(content, tenant)
    for code, (first, last) in alliance.periods.items():
        if tenant.slug in world.organisations[code].tenants:
            register.record_period(world.organisations[code].id, first, last, manager, since)
    for one in alliance.evaluators:
        if one.tenant == tenant.slug:
            evaluators.save_profile(
                actor(content, tenant, one.person),
                expertise=one.expertise,
                languages=one.languages,
                countries=one.countries,
                ties=one.ties,
                most_cases=one.most_cases,
                active=True,
                now=since,
            )


def announce_calls(content: DemoContent, tenant: Tenant, instrument: str, now: datetime, since: datetime) -> int:
    """Announce the calls that the tenant has for an instrument.

    :param now: UTC, today. :param since: UTC, when everything was set up: nothing opens before.
    :returns: how many there are.
    """
    mine = [one for one in content.alliance.calls if (one.tenant, one.instrument) == (tenant.slug, instrument)]
    for one in mine:
        _announce(content, tenant, one, now, since)
    return len(mine)


def _announce(content: DemoContent, tenant: Tenant, facts: DemoCall, now: datetime, since: datetime) -> None:
    by, today = actor(content, tenant, facts.by), now.date()
    opens = max(facts.instant(today, facts.opens, "09:00"), since + AHEAD)
    call = announce.begin(facts.code, facts.instrument, by, opens - AHEAD)
    known = instruments.instrument(facts.instrument).languages
    values: dict[str, Any] = {
        "title": dict(facts.title),
        "summary": dict(facts.summary),
        "languages": [code for code in tenant.languages if code in facts.title and code in known],
        "zone": facts.zone,
        "opens_at": opens,
        "closes_at": None if facts.closes is None else facts.instant(today, facts.closes, facts.at),
        "questions_until": None,
        "eligible_on": date(now.year, 1, 1),
        "envelope": _amount(facts.envelope),
        "amount_limit": _amount(facts.amount_limit),
        "page_limit": None,
        "all_countries": False,
        "next_instrument": facts.next_instrument,
        "next_months": facts.next_months,
    }
    announce.save(call, values, by)
    announce.publish(call, by, opens - AHEAD)
    _clarify(content, tenant, call, facts, now)


def _clarify(content: DemoContent, tenant: Tenant, call: Call, facts: DemoCall, now: datetime) -> None:
    for entry in facts.questions:
        asker = actor(content, tenant, entry["from"])
        at = min(facts.instant(now.date(), entry["day"], "10:40"), now - timedelta(hours=6))
        asked = questions.ask(call, entry["text"], entry["language"], asker, at)
        answered = min(at + timedelta(days=1), now - timedelta(hours=3))
        by = actor(content, tenant, facts.by)
        questions.answer(call, asked, entry["question"], entry["answer"], by, answered)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _staff(content: DemoContent, tenant: Tenant) -> Actor:
    wanted = (tenant.slug, str(Role.PROGRAMME_MANAGER))
    return actor(content, tenant, next(person.code for person in content.people if wanted in person.roles))


def actor(content: DemoContent, tenant: Tenant, code: str) -> Actor:
    """A person of the demonstration as she acts in a tenant.

    :raises DemoContentError: when she has no account.
    """
    person = db.session.get(Person, content.world.people[code].id)
    if person is None:
        raise DemoContentError(f"people.toml: {code!r} has no account; load the demonstration into a new database.")
    return organisations.actor_for(person, tenant)
