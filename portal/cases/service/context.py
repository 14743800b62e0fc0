"""What the forms need to know of a case's tenant, call and files to be shown and checked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from forms.engine.context import Context
from portal.calls import queries as calls
from portal.cases.models import Case
from portal.cases.service import route, stages
from portal.core import recipients
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.organisations import queries as organisations
from portal.tenants import queries as tenants


def form_context(case: Case, locale: str, now: datetime) -> Context:
    """The facts of the moment for a case's form.

    :param locale: the reader's language, in which numbers are typed and shown.
    """
    tenant = tenants.by_id(case.tenant_id)
    call = calls.by_id(case.call_id)
    rules = route.policy_of(case, call)
    eligible = recipients.recipients(call.eligible_on) if call and rules.eligible_from_oda_list else None
    today = now.astimezone(ZoneInfo(tenant.zone)).date()
    return Context(
        today=today,
        currency=case.currency,
        locale=locale,
        language=case.language,
        eligible_countries=eligible,
        amount_limit=stages.limit_of(case, rules),
        find_cities=organisations.find_cities,
        # Asked for by the questions that offer members only; most forms have none.
        find_members=lambda: tenancy.once(("members", today), lambda: organisations.member_names(today)),
        files=files_of(case),
        policy=rules.to_data(),
        city_picker_url=f"/{tenant.slug}/cities/",
    )


def files_of(case: Case) -> dict[str, dict[str, Any]]:
    """The files uploaded to a case, as answers name them."""
    rows = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id, StoredFile.deleted_at.is_(None)))
    return {
        str(row.id): {"id": str(row.id), "name": row.name, "size": row.size, "type": row.media_type} for row in rows
    }
