"""A tenant: who funds, in which languages, by which calendar, under which policy."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.calendars import WorkCalendar, parse_calendar
from portal.core.policy import TenantPolicy
from portal.core.text import Text
from portal.infra.db import Base, Instant, Json, TenantOwned


class Tenant(Base):
    """An organisation that runs funding here. Not owned by itself: the platform knows its tenants."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name_texts: Mapped[dict[str, str]] = mapped_column(Json)
    short_name: Mapped[str] = mapped_column(String(80))
    welcome: Mapped[dict[str, str]] = mapped_column(Json)
    letterhead: Mapped[dict[str, Any]] = mapped_column(Json)
    #: {"brand": "#…", "brand_ink": …, "brand_soft": …, "on_brand": …}
    brand: Mapped[dict[str, str]] = mapped_column(Json)
    languages: Mapped[list[str]] = mapped_column(Json)
    working_languages: Mapped[list[str]] = mapped_column(Json)
    zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    reference_prefix: Mapped[str] = mapped_column(String(8))
    calendar: Mapped[dict[str, Any]] = mapped_column(Json)
    policy_data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @cached_property
    def name(self) -> Text:
        """The tenant's name by language."""
        return Text(self.name_texts)

    @cached_property
    def policy(self) -> TenantPolicy:
        """The tenant's own rules."""
        return TenantPolicy.parse(self.policy_data)

    @cached_property
    def work_calendar(self) -> WorkCalendar:
        """The days on which the tenant works."""
        return parse_calendar(self.calendar | {"code": "default"})


class PolicyVersion(TenantOwned, Base):
    """A tenant's rules as they were from an instant on. A case keeps those of the day on which it was submitted."""

    __tablename__ = "policy_version"

    number: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    in_force_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (UniqueConstraint("tenant_id", "number"),)
