"""The mails to focal points, each in her own language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from portal.accounts.models import Person
from portal.infra.mail import OutboxMail, queue_mail
from portal.tenants import queries as tenants


def to_focal_point(
    template: str, person: Person, tenant_id: int, path: str, now: datetime, context: Mapping[str, Any]
) -> UUID:
    """Queue a mail to somebody who speaks for a member.

    :param template: a folder of ``templates/emails``; :param path: the page it leads to, below the tenant's address.
    :returns: the id of the mail in the outbox, whose state tells whether it arrived.
    """
    tenant = tenants.by_id(tenant_id)
    row: OutboxMail = queue_mail(
        template,
        person.email,
        person.language,
        {
            "tenant": dict(tenant.name_texts),
            "tenant_name": tenant.name.get(person.language),
            "name": person.name,
            "zone": tenant.zone,
            "action_url": f"{current_app.config['PORTAL'].base_url}/{tenant.slug}/{path}",
            **context,
        },
        case_id=None,
        now=now,
        to_name=person.name,
    )
    return row.id
