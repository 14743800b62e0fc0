"""Give cases to evaluators: by hand or by the rules, always with the reasons kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.evaluation import mail, queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.rules import assignment, conflicts
from portal.infra.db import db

HONORARIUM = ("due", "paid", "waived")


def assign_by_rule(row: EvaluationRound, actor: Actor, now: datetime) -> list[Evaluation]:
    """Give every case of a round the evaluators it still needs.

    :raises NotAllowed: unless the actor manages evaluations. :raises NotNow: when the round is over.
    """
    _may(row, actor, now)
    found = queries.evaluations_of(row.id)
    taken: dict[UUID, set[UUID]] = {}
    barred: set[tuple[UUID, UUID]] = set()
    for one, _name in found:
        if one.state in queries.AT_WORK:
            taken.setdefault(one.case_id, set()).add(one.person_id)
        else:
            barred.add((one.case_id, one.person_id))
    rows = {case.id: case for case in queries.waiting(row)}
    chosen = assignment.assign(
        queries.subjects(rows.values()), queries.evaluators(actor.tenant_id, row.id), row.needed, taken, barred
    )
    return [
        _write(row, rows[choice.case_id], choice.person_id, {**choice.to_data(), "by": "rule", "hints": []}, actor, now)
        for choice in chosen
    ]


def lacking(row: EvaluationRound) -> list[Case]:
    """The cases of a round that wait for an evaluation and have fewer evaluators than it needs."""
    found = [one.case_id for one, _name in queries.evaluations_of(row.id) if one.state in queries.AT_WORK]
    return [case for case in queries.waiting(row) if found.count(case.id) < row.needed]


def assign_by_hand(row: EvaluationRound, case: Case, person_id: UUID, actor: Actor, now: datetime) -> Evaluation:
    """Give a case to somebody; hints at a conflict are kept with it, and she declares herself before she reads.

    :raises NotAllowed: unless the actor manages evaluations. :raises NotNow: when the round is over.
        Also when the case does not wait for an external evaluation.
    :raises Invalid: (``person``) when she is no evaluator, has or had the case, has as many as she takes, or belongs to
        the organisation that applies.
    """
    _may(row, actor, now)
    if case.id not in {one.id for one in queries.waiting(row)}:
        raise NotNow(N_("This case does not wait for an external evaluation."))
    person = next((one for one in queries.evaluators(actor.tenant_id, row.id) if one.person_id == person_id), None)
    if person is None:
        raise Invalid({"person": N_("Choose one of the evaluators in the list.")})
    if any(one.person_id == person_id for one, _name in queries.evaluations_of(row.id, case.id)):
        raise Invalid({"person": N_("This person was asked about this case already.")})
    if person.load >= person.most_cases:
        raise Invalid({"person": N_("This person has as many cases as she takes.")})
    if queries.belongs_to_applicant(person_id, case):
        raise Invalid({"person": N_("This person belongs to the organisation that applies.")})
    subject = queries.subjects([case])[0]
    hints = [hint.to_data() for hint in conflicts.hints(person, subject)]
    reasons = {**assignment.weigh(person, subject).to_data(), "by": "hand", "hints": hints}
    return _write(row, case, person_id, reasons, actor, now)


def _write(
    row: EvaluationRound, case: Case, person_id: UUID, reasons: dict[str, object], actor: Actor, now: datetime
) -> Evaluation:
    case = cases.locked(case.id)
    one = Evaluation(
        round_id=row.id,
        case_id=case.id,
        person_id=person_id,
        state=queries.ASSIGNED,
        reasons=reasons,
        assigned_by=actor.person_id,
        assigned_at=now,
        changed_at=now,
    )
    db.session.add(one)
    db.session.flush()
    events.append(case, "evaluation_assigned", actor, now, {"round": row.code, "by": str(reasons["by"])})
    mail.assigned(one, row, now)
    return one


def release(evaluation_id: UUID, row: EvaluationRound, actor: Actor, now: datetime) -> None:
    """Take a case from somebody who has not filed; she cannot read it from now on.

    :raises NotFound: when the round has no such evaluation. :raises NotNow: when it was filed or has ended.
    """
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
    one = _of_round(evaluation_id, row)
    if one.state not in (queries.ASSIGNED, queries.DECLARED, queries.DRAFT):
        raise NotNow(N_("This evaluation is filed or has ended."))
    one.state, one.changed_at = queries.RELEASED, now
    db.session.flush()


def settle_honorarium(evaluation_id: UUID, row: EvaluationRound, state: str, actor: Actor, now: datetime) -> None:
    """Record that an honorarium is due, was paid or was waived, by whom and when.

    :raises NotNow: when nothing is owed for it. :raises Invalid: (``honorarium``) for any other word.
    """
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
    one = _of_round(evaluation_id, row)
    if state not in HONORARIUM:
        raise Invalid({"honorarium": N_("Choose due, paid or waived.")})
    if not one.honorarium_state:
        raise NotNow(N_("No honorarium is owed for this evaluation."))
    one.honorarium_state, one.changed_at = state, now
    one.reasons = {**one.reasons, "honorarium": {"by": actor.name, "at": now.isoformat()}}
    db.session.flush()


def _of_round(evaluation_id: UUID, row: EvaluationRound) -> Evaluation:
    query = select(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.round_id == row.id).with_for_update()
    one = db.session.scalars(query).first()
    if one is None:
        raise NotFound
    return one


def _may(row: EvaluationRound, actor: Actor, now: datetime) -> None:
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
    # Two who assign at once take turns, and the second sees what the first has done.
    db.session.execute(select(EvaluationRound.id).where(EvaluationRound.id == row.id).with_for_update())
    if row.state != queries.OPEN or row.closes_at <= now:
        raise NotNow(N_("This round is over."))
