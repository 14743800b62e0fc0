"""Read partnership agreements, by case or by reference."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case, Document
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.infra.db import db
from portal.organisations.models import Organisation
from portal.partnerships.models import Partnership

#: the kind of the documents of these agreements
KIND = "partnership"
PAGE = 50


@dataclass(frozen=True)
class PartnershipRow:
    """A partnership in a list, with the name of the organisation that filed it."""

    case: Case
    partnership: Partnership
    organisation: str


def listed(actor: Actor, after: str | None) -> list[PartnershipRow]:
    """The partnerships an actor may read, newest first: one more than a page when there is a next one; one query.

    The applicant's side sees one from the day its agreement is sent.

    :param after: reference of the last row of the page before.
    """
    statement = (
        select(Case, Partnership, Organisation.name)
        .join(Partnership, (Partnership.tenant_id == Case.tenant_id) & (Partnership.case_id == Case.id))
        .join(Organisation, (Organisation.tenant_id == Case.tenant_id) & (Organisation.id == Case.organisation_id))
        .where(cases.readable_by(actor))
        .order_by(Case.reference.desc(), Case.id)
        .limit(PAGE + 1)
    )
    if not actor.is_staff:
        statement = statement.where(Partnership.sent_at.is_not(None))
    if after is not None:
        statement = statement.where(Case.reference < after)
    return [PartnershipRow(*row) for row in db.session.execute(statement)]


def of_case(case_id: UUID) -> Partnership | None:
    """The partnership of a case, if it was approved."""
    return db.session.scalars(select(Partnership).where(Partnership.case_id == case_id)).first()


def locked(case_id: UUID) -> Partnership | None:
    """The partnership of a case, held against other writers until the transaction ends."""
    return db.session.scalars(
        select(Partnership)
        .where(Partnership.case_id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def visible(actor: Actor, reference: str) -> tuple[Case, Partnership]:
    """A partnership by its reference, if the actor may read its case.

    The applicant's side sees it from the day its agreement is sent; until then it is the secretariat's draft.

    :raises NotFound: when there is none, or it is a stranger's.
    """
    row = db.session.execute(
        select(Case, Partnership)
        .join(Partnership, (Partnership.tenant_id == Case.tenant_id) & (Partnership.case_id == Case.id))
        .where(cases.readable_by(actor), Case.reference == reference)
    ).first()
    if row is None or not (row[1].sent_at is not None or actor.is_staff):
        raise NotFound
    return row[0], row[1]


def agreements_of(case_id: UUID) -> list[Document]:
    """The agreement documents of a case that stand, the applicant's language first."""
    return cases.papers_of(case_id, KIND)
