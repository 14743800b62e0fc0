"""Read grants: by case, with lines, tranches and payments; and the figures of a list in one grouped query each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, func, select

from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case, Document
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.text import Text
from portal.grants.models import Grant, GrantLine, Payment, Tranche
from portal.infra.db import db
from portal.organisations.models import Organisation

ZERO = Decimal("0.00")
PAGE = 50


@dataclass(frozen=True)
class Sums:
    """What a grant's money did: committed, paid out, spent by the client, still to be paid; in its currency."""

    committed: Decimal
    paid: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """What is committed and not yet paid."""
        return self.committed - self.paid

    @property
    def unspent(self) -> Decimal:
        """What was paid and not yet reported as spent; negative when the client spent more than it received."""
        return self.paid - self.spent


@dataclass(frozen=True)
class GrantRow:
    """A grant in a list."""

    case: Case
    grant: Grant
    organisation: str
    sums: Sums


def of_case(case_id: UUID) -> Grant | None:
    """The grant of an application's case, if it was approved."""
    return db.session.scalars(select(Grant).where(Grant.case_id == case_id)).first()


def locked(case_id: UUID) -> Grant | None:
    """The grant of a case, held against other writers until the transaction ends."""
    return db.session.scalars(
        select(Grant).where(Grant.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    ).first()


def visible(actor: Actor, reference: str) -> tuple[Case, Grant]:
    """A grant by its reference, if the actor may read its case.

    The client sees the grant from the day its agreement is sent; until then it is the secretariat's draft.

    :raises NotFound: when there is none, or it is a stranger's.
    """
    row = db.session.execute(
        select(Case, Grant)
        .join(Grant, (Grant.tenant_id == Case.tenant_id) & (Grant.case_id == Case.id))
        .where(cases.readable_by(actor), Case.reference == reference)
    ).first()
    if row is None or not (row[1].sent_at is not None or actor.is_staff):
        raise NotFound
    return row[0], row[1]


def lines_of(grant_id: UUID) -> list[GrantLine]:
    """The budget lines of a grant, in the order of the approved budget."""
    return list(db.session.scalars(select(GrantLine).where(GrantLine.grant_id == grant_id).order_by(GrantLine.number)))


def tranches_of(grant_id: UUID) -> list[Tranche]:
    """The tranches of a grant, first one first."""
    return list(db.session.scalars(select(Tranche).where(Tranche.grant_id == grant_id).order_by(Tranche.number)))


def unpaid_of(case_id: UUID) -> int | None:
    """How many tranches of the grant of a case are not paid yet; None without a grant. One query."""
    waiting = (Tranche.tenant_id == Grant.tenant_id) & (Tranche.grant_id == Grant.id) & Tranche.paid_at.is_(None)
    return db.session.scalars(
        select(func.count(Tranche.id))
        .select_from(Grant)
        .outerjoin(Tranche, waiting)
        .where(Grant.case_id == case_id)
        .group_by(Grant.id)
    ).first()


def money_of(grant_id: UUID) -> tuple[list[Tranche], list[Payment]]:
    """The tranches of a grant and all their payments, oldest first, in one query."""
    rows: Sequence[Row[Tranche, Payment | None]] = db.session.execute(
        select(Tranche, Payment)
        .outerjoin(Payment, (Payment.tenant_id == Tranche.tenant_id) & (Payment.tranche_id == Tranche.id))
        .where(Tranche.grant_id == grant_id)
        .order_by(Tranche.number, Payment.entered_at, Payment.id)
    ).all()
    tranches = list({tranche.id: tranche for tranche, _ in rows}.values())
    return tranches, [payment for _, payment in rows if payment is not None]


def reports_of(case_id: UUID) -> list[Case]:
    """The reports of an application's case, first one first."""
    return sorted(cases.reports_of(case_id), key=lambda report: int(report.subject.rpartition("-")[2]))


def payments_of(tranche_ids: Iterable[UUID]) -> list[Payment]:
    """The payments of some tranches, oldest first, refused ones too."""
    return list(
        db.session.scalars(
            select(Payment).where(Payment.tranche_id.in_(list(tranche_ids))).order_by(Payment.entered_at, Payment.id)
        )
    )


def payment(payment_id: UUID, *, held: bool = False) -> tuple[Payment, Tranche, Grant]:
    """A payment with its tranche and grant.

    :param held: read anew and hold them against other writers until the transaction ends.
    :raises NotFound: when the tenant has no such payment.
    """
    statement = (
        select(Payment, Tranche, Grant)
        .join(Tranche, (Tranche.tenant_id == Payment.tenant_id) & (Tranche.id == Payment.tranche_id))
        .join(Grant, (Grant.tenant_id == Tranche.tenant_id) & (Grant.id == Tranche.grant_id))
        .where(Payment.id == payment_id)
    )
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = db.session.execute(statement).first()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]


