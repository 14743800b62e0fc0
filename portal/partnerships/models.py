"""A partnership agreement: for how many years, since when, and who accepted it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.cases.models import Agreed
from portal.infra.db import Base, Instant, TenantOwned, within_tenant


class Partnership(Agreed, TenantOwned, Base):
    """What was approved as a framework of several years. One per case; it shares the case's reference."""

    __tablename__ = "partnership"

    case_id: Mapped[UUID]
    submission_number: Mapped[int]
    years: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    #: both days in the tenant's zone, and both belong to the period
    in_force_from: Mapped[date | None]
    ends_on: Mapped[date | None]

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id"),
        CheckConstraint("years > 0", name="years_positive"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("(accepted_at IS NULL) = (in_force_from IS NULL)", name="in_force_when_accepted"),
        CheckConstraint("(in_force_from IS NULL) = (ends_on IS NULL)", name="whole_period"),
    )
