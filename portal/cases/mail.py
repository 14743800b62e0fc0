"""Which mail of a case goes to whom, each in the receiver's own language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, select

from portal.accounts import queries as accounts
from portal.accounts.models import Membership, Person
from portal.accounts.rules import stand_in
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.core.actor import OrgRole, Role
from portal.infra.db import db
from portal.infra.mail import queue_mail
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants

#: The groups a workflow may address, and whether they read the applicant's pages or the secretariat's.
CLIENT_GROUPS: dict[str, tuple[OrgRole, ...]] = {
    "applicants": (OrgRole.LEAD, OrgRole.CONTRIBUTOR),
    "leads": (OrgRole.LEAD,),
    "signatories": (OrgRole.SIGNATORY,),
}
STAFF_GROUPS: dict[str, tuple[Role, ...]] = {
    "officers": (Role.PROGRAMME_OFFICER,),
    "managers": (Role.PROGRAMME_MANAGER,),
    "translators": (Role.TRANSLATOR,),
    "finance": (Role.FINANCE_OFFICER,),
}
GROUPS = frozenset({*CLIENT_GROUPS, *STAFF_GROUPS, "monitor"})


class StepLike(Protocol):
    """What a mail needs to know of the move it tells of."""

    case: Any
    actor: Any
    now: Any
    inputs: Any
    mail_context: Any


def send(template: str, to: str, step: StepLike) -> None:
    """Queue the mail a move sends to a group of people."""
    context = {
        "actor": step.actor.name,
        **{key: value for key, value in step.inputs.items() if isinstance(value, str) and key != "password"},
        **step.mail_context,
    }
    notify(template, to, step.case, step.now, context)


def notify(template: str, to: str, case: Case, now: datetime, context: Mapping[str, Any] | None = None) -> None:
    """Queue a mail about a case to everybody of a group.

    :param template: a folder of ``templates/emails``; :param to: one of ``GROUPS``.
    :param context: plain values for the template, besides what every mail about a case knows.
    """
    tenant = tenants.by_id(case.tenant_id)
    side = "client" if to in CLIENT_GROUPS else "staff"
    base = current_app.config["PORTAL"].base_url
    path = f"/{tenant.slug}/cases/{case.reference}/" if side == "client" else f"/{tenant.slug}/desk/{case.reference}/"
    for person in receivers(case, to, now):
        queue_mail(
            template,
            person.email,
            person.language,
            {
                "tenant": dict(tenant.name_texts),
                "tenant_name": tenant.name.get(person.language),
                "reference": case.reference,
                "title": case.title,
                "instrument": dict(instruments.instrument(case.instrument).title.by_language),
                "kind": case.kind,
                "name": person.name,
                "action_url": base + path,
                **(context or {}),
            },
            case_id=case.id,
            now=now,
            to_name=person.name,
        )


def receivers(case: Case, group: str, now: datetime) -> list[Person]:
    """The people of a group for a case, each once; without a monitor, and while nobody does her work, the officers.

    :param now: UTC: on the day it is in the tenant's zone a deputy gets what is meant for a monitor who is away.
    """
    if group == "monitor":
        found = _monitor(case, now)
        if found is not None:
            return [found]
        group = "officers"
    statement: Select[Person] = select(Person).where(Person.active.is_(True)).order_by(Person.email).distinct()
    if group in CLIENT_GROUPS:
        statement = statement.join(OrganisationMember, OrganisationMember.person_id == Person.id).where(
            OrganisationMember.organisation_id == case.organisation_id,
            OrganisationMember.role.in_(CLIENT_GROUPS[group]),
        )
    else:
        statement = statement.join(Membership, Membership.person_id == Person.id).where(
            Membership.tenant_id == case.tenant_id, Membership.role.in_(STAFF_GROUPS[group])
        )
    return list(db.session.scalars(statement))


def _monitor(case: Case, now: datetime) -> Person | None:
    """Who follows a case on the day, if there is somebody with an account that is open."""
    if case.monitor_id is None:
        return None
    today = now.astimezone(ZoneInfo(tenants.by_id(case.tenant_id).zone)).date()
    acting = stand_in(case.monitor_id, today, accounts.away_on(today))
    found = accounts.by_id(acting) if acting is not None else None
    return found if found is not None and found.active else None
