"""The case and what hangs on it: answers, submissions, events, messages, documents."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Amount, Base, Instant, Json, TenantOwned, within_tenant

APPLICATION = "application"
REPORT = "report"


class Case(TenantOwned, Base):
    """An application or a report on its way.

    What lists and reports need (title, amount, place, language, the most urgent promise) stands in typed columns, so
    that no list ever reads the answers.
    """

    __tablename__ = "cases"

    reference: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    instrument: Mapped[str] = mapped_column(String(60))
    #: which form and which workflow of the instrument: "application", "report-progress", …
    process: Mapped[str] = mapped_column(String(40))
    form_version: Mapped[int]
    workflow_version: Mapped[int]
    #: for a report, the case of the application it belongs to, and which report it is: "report-1"
    parent_id: Mapped[UUID | None]
    subject: Mapped[str] = mapped_column(String(40), default="")
    call_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID]
    monitor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(400), default="")
    #: the title in the tenant's first working language, when it was translated
    title_translated: Mapped[str | None] = mapped_column(String(400))
    country: Mapped[str | None] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(300), default="")
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(40))
    state_since: Mapped[datetime] = mapped_column(Instant)
    owner: Mapped[str] = mapped_column(String(20))
    tab: Mapped[str] = mapped_column(String(40))
    is_open: Mapped[bool] = mapped_column(default=True)
    #: drafts are the applicant's alone: the secretariat sees a case once it was submitted
    is_submitted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    #: when it was approved, from the day the letter was sent: what the public list of funded projects is ordered by
    funded_at: Mapped[datetime | None] = mapped_column(Instant)
    #: sections the applicant may edit while the case is returned, each with the reason it was returned for
    returned_sections: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    #: digest of the code by which the public may look the status up
    access_code_digest: Mapped[str | None] = mapped_column(String(64))
    # The most urgent promise of this case; far in the future when none runs, so that order needs no NULL.
    urgent_at: Mapped[datetime] = mapped_column(Instant)
    urgent_warn_at: Mapped[datetime | None] = mapped_column(Instant)
    urgent_from: Mapped[datetime | None] = mapped_column(Instant)
    urgent_code: Mapped[str] = mapped_column(String(20), default="")
    urgent_paused: Mapped[bool] = mapped_column(default=False)
    last_seq: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(String(64), default="")
    #: by which way it is decided, as the policy of its day says: a code of the instrument's routes; empty: the only one
    route: Mapped[str] = mapped_column(String(30), default="")
    #: the case this one follows: a full proposal its concept note, a proposal the preparatory grant that led to it
    follows_id: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("organisation_id", "organisation"),
        within_tenant("call_id", "call"),
        within_tenant("parent_id", "cases"),
        UniqueConstraint("tenant_id", "reference"),
        CheckConstraint("kind IN ('application', 'report')", name="kind"),
        CheckConstraint("(kind = 'report') = (parent_id IS NOT NULL)", name="report_has_parent"),
        Index("ix_cases_desk", "tenant_id", "is_submitted", "is_open", "urgent_at", "id"),
        Index("ix_cases_tab", "tenant_id", "is_submitted", "tab", "urgent_at", "id"),
        # Holds all that the figures of the desk are counted by: they are read from here, in order, and from no row.
        Index(
            "ix_cases_counts",
            "tenant_id",
            "is_submitted",
            "tab",
            "owner",
            "country",
            "is_open",
            "urgent_at",
            "monitor_id",
        ),
        Index("ix_cases_monitor", "tenant_id", "monitor_id", "is_open", "urgent_at", "id"),
        Index("ix_cases_country", "tenant_id", "is_submitted", "country", "urgent_at", "id"),
        Index("ix_cases_language", "tenant_id", "is_submitted", "language", "urgent_at", "id"),
        Index("ix_cases_organisation", "tenant_id", "organisation_id", "is_open", "urgent_at", "id"),
        Index("ix_cases_changed", "tenant_id", "organisation_id", "changed_at"),
        Index("ix_cases_parent", "tenant_id", "parent_id"),
        Index("ix_cases_funded", "tenant_id", "funded_at", "id"),
    )


class Answers(TenantOwned, Base):
    """The answers of one section, with a revision for each question so that two colleagues cannot overwrite in silence.

    ``stamps``: question → {"rev", "at", "by", "name"}: when it was last typed and by whom.
    """

    __tablename__ = "answers"

    case_id: Mapped[UUID]
    section: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    stamps: Mapped[dict[str, dict[str, Any]]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (within_tenant("case_id", "cases"), UniqueConstraint("tenant_id", "case_id", "section"))


class AnswerConflict(TenantOwned, Base):
    """A value that lost against a newer one typed by a colleague: kept until somebody has looked at both."""

    __tablename__ = "answer_conflict"

    case_id: Mapped[UUID]
    section: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(Json)
    typed_at: Mapped[datetime] = mapped_column(Instant)
    typed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    typed_by_name: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        Index("ix_answer_conflict_case", "tenant_id", "case_id", "settled_at"),
    )


class Submission(TenantOwned, Base):
    """A frozen, numbered snapshot of a case's answers. Never changed; its digest proves it."""

    __tablename__ = "submission"

    case_id: Mapped[UUID]
    number: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[int]
    form_checksum: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_by_name: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (within_tenant("case_id", "cases"), UniqueConstraint("tenant_id", "case_id", "number"))


