"""A grant, its budget lines, tranches and payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.models import Agreed
from portal.infra.db import Amount, Base, Instant, TenantOwned, within_tenant


class Grant(Agreed, TenantOwned, Base):
    """What was approved and is executed by the client. One per case; it shares the case's reference."""

    __tablename__ = "grants"

    case_id: Mapped[UUID]
    submission_number: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3))
    duration_months: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
    )


class GrantLine(TenantOwned, Base):
    """A line of the approved budget, and what the accepted reports say was spent of it."""

    __tablename__ = "grant_line"

    grant_id: Mapped[UUID]
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Decimal] = mapped_column(Amount)
    spent: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))

    __table_args__ = (within_tenant("grant_id", "grants"), UniqueConstraint("tenant_id", "grant_id", "number"))


class Tranche(TenantOwned, Base):
    """A part of the grant, paid when its condition is met."""

    __tablename__ = "tranche"

    grant_id: Mapped[UUID]
    number: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Amount)
    #: "agreement_accepted" or "report_accepted:<n>"
    condition: Mapped[str] = mapped_column(String(60))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("grant_id", "grants"),
        UniqueConstraint("tenant_id", "grant_id", "number"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_at IS NULL OR released_at IS NOT NULL", name="paid_when_released"),
    )


class Payment(TenantOwned, Base):
    """Money that left the account for a tranche: entered by one finance officer, approved by another person."""

    __tablename__ = "payment"

    tranche_id: Mapped[UUID]
    amount: Mapped[Decimal] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3))
    paid_on: Mapped[date]
    bank_reference: Mapped[str] = mapped_column(String(80))
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_by_name: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_by_name: Mapped[str] = mapped_column(String(200), default="")
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("tranche_id", "tranche"),
        Index("ix_payment_tranche", "tenant_id", "tranche_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name="two_persons"),
    )
