"""What people of organisations are told of a call, each in her own language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from portal.accounts.models import Person
from portal.calls.models import Call, CallChange, Clarification
from portal.calls.rules import announcing, instruments
from portal.core.actor import OrgRole
from portal.infra.db import db
from portal.infra.mail import queue_mail
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants

WRITERS = (OrgRole.LEAD, OrgRole.CONTRIBUTOR)


def extended(call: Call, change: CallChange, organisations: Iterable[UUID], now: datetime) -> None:
    """Tell organisations that a call closes later."""
    facts = {"before": change.before, "until": change.until, "zone": call.zone, "reason": change.reason}
    _send("call_extended", call, organisations, now, facts)


def late_entry(call: Call, change: CallChange, organisation_id: UUID, now: datetime) -> None:
    """Tell an organisation that it may submit after the closing."""
    facts = {"until": change.until, "zone": call.zone, "reason": change.reason}
    _send("late_entry", call, [organisation_id], now, facts)


def clarified(call: Call, row: Clarification, organisations: Iterable[UUID], now: datetime) -> None:
    """Tell organisations that a question about a call was answered."""
    facts = {"questions": dict(row.public_question), "answers": dict(row.answer)}
    _send("clarification", call, organisations, now, facts)


def _send(template: str, call: Call, organisations: Iterable[UUID], now: datetime, facts: Mapping[str, Any]) -> None:
    """Queue a mail about a call to whoever writes for some organisations, to each person once."""
    tenant = tenants.by_id(call.tenant_id)
    url = f"{current_app.config['PORTAL'].base_url}/{tenant.slug}/calls/{call.code}/"
    for person in _writers(organisations):
        own = announcing.read_in(call, person.language)
        queue_mail(
            template,
            person.email,
            person.language,
            {
                "tenant": dict(tenant.name_texts),
                "tenant_name": tenant.name.get(person.language),
                "title": call.title.get(own, ""),
                "title_language": own,
                "instrument": dict(instruments.instrument(call.instrument).title.by_language),
                "name": person.name,
                "action_url": url,
                **facts,
            },
            case_id=None,
            now=now,
            to_name=person.name,
        )


def _writers(organisations: Iterable[UUID]) -> list[Person]:
    wanted = list(organisations)
    if not wanted:
        return []
    return list(
        db.session.scalars(
            select(Person)
            .join(OrganisationMember, OrganisationMember.person_id == Person.id)
            .where(
                Person.active.is_(True),
                OrganisationMember.organisation_id.in_(wanted),
                OrganisationMember.role.in_(WRITERS),
            )
            .order_by(Person.email)
            .distinct()
        )
    )
