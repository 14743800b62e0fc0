"""Translations of a submission, kept in versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, Json, TenantOwned, within_tenant


class TranslationVersion(TenantOwned, Base):
    """One version of a submission's texts in another language: a draft until it is filed, frozen from then on."""

    __tablename__ = "translation_version"

    case_id: Mapped[UUID]
    submission_number: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    #: path of a text in the answers → its translation
    texts: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12))
    translator_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    translator_name: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by_name: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id", "language", "version"),
        CheckConstraint("state IN ('draft', 'filed', 'accepted')", name="state"),
    )
