"""A call: an opening of an instrument in a tenant, always open or with an instant of closing in a named zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, Json, TenantOwned


class Call(TenantOwned, Base):
    """An opening of an instrument. ``eligible_on`` is the date as of which the list of aid recipients counts."""

    __tablename__ = "call"

    code: Mapped[str] = mapped_column(String(60))
    instrument: Mapped[str] = mapped_column(String(60))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    summary: Mapped[dict[str, str]] = mapped_column(Json)
    form_version: Mapped[int]
    workflow_version: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(Json)
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    zone: Mapped[str] = mapped_column(String(60))
    eligible_on: Mapped[date]
    policy_overrides: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_call_instrument", "tenant_id", "instrument"),
    )

    def is_open(self, now: datetime) -> bool:
        """Whether applications may be submitted at this instant."""
        return self.opens_at <= now and (self.closes_at is None or now < self.closes_at)
