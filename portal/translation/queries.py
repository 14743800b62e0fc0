"""Read translations, and what waits for a translator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select

from forms.engine import answers as reading
from forms.engine.answers import TextItem
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case, Event, Submission
from portal.infra.db import db
from portal.translation.models import TranslationVersion

QUERY_EVENTS = ("translation_queried", "translation_answered")
MOST_ROWS = 100


def versions(case_id: UUID) -> list[TranslationVersion]:
    """Every version of a case's translation, newest first."""
    return list(
        db.session.scalars(
            select(TranslationVersion)
            .where(TranslationVersion.case_id == case_id)
            .order_by(TranslationVersion.version.desc())
        )
    )


def latest(case_id: UUID) -> TranslationVersion | None:
    """The newest version, whatever its state."""
    return db.session.scalars(
        select(TranslationVersion)
        .where(TranslationVersion.case_id == case_id)
        .order_by(TranslationVersion.version.desc())
        .limit(1)
    ).first()


def items(case: Case, snapshot: Submission) -> list[TextItem]:
    """The texts of a submission that are to be translated, in the order of the form."""
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    return reading.translatable(definition, snapshot.answers)


def title_path(case: Case) -> str:
    """The place of the title in the answers, as the form names it; empty when the form has none."""
    definition = instruments.form(case.instrument, case.process, case.form_version)
    return next((f"{s.code}.{q.code}" for s, q in definition.each() if q.promote == "title"), "")


def open_query(case_id: UUID) -> Event | None:
    """The translator's question that the applicant has not answered yet."""
    last = cases.newest_event(case_id, QUERY_EVENTS)
    return last if last is not None and last.kind == "translation_queried" else None


def has_version(case_id: UUID) -> bool:
    """Whether a case has a translation, in whatever state."""
    found = db.session.scalars(select(TranslationVersion.id).where(TranslationVersion.case_id == case_id).limit(1))
    return found.first() is not None


def readable_among(references: Iterable[str]) -> set[str]:
    """Of these cases those that a translator may open; ``rules.texts.readable`` says the same of one case."""
    translated = select(TranslationVersion.case_id)
    may = or_(Case.state == "translating", Case.id.in_(translated))
    return set(db.session.scalars(select(Case.reference).where(Case.reference.in_(list(references)), may)))


def read_in(case: Case, snapshot: Submission, language: str) -> dict[str, dict[str, Any]]:
    """The answers of a submission, with the accepted translation of their texts where there is one in a language."""
    if language == case.language:
        return snapshot.answers
    texts = db.session.scalars(
        select(TranslationVersion.texts)
        .where(
            TranslationVersion.case_id == case.id,
            TranslationVersion.language == language,
            TranslationVersion.accepted_at.is_not(None),
        )
        .order_by(TranslationVersion.version.desc())
        .limit(1)
    ).first()
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    return reading.with_translation(definition, snapshot.answers, texts) if texts else snapshot.answers


def inbox(language: str | None = None) -> list[Row[Any]]:
    """What waits for a translator, the most urgent first, each with the state of its newest version.

    :param language: only applications written in this language.
    """
    newest = (
        select(TranslationVersion.case_id, func.max(TranslationVersion.version).label("version"))
        .group_by(TranslationVersion.case_id)
        .subquery()
    )
    statement = (
        select(
            Case.id,
            Case.reference,
            Case.title,
            Case.title_translated,
            Case.language,
            Case.country,
            Case.city,
            Case.instrument,
            Case.process,
            Case.workflow_version,
            Case.state,
            Case.owner,
            Case.urgent_at,
            Case.urgent_warn_at,
            Case.urgent_from,
            Case.urgent_code,
            Case.urgent_paused,
            Case.tenant_id,
            TranslationVersion.state.label("version_state"),
            TranslationVersion.translator_name,
            TranslationVersion.version,
        )
        .outerjoin(newest, newest.c.case_id == Case.id)
        .outerjoin(
            TranslationVersion,
            (TranslationVersion.case_id == newest.c.case_id) & (TranslationVersion.version == newest.c.version),
        )
        .where(Case.is_submitted.is_(True), Case.tab == "translating")
        .order_by(Case.urgent_at, Case.id)
        .limit(MOST_ROWS)
    )
    if language:
        statement = statement.where(Case.language == language)
    return list(db.session.execute(statement))


def finished(limit: int = 20) -> list[Row[Any]]:
    """The translations accepted last, newest first."""
    return list(
        db.session.execute(
            select(
                Case.reference,
                Case.title,
                Case.title_translated,
                Case.language,
                TranslationVersion.translator_name,
                TranslationVersion.accepted_at,
                TranslationVersion.version,
            )
            .join(Case, (Case.tenant_id == TranslationVersion.tenant_id) & (Case.id == TranslationVersion.case_id))
            .where(TranslationVersion.state == "accepted")
            .order_by(TranslationVersion.accepted_at.desc())
            .limit(limit)
        )
    )
