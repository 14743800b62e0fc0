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
    #: who published it; empty for those that came with the instrument
    published_by: Mapped[str] = mapped_column(String(200), default="")

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
    #: how many of the warnings and escalations of this due date were told already
    told: Mapped[int] = mapped_column(default=0)
    #: why the promise was broken: a code of ``rules.reasons``, from the event that explains it; empty until then
    reason: Mapped[str] = mapped_column(String(40), default="")
    #: days taken, in the unit in which the standard counts, and calendar days for which it stood still; once ended
    taken: Mapped[int | None]
    paused_days: Mapped[int | None]

    __table_args__ = (
        within_tenant("case_id", "cases"),
        within_tenant("standard_id", "standard_version"),
        UniqueConstraint("tenant_id", "case_id", "code", "subject"),
        Index("ix_clock_sweep", "tenant_id", "is_open", "next_check_at"),
        Index("ix_clock_breached", "tenant_id", "side", "breached_at"),
        CheckConstraint("state IN ('not_started', 'running', 'paused', 'met', 'missed', 'lost', 'void')", name="state"),
    )


class ClockTally(TenantOwned, Base):
    """How many clocks of a standard ended alike in a quarter: what the published figures are added up from.

    Kept in step by every change of a clock, so that no page ever scans the clocks; ``rebuild`` makes it again.
    """

    __tablename__ = "clock_tally"

    instrument: Mapped[str] = mapped_column(String(60))
    process: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(20))
    #: of the tenant's own calendar, such as "2026-Q3": when the clock ended
    quarter: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(12))
    taken: Mapped[int]
    paused_days: Mapped[int]
    reason: Mapped[str] = mapped_column(String(40), default="")
    count: Mapped[int]

    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "instrument",
            "process",
            "code",
            "quarter",
            "state",
            "taken",
            "paused_days",
            "reason",
            name="uq_clock_tally_key",
        ),
        Index("ix_clock_tally_quarter", "tenant_id", "quarter"),
    )


class CalendarVersion(TenantOwned, Base):
    """A tenant's calendar as it was from an instant on. A clock that ended keeps the calendar it ended under.

    The last columns are the progress of the job that reckons the open clocks anew after a change.
    """

    __tablename__ = "calendar_version"

    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    in_force_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(400), default="")
    cases_total: Mapped[int] = mapped_column(default=0)
    cases_done: Mapped[int] = mapped_column(default=0)
    clocks_moved: Mapped[int] = mapped_column(default=0)
    last_case_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("tenant_id", "number"),)


class StandardDraft(TenantOwned, Base):
    """A standard that an administrator is writing, with what it would have meant for the cases of last quarter."""

    __tablename__ = "standard_draft"

    instrument: Mapped[str] = mapped_column(String(60))
    process: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(20))
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    written_by: Mapped[UUID]
    written_at: Mapped[datetime] = mapped_column(Instant)
    what_if: Mapped[dict[str, Any] | None] = mapped_column(Json)
    what_if_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("tenant_id", "instrument", "process", "code"),)
