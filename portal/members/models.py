"""What members are asked and what they answer; silence is told from what never arrived."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, TenantOwned, within_tenant


class Sponsorship(TenantOwned, Base):
    """A member named as sponsor of an application: invited by the applicant, confirmed by the member itself.

    Where a member cannot confirm in the portal, staff records a proof; that it did is visible.
    """

    __tablename__ = "sponsorship"

    case_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(12))
    role: Mapped[str] = mapped_column(Text, default="")
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime] = mapped_column(Instant)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_by_name: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("case_id", "cases"),
        within_tenant("organisation_id", "organisation"),
        UniqueConstraint("tenant_id", "case_id", "organisation_id"),
        Index("ix_sponsorship_organisation", "tenant_id", "organisation_id", "state"),
        CheckConstraint("state IN ('invited', 'confirmed', 'proved', 'declined', 'withdrawn')", name="state"),
    )


class Circular(TenantOwned, Base):
    """A list sent to the members in three parts: recommended for approval, for donor coordination, approved."""

    __tablename__ = "circular"

    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    introduction: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("state IN ('draft', 'sent')", name="state"),
    )


class CircularItem(TenantOwned, Base):
    """A case in a circular: in which part, and until when members may speak. Sent items are never changed."""

    __tablename__ = "circular_item"

    circular_id: Mapped[UUID]
    case_id: Mapped[UUID]
    part: Mapped[str] = mapped_column(String(15))
    place: Mapped[int]
    opens_at: Mapped[datetime | None] = mapped_column(Instant)
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="listed")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("circular_id", "circular"),
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "circular_id", "case_id"),
        Index("ix_circular_item_case", "tenant_id", "case_id", "opens_at"),
        Index("ix_circular_item_open", "tenant_id", "state", "closes_at"),
        CheckConstraint("part IN ('recommended', 'coordination', 'approved')", name="part"),
        CheckConstraint("state IN ('listed', 'open', 'contested', 'ended', 'cancelled')", name="state"),
    )


class CircularAddressee(TenantOwned, Base):
    """A member a circular was sent to, by which mail, and whether it arrived: a mail that bounced is not silence."""

    __tablename__ = "circular_addressee"

    circular_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    mail_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(12))
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("circular_id", "circular"),
        within_tenant("organisation_id", "organisation"),
        UniqueConstraint("tenant_id", "circular_id", "organisation_id", "person_id", name="uq_circular_addressee_one"),
        CheckConstraint("state IN ('asked', 'reached', 'bounced')", name="state"),
    )


class MemberComment(TenantOwned, Base):
    """What a member says about a case in donor coordination, and how the secretariat answers.

    ``visibility`` is explicit and never changed: every member asked reads it ("members"), or besides its author's
    member only the secretariat ("secretariat").
    """

    __tablename__ = "member_comment"

    item_id: Mapped[UUID]
    case_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(String(12), default="secretariat")
    made_at: Mapped[datetime] = mapped_column(Instant)
    answer_kind: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_name: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("item_id", "circular_item"),
        within_tenant("case_id", "cases"),
        within_tenant("organisation_id", "organisation"),
        Index("ix_member_comment_case", "tenant_id", "case_id", "made_at"),
        CheckConstraint("visibility IN ('members', 'secretariat')", name="visibility"),
        CheckConstraint("answer_kind IN ('', 'accepted', 'explained', 'referred')", name="answer_kind"),
    )


class MemberStance(TenantOwned, Base):
    """What a member says within the window of an approval: no objection, an objection, a wish to discuss, a recusal.

    Nothing said is deleted: an objection is withdrawn or resolved, with who did it and why.
    """

    __tablename__ = "member_stance"

    item_id: Mapped[UUID]
    case_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(200))
    stance: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(String(200), default="")
    ending: Mapped[str] = mapped_column(String(12), default="")
    ending_reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        within_tenant("item_id", "circular_item"),
        within_tenant("case_id", "cases"),
        within_tenant("organisation_id", "organisation"),
        Index("ix_member_stance_item", "tenant_id", "item_id", "made_at"),
        CheckConstraint("stance IN ('no_objection', 'objection', 'discussion', 'recused')", name="stance"),
        CheckConstraint("ending IN ('', 'withdrawn', 'resolved', 'overruled', 'replaced')", name="ending"),
    )
