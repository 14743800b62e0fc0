"""Read assessments, decisions and letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, select

from portal.accounts.models import Membership, Person
from portal.cases import queries as cases
from portal.cases.models import Case, CaseMessage, Document, Event
from portal.core.actor import Role
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.models import Assessment, Condition, Decision
from portal.translation.models import TranslationVersion

LETTER = "letter"


def assessments_of(case_id: UUID) -> list[Assessment]:
    """Every assessment of a case, the newest first."""
    return list(
        db.session.scalars(select(Assessment).where(Assessment.case_id == case_id).order_by(Assessment.number.desc()))
    )


def latest_assessment(case_id: UUID) -> Assessment | None:
    """The newest assessment, whatever its state."""
    return db.session.scalars(
        select(Assessment).where(Assessment.case_id == case_id).order_by(Assessment.number.desc()).limit(1)
    ).first()


def filed_assessment(case_id: UUID) -> Assessment | None:
    """The newest assessment that was filed and not sent back."""
    newest = (
        select(Assessment)
        .where(Assessment.case_id == case_id, Assessment.state == "filed")
        .order_by(Assessment.number.desc())
        .limit(1)
    )
    return tenancy.once(("filed assessment", case_id), lambda: db.session.scalars(newest).first())


def decisions_of(case_id: UUID) -> list[Decision]:
    """Every decision on a case, the newest first; undone ones stay, marked."""
    return list(
        db.session.scalars(select(Decision).where(Decision.case_id == case_id).order_by(Decision.decided_at.desc()))
    )


def standing(case_id: UUID | BindParameter[UUID]) -> Select[Decision]:
    """The statement that finds the decision that counts: the newest one that was not undone."""
    return (
        select(Decision)
        .where(Decision.case_id == case_id, Decision.undone_at.is_(None))
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(1)
    )


def standing_decision(case_id: UUID) -> Decision | None:
    """The decision that counts."""
    return tenancy.once(("standing decision", case_id), lambda: db.session.scalars(standing(case_id)).first())


def last_event(case_id: UUID, *kinds: str) -> Event | None:
    """The newest event of one of these kinds."""
    return cases.newest_event(case_id, kinds)


def letters_of(case_id: UUID) -> list[Document]:
    """The letters that stand, in every language; the applicant's own language first."""
    return cases.papers_of(case_id, LETTER)


def letters_made(case_id: UUID) -> int:
    """How many letters were ever prepared for a case, counted once for all languages."""
    return int(
        db.session.scalar(
            select(func.count(Document.key.distinct())).where(Document.case_id == case_id, Document.kind == LETTER)
        )
        or 0
    )


def officers(tenant_id: int) -> list[tuple[UUID, str]]:
    """The programme officers who may follow a case, by name."""
    rows = db.session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.tenant_id == tenant_id,
            Membership.role == Role.PROGRAMME_OFFICER.value,
            Person.active.is_(True),
        )
        .order_by(Person.name, Person.id)
    )
    return [(person_id, name) for person_id, name in rows]


def open_cases_by_monitor() -> dict[UUID, int]:
    """How many open cases each monitor follows."""
    rows = db.session.execute(
        select(Case.monitor_id, func.count())
        .where(Case.monitor_id.is_not(None), Case.is_open.is_(True))
        .group_by(Case.monitor_id)
    )
    return {monitor_id: count for monitor_id, count in rows if monitor_id is not None}


@dataclass(frozen=True)
class Beside:
    """What a case page says of a case besides its own row."""

    documents: int
    messages: int
    notes: int
    versions: int
    conditions: int
    monitor: str


@lru_cache(maxsize=1)
def _counts() -> Select[Any]:
    """Built once: putting these words together costs more than the answer."""
    of: BindParameter[UUID] = bindparam("case", type_=Case.id.type)
    messages = select(func.count()).select_from(CaseMessage).where(CaseMessage.case_id == of)
    papers = select(func.count()).select_from(Document).where(Document.case_id == of, Document.void_at.is_(None))
    versions = select(func.count()).select_from(TranslationVersion).where(TranslationVersion.case_id == of)
    newest = standing(of).with_only_columns(Decision.id).scalar_subquery()
    conditions = select(func.count()).select_from(Condition).where(Condition.decision_id == newest)
    return (
        select(
            papers.scalar_subquery(),
            messages.where(CaseMessage.visibility == "both").scalar_subquery(),
            messages.where(CaseMessage.visibility == "staff").scalar_subquery(),
            versions.scalar_subquery(),
            conditions.scalar_subquery(),
            select(Person.name).where(Person.id == bindparam("monitor", type_=Case.monitor_id.type)).scalar_subquery(),
        )
        .select_from(Case)
        .where(Case.id == of)
    )


def beside(case: Case) -> Beside:
    """How many documents, messages, notes, translations and conditions a case has, and who follows it; one query."""
    row = db.session.execute(_counts(), {"case": case.id, "monitor": case.monitor_id}).one()
    documents, both, staff, versions, conditions, monitor = row
    return Beside(documents, both, staff, versions, conditions, monitor or "")


def cases_in(call_id: UUID, states: Iterable[str], most: int) -> list[Case]:
    """The submitted applications of a call that stand in one of these states, the most urgent first.

    :param most: how many at most.
    """
    return list(
        db.session.scalars(
            select(Case)
            .where(Case.call_id == call_id, Case.kind == "application", Case.is_submitted, Case.state.in_(list(states)))
            .order_by(Case.urgent_at, Case.reference)
            .limit(most)
        )
    )
