"""A call: an opening of an instrument in a tenant, always open or with an instant of closing in a named zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Amount, Base, Instant, Json, TenantOwned, within_tenant


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
    #: a draft is the secretariat's alone until it is announced
    is_draft: Mapped[bool] = mapped_column(default=False)
    #: how much money there is for all, in the tenant's currency; None: no fixed amount
    envelope: Mapped[Decimal | None] = mapped_column(Amount)
    #: the instrument in which an application approved in principle goes on, and within how many months
    next_instrument: Mapped[str] = mapped_column(String(60), default="")
    next_months: Mapped[int] = mapped_column(default=2)
    #: until when questions about the call may be asked; None: as long as it is open
    questions_until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_call_instrument", "tenant_id", "instrument"),
    )

    def is_open(self, now: datetime) -> bool:
        """Whether everybody may submit at this instant; late entries for one organisation: ``queries.takes_from``."""
        return not self.is_draft and self.opens_at <= now and (self.closes_at is None or now < self.closes_at)


class CallChange(TenantOwned, Base):
    """A decision on a call, with its reason: a later closing for everybody, or a late entry for one organisation."""

    __tablename__ = "call_change"

    call_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[UUID | None]
    before: Mapped[datetime | None] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by_name: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    #: what was changed besides the closing: the name of each field, with its value before and after
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    __table_args__ = (
        within_tenant("call_id", "call"),
        within_tenant("organisation_id", "organisation"),
        Index("ix_call_change_call", "tenant_id", "call_id", "decided_at"),
        CheckConstraint("kind IN ('announced', 'extension', 'late_entry', 'changed')", name="kind"),
    )


class Clarification(TenantOwned, Base):
    """A question about a call and its answer, public to everybody once answered, by language."""

    __tablename__ = "clarification"

    call_id: Mapped[UUID]
    number: Mapped[int]
    question: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    #: by language, the question too: who asked is not shown
    public_question: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    answer: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    answered_by_name: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    #: when the secretariat put it aside unanswered, because it is no question about the call
    set_aside_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (within_tenant("call_id", "call"), UniqueConstraint("tenant_id", "call_id", "number"))
