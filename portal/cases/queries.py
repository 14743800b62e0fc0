"""Read cases and what hangs on them. ``visible_to`` is the only door: a stranger's case is not found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, false, or_, select
from sqlalchemy.orm import aliased

from portal.cases.models import (
    AnswerConflict,
    Answers,
    Case,
    CaseMessage,
    Document,
    Event,
    Submission,
)
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.standards import EventFact
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.pages import Question

#: the reports of a case, read with it; made once, for each making costs more than the query
_REPORT = aliased(Case)
#: one step into the end of a key, whatever there is before
_HAPPENED = select(Event.id).where(Event.tenant_id == bindparam("tenant")).order_by(Event.id.desc()).limit(1)


def whether_anything_happened() -> Question:
    """The question that is answered otherwise after every event of the tenant."""
    return Question(_HAPPENED)


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """The condition under which an actor may read a case; ``rules.access.may_read`` says the same of one case."""
    ways: list[ColumnElement[bool]] = []
    if actor.organisations:
        ways.append(Case.organisation_id.in_(list(actor.organisations)))
    if actor.is_staff:
        ways.append(Case.is_submitted.is_(True))
    return or_(*ways) if ways else false()


def visible_to(actor: Actor) -> Select[Case]:
    """The cases an actor may read."""
    return select(Case).where(readable_by(actor))


def by_reference(actor: Actor, reference: str) -> Case:
    """The case with this reference, if the actor may read it.

    :raises NotFound: when there is none, or it is a stranger's.
    """
    case = db.session.scalars(visible_to(actor).where(Case.reference == reference)).first()
    if case is None:
        raise NotFound
    return case


def is_readable(actor: Actor, reference: str) -> bool:
    """Whether there is a case with this reference that the actor may read."""
    found = select(Case.id).where(readable_by(actor), Case.reference == reference)
    return db.session.scalars(found).first() is not None


def for_staff(actor: Actor, reference: str) -> Case:
    """The case with this reference as the secretariat sees it.

    :raises NotFound: when the actor is not of the secretariat or the case was never submitted.
    """
    case = by_reference(actor, reference)
    if not (actor.is_staff and case.is_submitted):
        raise NotFound
    return case


def for_client(actor: Actor, reference: str) -> Case:
    """The case with this reference as one of the actor's own organisations' cases.

    :raises NotFound: when it belongs to none of them.
    """
    case = by_reference(actor, reference)
    if not actor.in_organisation(case.organisation_id):
        raise NotFound
    return case


def for_client_with_reports(actor: Actor, reference: str) -> Case:
    """As :func:`for_client`, its reports read beside it: :func:`reports_of` then asks nothing on the same page.

    :raises NotFound: when it belongs to none of the actor's organisations.
    """
    beside = (_REPORT.tenant_id == Case.tenant_id) & (_REPORT.parent_id == Case.id)
    rows: Sequence[Row[Case, Case | None]] = db.session.execute(
        select(Case, _REPORT)
        .outerjoin(_REPORT, beside)
        .where(readable_by(actor), Case.reference == reference)
        .order_by(_REPORT.subject)
    ).all()
    if not rows or not actor.in_organisation(rows[0][0].organisation_id):
        raise NotFound
    case: Case = rows[0][0]
    tenancy.once(("reports", case.id), lambda: tuple(row[1] for row in rows if row[1] is not None))
    return case


def by_id(case_id: UUID) -> Case:
    """The case with this id, in the tenant in scope; for services, after the actor was asked about.

    :raises NotFound: when there is none.
    """
    case = db.session.scalars(select(Case).where(Case.id == case_id)).first()
    if case is None:
        raise NotFound
    return case


def locked(case_id: UUID) -> Case:
    """The case, held against other writers until the transaction ends (SQLite has one writer anyway)."""
    case = db.session.scalars(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    ).first()
    if case is None:
        raise NotFound
    return case


def events_of(case_id: UUID, *, audience: str | None = None) -> list[Event]:
    """The events of a case in their order; ``audience="applicant"`` leaves out what only the secretariat reads."""
    statement = select(Event).where(Event.case_id == case_id).order_by(Event.seq)
    if audience is not None:
        statement = statement.where(Event.audience == audience)
    return list(tenancy.once(("events", case_id, audience), lambda: tuple(db.session.scalars(statement))))


def newest_event(case_id: UUID, kinds: Collection[str]) -> Event | None:
    """The newest event of one of these kinds."""
    if tenancy.remembers():
        return next((event for event in reversed(events_of(case_id)) if event.kind in kinds), None)
    newest = select(Event).where(Event.case_id == case_id, Event.kind.in_(sorted(kinds))).order_by(Event.seq.desc())
    return db.session.scalars(newest.limit(1)).first()


def events_of_kinds(case_id: UUID, kinds: Collection[str]) -> list[Event]:
    """The events of these kinds in their order."""
    if tenancy.remembers():
        return [event for event in events_of(case_id) if event.kind in kinds]
    found = select(Event).where(Event.case_id == case_id, Event.kind.in_(sorted(kinds))).order_by(Event.seq)
    return list(db.session.scalars(found))


def facts_of(events: Iterable[Event]) -> list[EventFact]:
    """Events as the reckoning of clocks reads them; facts copied from another case have their clocks there."""
    return [
        EventFact(event.seq, event.at, event.kind, event.subject, event.data)
        for event in events
        if "copied_from" not in event.data
    ]


def answers_of(case_id: UUID) -> dict[str, dict[str, Any]]:
    """The answers of a case by section, as they stand now."""
    rows = db.session.execute(select(Answers.section, Answers.data).where(Answers.case_id == case_id))
    return {row.section: row.data for row in rows}


def answer_rows(case_id: UUID) -> dict[str, Answers]:
    """The rows that hold the answers, by section."""
    return {row.section: row for row in db.session.scalars(select(Answers).where(Answers.case_id == case_id))}


def open_conflicts(case_id: UUID) -> list[AnswerConflict]:
    """Values that lost against a colleague's newer ones and that nobody has looked at yet."""
    return list(
        db.session.scalars(
            select(AnswerConflict)
            .where(AnswerConflict.case_id == case_id, AnswerConflict.settled_at.is_(None))
            .order_by(AnswerConflict.typed_at)
        )
    )


