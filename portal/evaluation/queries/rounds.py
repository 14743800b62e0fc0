"""Read rounds, what was filed in them and how they were ranked: the secretariat's."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from portal.accounts.models import Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import APPLICATION, Case, CaseTrack
from portal.cases.rules import tracks
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound, RankedCase
from portal.infra.db import db


def rounds(actor: Actor) -> list[EvaluationRound]:
    """Every round, the latest first. :raises NotFound: for anybody outside the secretariat."""
    _staff(actor)
    return list(
        db.session.scalars(select(EvaluationRound).order_by(EvaluationRound.opens_at.desc(), EvaluationRound.code))
    )


def round_by_code(actor: Actor, code: str) -> EvaluationRound:
    """A round as the secretariat sees it. :raises NotFound: when there is none, or for anybody else."""
    _staff(actor)
    found = db.session.scalars(select(EvaluationRound).where(EvaluationRound.code == code)).first()
    if found is None:
        raise NotFound
    return found


def _staff(actor: Actor) -> None:
    if not holds(actor, Permission.EVALUATION_READ):
        raise NotFound


def cases_of(row: EvaluationRound) -> list[Case]:
    """The applications of a round: whoever was asked about or ranked in it, and what may still come into it.

    That is the open applications of its call, or of its instrument when it has no call, that are not decided; where the
    workflow has a track for the external evaluation, those for which it was begun.
    """
    inside = or_(
        exists().where(Evaluation.round_id == row.id, Evaluation.case_id == Case.id),
        exists().where(RankedCase.round_id == row.id, RankedCase.case_id == Case.id),
    )
    coming: list[ColumnElement[bool]] = [Case.is_open.is_(True), Case.decided_at.is_(None)]
    if row.call_id is not None:
        coming.append(Case.call_id == row.call_id)
    if has_track(row.instrument):
        coming.append(exists().where(CaseTrack.case_id == Case.id, CaseTrack.code == tracks.PANEL))
    query = select(Case).where(
        Case.kind == APPLICATION,
        Case.instrument == row.instrument,
        Case.is_submitted.is_(True),
        or_(inside, and_(*coming)),
    )
    return list(db.session.scalars(query.order_by(Case.reference)))


def has_track(instrument: str) -> bool:
    """Whether applications of an instrument have an external evaluation that is begun and ended by moves."""
    workflow = instruments.workflow(instrument, APPLICATION, instruments.instrument(instrument).workflow)
    return any(f"open_track:{tracks.PANEL}" in move.effects for move in workflow.moves.values())


def waiting(row: EvaluationRound) -> list[Case]:
    """Those cases of a round for which somebody may be asked now; not what the applicant is mending meanwhile."""
    found = [case for case in cases_of(row) if case.is_open and case.decided_at is None and case.owner != "applicant"]
    if not has_track(row.instrument):
        return found
    running = select(CaseTrack.case_id).where(
        CaseTrack.case_id.in_([case.id for case in found]),
        CaseTrack.code == tracks.PANEL,
        CaseTrack.state == tracks.OPEN,
    )
    keys = set(db.session.scalars(running))
    return [case for case in found if case.id in keys]


def case_of(row: EvaluationRound, reference: str) -> Case:
    """A case of a round. :raises NotFound: when it is not one of them."""
    found = next((case for case in cases_of(row) if case.reference == reference), None)
    if found is None:
        raise NotFound
    return found


def evaluations_of(round_id: UUID, case_id: UUID | None = None) -> list[tuple[Evaluation, str]]:
    """The evaluations of a round, or of one of its cases, each with the evaluator's name."""
    query = (
        select(Evaluation, Person.name)
        .join(Person, Person.id == Evaluation.person_id)
        .where(Evaluation.round_id == round_id)
        .order_by(Evaluation.assigned_at, Evaluation.id)
    )
    if case_id is not None:
        query = query.where(Evaluation.case_id == case_id)
    return [(row, name) for row, name in db.session.execute(query)]


def consensus_of(round_id: UUID, case_id: UUID) -> Consensus | None:
    """What the reviewers of a case agreed on, if anything was written yet."""
    query = select(Consensus).where(Consensus.round_id == round_id, Consensus.case_id == case_id)
    return db.session.scalars(query).first()


def consensuses_of(round_id: UUID) -> dict[UUID, Consensus]:
    """What the reviewers of a round agreed on, by case."""
    query = select(Consensus).where(Consensus.round_id == round_id)
    return {row.case_id: row for row in db.session.scalars(query)}


def rounds_with(case_id: UUID) -> list[EvaluationRound]:
    """The rounds in which somebody was asked about a case, the latest first."""
    asked = select(Evaluation.round_id).where(Evaluation.case_id == case_id)
    query = select(EvaluationRound).where(EvaluationRound.id.in_(asked))
    return list(db.session.scalars(query.order_by(EvaluationRound.opens_at.desc(), EvaluationRound.id)))


def ranking_of(round_id: UUID) -> dict[UUID, RankedCase]:
    """The places a panel gave, by case."""
    query = select(RankedCase).where(RankedCase.round_id == round_id).order_by(RankedCase.place)
    return {row.case_id: row for row in db.session.scalars(query)}


def call_of(row: EvaluationRound) -> Call | None:
    """The call of a round."""
    return db.session.scalars(select(Call).where(Call.id == row.call_id)).first() if row.call_id else None


def calls() -> list[Call]:
    """The calls a round may belong to, the latest first."""
    query = select(Call).where(Call.is_draft.is_(False)).order_by(Call.opens_at.desc(), Call.code)
    return list(db.session.scalars(query))


def funded_cities() -> set[tuple[str, str]]:
    """(country, city) of every application that was funded before."""
    query = select(Case.country, Case.city).where(Case.funded_at.is_not(None), Case.kind == APPLICATION).distinct()
    return {(country or "", city) for country, city in db.session.execute(query)}
