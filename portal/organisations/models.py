"""Organisations of a tenant, their people with roles, and the gazetteer of cities the installation knows."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, Json, TenantOwned, within_tenant

KINDS = ("city", "association", "national_government", "regional_government", "member", "ngo", "firm")


class Organisation(TenantOwned, Base):
    """A city, an association of cities, a government or a member, as one tenant knows it."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(30))
    country: Mapped[str] = mapped_column(String(2))
    city_id: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("kind IN (" + ", ".join(f"'{kind}'" for kind in KINDS) + ")", name="kind"),
        Index("ix_organisation_name", "tenant_id", "name"),
    )


class OrganisationMember(TenantOwned, Base):
    """A role of a person in an organisation."""

    __tablename__ = "organisation_member"

    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("organisation_id", "organisation"),
        UniqueConstraint("tenant_id", "organisation_id", "person_id", "role"),
        Index("ix_organisation_member_person", "tenant_id", "person_id"),
        CheckConstraint("role IN ('lead', 'contributor', 'signatory', 'viewer', 'focal_point')", name="role"),
    )


class MemberPeriod(TenantOwned, Base):
    """From when to when an organisation is a member: who may sponsor and who is asked depends on the day.

    Both days belong to it; a membership that goes on has no end.
    """

    __tablename__ = "member_period"

    organisation_id: Mapped[UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("organisation_id", "organisation"),
        Index("ix_member_period_organisation", "tenant_id", "organisation_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="order"),
    )


class City(Base):
    """A city of the gazetteer, keyed by its GeoNames number; the same for every tenant."""

    __tablename__ = "city"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    population: Mapped[int | None] = mapped_column(BigInteger)
    zone: Mapped[str | None] = mapped_column(String(60))
    names: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    #: the names folded for searching, several separated by a bar
    search_key: Mapped[str] = mapped_column(String(1000), default="")

    __table_args__ = (Index("ix_city_country_population", "country", "population"),)