def submissions_of(case_id: UUID) -> list[Submission]:
    """The frozen snapshots of a case, oldest first."""
    every = select(Submission).where(Submission.case_id == case_id).order_by(Submission.number)
    return list(tenancy.once(("submissions", case_id), lambda: tuple(db.session.scalars(every))))


def last_submission(case_id: UUID) -> Submission | None:
    """The newest snapshot, or None for a draft."""
    if tenancy.remembers():
        return next(reversed(submissions_of(case_id)), None)
    newest = select(Submission).where(Submission.case_id == case_id).order_by(Submission.number.desc())
    return db.session.scalars(newest.limit(1)).first()


def messages_of(case_id: UUID, *, visibility: str) -> list[CaseMessage]:
    """Messages ("both") or internal notes ("staff") of a case, oldest first."""
    return list(
        db.session.scalars(
            select(CaseMessage)
            .where(CaseMessage.case_id == case_id, CaseMessage.visibility == visibility)
            .order_by(CaseMessage.sent_at)
        )
    )


def documents_of(case_id: UUID, *, audience: str | None = None) -> list[Document]:
    """The documents of a case that stand; ``audience="applicant"``: only those meant for the applicant's eyes."""
    statement = (
        select(Document)
        .where(Document.case_id == case_id, Document.void_at.is_(None))
        .order_by(Document.created_at, Document.language)
    )
    if audience is not None:
        statement = statement.where(Document.audience == audience)
    return list(db.session.scalars(statement))


def papers_of(case_id: UUID, kind: str) -> list[Document]:
    """The documents of one kind that stand, in the order they were made: the applicant's language first."""
    papers = (
        select(Document)
        .where(Document.case_id == case_id, Document.kind == kind, Document.void_at.is_(None))
        .order_by(Document.created_at, Document.id)
    )
    return list(tenancy.once(("papers", case_id, kind), lambda: tuple(db.session.scalars(papers))))


def document(case_id: UUID, document_id: UUID) -> Document | None:
    """One document of a case."""
    return db.session.scalars(select(Document).where(Document.case_id == case_id, Document.id == document_id)).first()


def reports_of(case_id: UUID) -> list[Case]:
    """The reports that belong to an application, in the order they fall due."""
    theirs = select(Case).where(Case.parent_id == case_id).order_by(Case.subject)
    return list(tenancy.once(("reports", case_id), lambda: tuple(db.session.scalars(theirs))))
