"""People and their roles in a secretariat. A person is nobody's property: one account may serve several tenants."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from portal.infra.db import Base, Instant, TenantOwned


class Person(Base):
    """Somebody with an account. ``session_key`` changes when every session is to end (password, log-out everywhere)."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)
    #: whether somebody of a secretariat wants a mail each week of what waits for her
    weekly_digest: Mapped[bool] = mapped_column(default=True)


class Membership(Base):
    """A role of a person in a tenant's secretariat. A platform table: it says who may enter which tenant at all."""

    __tablename__ = "membership"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_membership_person_id", "person_id"),)


class Affiliation(Base):
    """That a person belongs to some organisation of a tenant: only the tenant, so that she can switch to it.

    The roles themselves are the tenant's (``organisations.OrganisationMember``); this row is kept by the same service.
    """

    __tablename__ = "affiliation"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)

    __table_args__ = (Index("ix_affiliation_person_id", "person_id"),)


class Ticket(Base):
    """A link that was mailed: an invitation or a new password. Kept as a digest; used once, by pressing a button."""

    __tablename__ = "ticket"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),)


class Absence(TenantOwned, Base):
    """Days on which somebody of the secretariat is away, and who stands in for her. Both days belong to it."""

    __tablename__ = "absence"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    deputy_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_absence_person", "tenant_id", "person_id", "ends_on"),
        CheckConstraint("ends_on >= starts_on", name="order"),
    )


class FeedAddress(TenantOwned, Base):
    """A secret address from which a calendar programme reads a person's dates. Kept as a digest; can be revoked."""

    __tablename__ = "feed_address"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_read_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_feed_address_digest", "tenant_id", "digest"),
        Index("ix_feed_address_person", "tenant_id", "person_id"),
        CheckConstraint("kind IN ('deadlines', 'reviews', 'reports')", name="kind"),
    )


class Attempt(Base):
    """Failed log-ins by account and by address, so that guessing is slowed on every worker alike."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(Instant)
    blocked_until: Mapped[datetime | None] = mapped_column(Instant)
