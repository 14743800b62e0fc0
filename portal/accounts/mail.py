"""The mails about accounts: invitation, new password, password changed. Links travel here and nowhere else."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from flask import current_app

from portal.accounts.models import Person
from portal.core.actor import Actor
from portal.core.text import Message
from portal.infra import tenancy
from portal.infra.mail import queue_mail
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant


def invitation(
    person: Person, actor: Actor, token: str | None, *, role: Message, organisation: str, days: int, now: datetime
) -> None:
    """Tell a person that she was given a role; with a link when she has no password yet."""
    tenant = tenants.by_id(actor.tenant_id)
    path = f"/account/invitation/{token}" if token else f"/{tenant.slug}/"
    _send(
        "invitation",
        person,
        tenant,
        {"inviter": actor.name, "role": role, "organisation": organisation, "is_new": token is not None, "days": days},
        path,
        now,
        confidential=token is not None,
    )


def reset(person: Person, tenant: Tenant, token: str, *, hours: int, now: datetime) -> None:
    """Mail the link to a new password."""
    _send("reset", person, tenant, {"hours": hours}, f"/account/reset/{token}", now, confidential=True)


def password_changed(person: Person, tenant: Tenant, now: datetime) -> None:
    """Tell a person that her password was changed, so that a thief's change is noticed."""
    _send("password_changed", person, tenant, {"at": now, "zone": tenant.zone}, "/account/forgot", now)


def _send(
    template: str,
    person: Person,
    tenant: Tenant,
    values: dict[str, Any],
    path: str,
    now: datetime,
    *,
    confidential: bool = False,
) -> None:
    base = current_app.config["PORTAL"].base_url
    with nullcontext() if tenancy.current() == tenant.id else tenancy.scope(tenant.id):
        queue_mail(
            template,
            person.email,
            person.language,
            {
                "tenant_name": tenant.name.get(person.language),
                "name": person.name,
                "email": person.email,
                "action_url": f"{base}{path}?lang={person.language}",
                **values,
            },
            case_id=None,
            now=now,
            to_name=person.name,
            confidential=confidential,
        )
