"""Assessments and decisions, each kept with who made it and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, Json, TenantOwned, within_tenant


class Assessment(TenantOwned, Base):
    """An officer's assessment by the review form; a draft until it is filed, frozen from then on."""

    __tablename__ = "assessment"

    case_id: Mapped[UUID]
    number: Mapped[int]
    form_version: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    recommendation: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(12))
    assessor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    assessor_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id", "number"),
        CheckConstraint("state IN ('draft', 'filed', 'reopened')", name="state"),
    )


class Decision(TenantOwned, Base):
    """What was decided, on which grounds, by whom. Undone decisions stay, marked."""

    __tablename__ = "decision"

    case_id: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(String(40))
    grounds: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    #: who decided: "manager", "no_objection", or the body the policy names
    body: Mapped[str] = mapped_column(String(40), default="manager")
    #: nobody outside is told before this instant
    embargo_until: Mapped[datetime | None] = mapped_column(Instant)
    #: the decision that was appealed against, when this one answers an appeal
    appeal_of: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("case_id", "cases"),
        Index("ix_decision_case", "tenant_id", "case_id", "decided_at"),
        CheckConstraint(
            "outcome IN ('approved', 'approved_with_conditions', 'approved_in_principle', 'declined', "
            "'revise_and_resubmit', 'not_eligible')",
            name="outcome",
        ),
    )


class Condition(TenantOwned, Base):
    """What an approval asks for, followed until it is met: a condition of the decision, or what the policy obliges.

    A strategic environmental assessment of a large or citywide activity is such an obligation: due during it or
    right after (Medium Term Strategy 2008-2010).
    """

    __tablename__ = "case_condition"

    case_id: Mapped[UUID]
    decision_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40), default="")
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12))
    evidence: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[UUID | None]
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    #: the day of which the client was reminded, and the one whose passing the secretariat was told of
    reminded_for: Mapped[date | None]
    overdue_for: Mapped[date | None]

    __table_args__ = (
        within_tenant("case_id", "cases"),
        within_tenant("decision_id", "decision"),
        UniqueConstraint("tenant_id", "case_id", "number"),
        Index("ix_case_condition_due", "tenant_id", "state", "due_on"),
        CheckConstraint("kind IN ('condition', 'obligation')", name="kind"),
        CheckConstraint("state IN ('open', 'claimed', 'met', 'waived')", name="state"),
    )
