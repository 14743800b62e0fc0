"""A tenant's standards, versioned, and the clocks of its cases: a cache that the events can always rebuild."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, Json, TenantOwned, within_tenant


class StandardVersion(TenantOwned, Base):
    """One published version of a standard for one process of an instrument. Never changed once published."""

    __tablename__ = "standard_version"

    instrument: Mapped[str] = mapped_column(String(60))
    #: the process it belongs to: "application" or a report's code
    process: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("tenant_id", "instrument", "process", "code", "version"),)


class Clock(TenantOwned, Base):
    """One running instance of a standard on a case. What the events say, worked out and kept for lists and sweeps."""

    __tablename__ = "clock"

    case_id: Mapped[UUID]
    standard_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(12))
    is_open: Mapped[bool]
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    warn_at: Mapped[datetime | None] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    #: the next instant at which time alone changes something; far in the future when nothing will
    next_check_at: Mapped[datetime] = mapped_column(Instant)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        within_tenant("standard_id", "standard_version"),
        UniqueConstraint("tenant_id", "case_id", "code", "subject"),
        Index("ix_clock_sweep", "tenant_id", "is_open", "next_check_at"),
        CheckConstraint("state IN ('not_started', 'running', 'paused', 'met', 'missed', 'lost', 'void')", name="state"),
    )
