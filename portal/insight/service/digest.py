"""The weekly mail: what each of the secretariat has before her; who has nothing gets none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app

from portal.accounts import queries as accounts
from portal.accounts.models import Person
from portal.accounts.rules import stand_in, stood_in_for
from portal.core.actor import Actor, Role
from portal.infra import jobs
from portal.infra.mail import queue_mail
from portal.insight.queries import digest as queries
from portal.insight.rules.weeks import week_to_tell
from portal.organisations.queries import actor_for
from portal.standards import queries as standards
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

JOB = "digest.person"
#: promises named in one mail; the desk has the others
MOST = 12
AHEAD = timedelta(days=7)


def ask_for_digests(tenant: Tenant, now: datetime) -> int:
    """Ask for the mail of each reader, once a week for each however often this is called; how many were asked for.

    :param now: UTC.
    """
    week = week_to_tell(now, tenant.zone)
    if week is None:
        return 0
    people = queries.readers(tenant.id)
    for person in people:
        payload = {"person": str(person.id)}
        jobs.enqueue(JOB, payload, tenant_id=tenant.id, now=now, unique_key=f"digest:{week}:{person.id}")
    return len(people)


def send_digest(person_id: UUID, tenant_id: int, now: datetime) -> bool:
    """Queue the weekly mail of a person; whether there was something to say.

    Somebody who is away gets none: her deputy has her cases among his own.

    :param now: UTC.
    """
    person, tenant = accounts.by_id(person_id), tenants.by_id(tenant_id)
    if person is None or not (person.active and person.weekly_digest):
        return False
    today = now.astimezone(ZoneInfo(tenant.zone)).date()
    away = accounts.away_on(today)
    if stand_in(person.id, today, away) != person.id:
        return False
    actor = actor_for(person, tenant)
    if not actor.is_staff:
        return False
    people = stood_in_for(person.id, today, away) | {person.id}
    context = _content(actor, people, now)
    if not any(context[key] for key in ("rows", "unexplained", "nobody")):
        return False
    _queue(person, tenant, context, now)
    return True


def _content(actor: Actor, people: frozenset[UUID], now: datetime) -> dict[str, Any]:
    rows, total = queries.due(actor, people, now + AHEAD, MOST)
    follows = actor.has(Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER)
    return {
        "rows": [
            {
                "reference": case.reference,
                "title": case.title_translated or case.title,
                "standard": dict(standards.parsed(version).name),
                "due_at": clock.due_at,
                "late": clock.due_at is not None and clock.due_at < now,
            }
            for clock, version, case in rows
        ],
        "more": total - len(rows),
        "unexplained": queries.unexplained(people) if follows else 0,
        "nobody": queries.followed_by_nobody() if actor.has(Role.PROGRAMME_MANAGER) else 0,
    }


def _queue(person: Person, tenant: Tenant, context: dict[str, Any], now: datetime) -> None:
    base = current_app.config["PORTAL"].base_url
    queue_mail(
        "weekly_digest",
        person.email,
        person.language,
        {
            **context,
            "tenant": dict(tenant.name_texts),
            "tenant_name": tenant.name.get(person.language),
            "name": person.name,
            "zone": tenant.zone,
            "action_url": f"{base}/{tenant.slug}/desk/",
            "account_url": f"{base}/account/",
        },
        case_id=None,
        now=now,
        to_name=person.name,
    )