def agreements_of(case_id: UUID) -> list[Document]:
    """The agreement documents of a case that stand, the recipient's language first."""
    return cases.papers_of(case_id, "agreement")


def listed(actor: Actor, after: str | None = None) -> list[GrantRow]:
    """The grants an actor may read, newest reference first, one page and one more to tell whether it goes on.

    Three queries, however many rows.

    :param after: reference of the last row of the page before.
    """
    statement = (
        select(Case, Grant, Organisation.name)
        .join(Grant, (Grant.tenant_id == Case.tenant_id) & (Grant.case_id == Case.id))
        .join(Organisation, (Organisation.tenant_id == Case.tenant_id) & (Organisation.id == Case.organisation_id))
        .where(cases.readable_by(actor))
        .order_by(Case.reference.desc(), Case.id)
        .limit(PAGE + 1)
    )
    if not actor.is_staff:
        statement = statement.where(Grant.sent_at.is_not(None))
    if after is not None:
        statement = statement.where(Case.reference < after)
    rows = db.session.execute(statement).all()
    ids = [grant.id for _, grant, _ in rows]
    paid, spent = paid_by_grant(ids), spent_by_grant(ids)
    return [
        GrantRow(case, grant, name, Sums(grant.amount, paid.get(grant.id, ZERO), spent.get(grant.id, ZERO)))
        for case, grant, name in rows
    ]


def totals(actor: Actor) -> Sums:
    """Committed, paid and spent over all the grants an actor may read; one query."""
    grants = select(Grant.id).join(Case, (Case.tenant_id == Grant.tenant_id) & (Case.id == Grant.case_id))
    grants = grants.where(cases.readable_by(actor))
    if not actor.is_staff:
        grants = grants.where(Grant.sent_at.is_not(None))
    committed = select(func.sum(Grant.amount)).where(Grant.id.in_(grants))
    paid = (
        select(func.sum(Payment.amount))
        .join(Tranche, (Tranche.tenant_id == Payment.tenant_id) & (Tranche.id == Payment.tranche_id))
        .where(Tranche.grant_id.in_(grants), Payment.approved_at.is_not(None))
    )
    spent = select(func.sum(GrantLine.spent)).where(GrantLine.grant_id.in_(grants))
    sums = select(committed.scalar_subquery(), paid.scalar_subquery(), spent.scalar_subquery())
    row = db.session.execute(sums).one()
    return Sums(row[0] or ZERO, row[1] or ZERO, row[2] or ZERO)


def paid_by_grant(grant_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What was paid of each grant: approved payments only."""
    return _sums(
        db.session.execute(
            select(Tranche.grant_id, func.sum(Payment.amount))
            .join(Tranche, (Tranche.tenant_id == Payment.tenant_id) & (Tranche.id == Payment.tranche_id))
            .where(Tranche.grant_id.in_(list(grant_ids)), Payment.approved_at.is_not(None))
            .group_by(Tranche.grant_id)
        ).all()
    )


def spent_by_grant(grant_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What the accepted reports say was spent of each grant."""
    return _sums(
        db.session.execute(
            select(GrantLine.grant_id, func.sum(GrantLine.spent))
            .where(GrantLine.grant_id.in_(list(grant_ids)))
            .group_by(GrantLine.grant_id)
        ).all()
    )


def _sums(rows: Iterable[Row[UUID, Decimal]]) -> dict[UUID, Decimal]:
    return {row[0]: row[1] for row in rows}


def category_names(case: Case, form_version: int) -> dict[str, Text]:
    """The names of the budget's categories, by code."""
    question = instruments.form(case.instrument, case.process, form_version).question("budget.budget")
    column = next((part for part in question.parts if part.code == "category"), None)
    return {choice.code: choice.label for choice in column.choices} if column else {}
