"""Evaluators and what they score; and the panel that ranks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Amount, Base, Instant, Json, TenantOwned, within_tenant


class EvaluatorProfile(TenantOwned, Base):
    """What an evaluator knows, reads and is bound to: by it cases are assigned and conflicts are hinted at."""

    __tablename__ = "evaluator_profile"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    expertise: Mapped[list[str]] = mapped_column(Json, default=list)
    languages: Mapped[list[str]] = mapped_column(Json, default=list)
    #: countries (ISO 3166 alpha-2) and names of cities and organisations she works or worked for
    countries: Mapped[list[str]] = mapped_column(Json, default=list)
    ties: Mapped[list[str]] = mapped_column(Json, default=list)
    most_cases: Mapped[int] = mapped_column(default=5)
    active: Mapped[bool] = mapped_column(default=True)
    invited_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("tenant_id", "person_id"),)


class EvaluationRound(TenantOwned, Base):
    """A window in which cases are scored, and what is visible in it."""

    __tablename__ = "evaluation_round"

    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[dict[str, str]] = mapped_column(Json)
    call_id: Mapped[UUID | None]
    instrument: Mapped[str] = mapped_column(String(60))
    form_version: Mapped[int]
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    zone: Mapped[str] = mapped_column(String(60))
    #: whether names of applicants are hidden; whether others' scores are shown once one's own are filed
    blind: Mapped[bool] = mapped_column(default=False)
    shows_others: Mapped[bool] = mapped_column(default=True)
    needed: Mapped[int] = mapped_column(default=2)
    honorarium: Mapped[Decimal | None] = mapped_column(Amount)
    state: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("call_id", "call"),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("state IN ('planned', 'open', 'closed')", name="state"),
    )


class Evaluation(TenantOwned, Base):
    """One evaluator's work on one case. Nothing of the case is readable before she has declared herself free."""

    __tablename__ = "evaluation"

    round_id: Mapped[UUID]
    case_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    #: why she was chosen, and what hinted at a conflict, in plain facts
    reasons: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    declaration: Mapped[str] = mapped_column(Text, default="")
    declared_at: Mapped[datetime | None] = mapped_column(Instant)
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: "section.question" → {"rev", "at"}: how often an answer was changed, and when its newest typing was (ISO 8601)
    stamps: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    score: Mapped[Decimal | None] = mapped_column(Amount)
    passed: Mapped[bool | None]
    recommendation: Mapped[str] = mapped_column(String(40), default="")
    assigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    honorarium_state: Mapped[str] = mapped_column(String(12), default="")

    __table_args__ = (
        within_tenant("round_id", "evaluation_round"),
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "round_id", "case_id", "person_id"),
        Index("ix_evaluation_person", "tenant_id", "person_id", "state"),
        Index("ix_evaluation_case", "tenant_id", "case_id", "state"),
        CheckConstraint(
            "state IN ('assigned', 'conflicted', 'declared', 'draft', 'filed', 'released', 'declined')", name="state"
        ),
        CheckConstraint("honorarium_state IN ('', 'due', 'paid', 'waived')", name="honorarium_state"),
    )


class Consensus(TenantOwned, Base):
    """What the reviewers agreed on after moderation, signed by each of them."""

    __tablename__ = "consensus"

    round_id: Mapped[UUID]
    case_id: Mapped[UUID]
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    score: Mapped[Decimal | None] = mapped_column(Amount)
    summary: Mapped[str] = mapped_column(Text, default="")
    moderator_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    moderator_name: Mapped[str] = mapped_column(String(200), default="")
    #: person id → {"name", "at"}
    signatures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("round_id", "evaluation_round"),
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "round_id", "case_id"),
        CheckConstraint("state IN ('draft', 'signed')", name="state"),
    )


class RankedCase(TenantOwned, Base):
    """The place a panel gave to a case of a round, and why it differs from its score where it does."""

    __tablename__ = "ranked_case"

    round_id: Mapped[UUID]
    case_id: Mapped[UUID]
    place: Mapped[int]
    score: Mapped[Decimal | None] = mapped_column(Amount)
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    recommended: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_by_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("round_id", "evaluation_round"),
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "round_id", "case_id"),
        Index("ix_ranked_case_place", "tenant_id", "round_id", "place"),
    )
