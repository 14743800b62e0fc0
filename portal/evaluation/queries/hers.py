"""What an evaluator may read of a case: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, exists, not_, or_, select

from portal.accounts.models import Membership
from portal.cases.models import Case
from portal.core.actor import Actor, Role
from portal.core.errors import NotFound
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound
from portal.infra.db import db
from portal.organisations.models import OrganisationMember

ASSIGNED, CONFLICTED, DECLARED, DRAFT, FILED = "assigned", "conflicted", "declared", "draft", "filed"
RELEASED, DECLINED = "released", "declined"
#: she has declared herself free: only then is a text of the case hers to read
READABLE = (DECLARED, DRAFT, FILED)
#: the case counts as hers; in the other states somebody else is needed
AT_WORK = (ASSIGNED, *READABLE)
OPEN = "open"

Mine = Select[Evaluation, EvaluationRound, Case]


def _hers(actor: Actor, states: Iterable[str]) -> Mine:
    """Her evaluations in some states of cases that are still open.

    None once her role was taken, and none of an organisation to which she herself belongs, whatever she declared.
    """
    held = exists().where(
        Membership.tenant_id == actor.tenant_id,
        Membership.person_id == actor.person_id,
        Membership.role == str(Role.EVALUATOR),
    )
    own = exists().where(
        OrganisationMember.organisation_id == Case.organisation_id, OrganisationMember.person_id == actor.person_id
    )
    return (
        select(Evaluation, EvaluationRound, Case)
        .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
        .join(Case, Case.id == Evaluation.case_id)
        .where(
            held,
            not_(own),
            Evaluation.person_id == actor.person_id,
            Evaluation.state.in_(tuple(states)),
            Case.is_submitted.is_(True),
            Case.is_open.is_(True),
        )
    )


def _not_over(query: Mine, now: datetime) -> Mine:
    return query.where(EvaluationRound.state == OPEN, EvaluationRound.closes_at > now)


def readable(actor: Actor, now: datetime) -> Mine:
    """The cases whose texts an evaluator may read now: she has declared herself free and the window is open.

    :param now: UTC; the window's first instant belongs to it, its last does not.
    """
    return _not_over(_hers(actor, READABLE), now).where(EvaluationRound.opens_at <= now)


def listed(actor: Actor, now: datetime) -> Mine:
    """What stands in her list until the window closes: also what she cannot read yet, shown by its bare facts only.

    She declares herself as soon as she is asked, also before the window opens.
    """
    query = _not_over(_hers(actor, AT_WORK), now)
    return query.order_by(EvaluationRound.closes_at, Evaluation.assigned_at, Evaluation.id)


def with_consensus(actor: Actor) -> Mine:
    """What she filed and there is a consensus on: it is signed when the window is over, so the window is not asked.

    It opens the wording and her own evaluation, never the application.
    """
    agreed = exists().where(Consensus.round_id == Evaluation.round_id, Consensus.case_id == Evaluation.case_id)
    return _hers(actor, (FILED,)).where(agreed)


def to_sign(actor: Actor) -> list[Row[Evaluation, EvaluationRound, Case]]:
    """The evaluations whose consensus still waits for her signature, the longest waiting first."""
    drafts = list(db.session.scalars(select(Consensus).where(Consensus.state == "draft")))
    waiting = {(row.round_id, row.case_id) for row in drafts if str(actor.person_id) not in row.signatures}
    query = with_consensus(actor).order_by(Evaluation.filed_at, Evaluation.id)
    return [row for row in db.session.execute(query) if (row[0].round_id, row[0].case_id) in waiting]


def past(actor: Actor, now: datetime) -> list[Row[Evaluation, EvaluationRound]]:
    """What she filed in rounds that are over, the latest first: only what concerns her own work and its honorarium."""
    query = (
        select(Evaluation, EvaluationRound)
        .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
        .where(
            Evaluation.person_id == actor.person_id,
            Evaluation.state == FILED,
            or_(EvaluationRound.state != OPEN, EvaluationRound.closes_at <= now),
        )
        .order_by(Evaluation.filed_at.desc(), Evaluation.id)
    )
    return list(db.session.execute(query))


def one_listed(actor: Actor, evaluation_id: UUID, now: datetime) -> Row[Evaluation, EvaluationRound, Case]:
    """One of hers, to declare herself on. :raises NotFound: for every other, whether or not it exists."""
    return _one(listed(actor, now).order_by(None), evaluation_id)


def one_readable(actor: Actor, evaluation_id: UUID, now: datetime) -> Row[Evaluation, EvaluationRound, Case]:
    """One whose texts she may read. :raises NotFound: for every other, whether or not it exists."""
    return _one(readable(actor, now), evaluation_id)


def one_with_consensus(actor: Actor, evaluation_id: UUID) -> Row[Evaluation, EvaluationRound, Case]:
    """One of hers on which there is a consensus. :raises NotFound: for every other, whether or not it exists."""
    return _one(with_consensus(actor), evaluation_id)


def _one(query: Mine, evaluation_id: UUID) -> Row[Evaluation, EvaluationRound, Case]:
    found = db.session.execute(query.where(Evaluation.id == evaluation_id)).first()
    if found is None:
        raise NotFound
    return found
