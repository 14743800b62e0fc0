"""Which pages are measured, as whom, and beside which bare page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.demo import content as demo
from portal.demo.people import DemoPerson
from portal.infra import tenancy
from portal.infra.db import db
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants

TENANT = "cities-alliance"
ORGANISATION = "maputo"
OFFICER = "ca-officer"


@dataclass(frozen=True)
class Page:
    """A page of the portal: its address, the person who asks (None: the public), the bare page beside it."""

    name: str
    path: str
    person: DemoPerson | None
    bare: str


@dataclass(frozen=True)
class Targets:
    """The pages, and what the bare ones show."""

    pages: tuple[Page, ...]
    tenant: int
    organisation: UUID
    case: UUID


def targets(app: Flask) -> Targets:
    """The pages of the demonstration's first tenant, for cases that are there."""
    content = demo.load()
    officer, lead = content.world.people[OFFICER], content.world.in_role(ORGANISATION, "lead")
    with app.app_context():
        tenant = tenants.by_slug(TENANT)
        assert tenant is not None
        with tenancy.scope(tenant.id):
            organisation = db.session.scalars(
                select(OrganisationMember.organisation_id).where(OrganisationMember.person_id == lead.id)
            ).first()
            assert organisation is not None
            case = _case_of(organisation)
            shown = (case.id, case.reference)
        db.session.remove()
    case_id, reference = shown
    pages = (
        Page("desk", f"/{TENANT}/desk/", officer, "/list/desk"),
        Page("desk, one country", f"/{TENANT}/desk/?tab=all&country=MZ", officer, "/list/filtered"),
        Page("desk, search", f"/{TENANT}/desk/?tab=all&q=vilankulo", officer, "/list/filtered"),
        Page("case", f"/{TENANT}/desk/{reference}/", officer, "/one"),
        Page("my cases", f"/{TENANT}/my/", lead, "/list/mine"),
        Page("status", f"/{TENANT}/cases/{reference}/", lead, "/one"),
        Page("projects", f"/{TENANT}/projects/", None, "/list/projects"),
    )
    return Targets(pages, tenant.id, organisation, case_id)


def _case_of(organisation: UUID) -> Case:
    """A submitted application of the organisation with a full history, the same at every size."""
    cases = select(Case).where(
        Case.organisation_id == organisation, Case.kind == "application", Case.is_submitted.is_(True)
    )
    found = db.session.scalars(cases.order_by(func.abs(Case.last_seq - 9), Case.created_at, Case.id).limit(1)).first()
    assert found is not None, f"{ORGANISATION} has no submitted application; load more cases"
    return found