class Event(TenantOwned, Base):
    """A fact that happened to a case. Append-only: the database refuses to change or delete one.

    ``hash`` is made of the fact and the hash before it, so that editing, removing or reordering one is noticed.
    """

    __tablename__ = "event"

    case_id: Mapped[UUID]
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(40))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str] = mapped_column(String(200))
    actor_role: Mapped[str] = mapped_column(String(40))
    #: who may read it: "applicant" (both sides) or "staff"
    audience: Mapped[str] = mapped_column(String(12))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id", "seq"),
        CheckConstraint("audience IN ('applicant', 'staff')", name="audience"),
    )


class CaseMessage(TenantOwned, Base):
    """A message between the applicant and the secretariat, or a note inside the secretariat.

    ``visibility`` is explicit: "both" sides read a message, only "staff" a note.
    """

    __tablename__ = "case_message"

    case_id: Mapped[UUID]
    visibility: Mapped[str] = mapped_column(String(12))
    from_staff: Mapped[bool]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    author_name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(12))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    edited_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        Index("ix_case_message_case", "tenant_id", "case_id", "sent_at"),
        CheckConstraint("visibility IN ('both', 'staff')", name="visibility"),
    )


class MessageVersion(TenantOwned, Base):
    """What a message said before it was edited. Nothing that was once read is lost."""

    __tablename__ = "message_version"

    message_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
    replaced_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("message_id", "case_message"),
        Index("ix_message_version_message", "tenant_id", "message_id", "replaced_at"),
    )


class CaseTrack(TenantOwned, Base):
    """Something that goes on beside the case's own state: donor coordination, country concurrence, a panel.

    Made again from the events ``track_opened``, ``track_closed`` and ``track_waived``, whose subject is its code.
    """

    __tablename__ = "case_track"

    case_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(12))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(String(200), default="")
    #: how it ended, and for one that was waived on which grounds
    outcome: Mapped[str] = mapped_column(String(40), default="")
    grounds: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        within_tenant("case_id", "cases"),
        UniqueConstraint("tenant_id", "case_id", "code"),
        CheckConstraint("state IN ('open', 'ended', 'waived')", name="state"),
    )


class Document(TenantOwned, Base):
    """A typeset document of a case: submission, letter, agreement. Rendered once; what was sent does not change.

    ``source`` holds the plain values it is made from, frozen; ``file_id`` the PDF once the job has made it.
    """

    __tablename__ = "document"

    case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    #: which one of its kind: "submission-2", "letter-1"
    key: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[dict[str, Any]] = mapped_column(Json)
    source_sha256: Mapped[str] = mapped_column(String(64))
    audience: Mapped[str] = mapped_column(String(12))
    file_id: Mapped[UUID | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    rendered_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    void_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        within_tenant("case_id", "cases"),
        within_tenant("file_id", "stored_file"),
        UniqueConstraint("tenant_id", "case_id", "key", "language"),
        CheckConstraint("audience IN ('applicant', 'staff')", name="audience"),
    )


class Agreed:
    """The columns of what an agreement is made about: who is to sign it, when it was sent, and how it was accepted."""

    signatory_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), sort_order=10)
    signatory_name: Mapped[str] = mapped_column(String(200), default="", sort_order=11)
    sent_at: Mapped[datetime | None] = mapped_column(Instant, sort_order=12)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant, sort_order=13)
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), sort_order=14)
    accepted_name: Mapped[str] = mapped_column(String(200), default="", sort_order=15)
    accepted_address: Mapped[str] = mapped_column(String(64), default="", sort_order=16)


class ReferenceCounter(TenantOwned, Base):
    """The last number given out in a tenant and a year, for references like CA-2026-0042."""

    __tablename__ = "reference_counter"

    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("tenant_id", "year"),)


class Attempted(TenantOwned, Base):
    """A move that a browser may send twice: the key of its form, and the event it made the first time."""

    __tablename__ = "attempted"

    case_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(64))
    move: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (within_tenant("case_id", "cases"), UniqueConstraint("tenant_id", "case_id", "key"))
