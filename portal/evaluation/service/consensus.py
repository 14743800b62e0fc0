"""Moderation: one consensus of several reviewers, signed by each; and when a panel has ended."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.steps import Step, guard
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.evaluation import queries
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound
from portal.evaluation.rules import scores
from portal.evaluation.service.evaluate import scoring_of
from portal.infra.db import db

DRAFT, SIGNED = "draft", "signed"
HIGHEST = Decimal(100)


def filed_of(row: EvaluationRound, case_id: UUID) -> list[Evaluation]:
    """The filed evaluations of a case in a round."""
    return [one for one, _name in queries.evaluations_of(row.id, case_id) if one.state == queries.FILED]


def moderate(
    row: EvaluationRound, case: Case, score: Decimal | None, summary: str, actor: Actor, now: datetime
) -> Consensus:
    """Write down what the reviewers agreed on; a new wording has to be signed anew by everybody.

    :param score: 0 to 100.
    :raises NotAllowed: unless the actor manages evaluations.
    :raises NotNow: while fewer than needed are filed, or when it is signed by all.
    :raises Invalid: naming ``score`` or ``summary``.
    """
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
    if len(filed_of(row, case.id)) < row.needed:
        raise NotNow(N_("Fewer evaluations are filed than this round needs."))
    problems: dict[str, Message] = {}
    if score is None or not 0 <= score <= HIGHEST:
        problems["score"] = N_("Enter a score from 0 to 100.")
    if not summary.strip():
        problems["summary"] = N_("Say what the reviewers agreed on.")
    if problems:
        raise Invalid(problems)
    cases.locked(case.id)
    found = queries.consensus_of(row.id, case.id)
    if found is None:
        found = Consensus(round_id=row.id, case_id=case.id, state=DRAFT, changed_at=now)
        db.session.add(found)
    if found.state == SIGNED:
        raise NotNow(N_("The consensus is signed by every reviewer."))
    if (found.score, found.summary) != (score, summary.strip()):
        found.signatures = {}
    found.score, found.summary, found.changed_at = score, summary.strip(), now
    found.moderator_id, found.moderator_name = actor.person_id, actor.name
    db.session.flush()
    return found


def sign(evaluation_id: UUID, seen: str, actor: Actor, now: datetime) -> Consensus:
    """Sign the consensus as one of its reviewers; with the last signature it is settled.

    :param seen: the wording she read; a wording changed meanwhile is not signed by mistake.
    :raises NotFound: when it is not hers, or there is nothing to sign. :raises NotNow: before she filed.
    """
    one, row, case = queries.one_readable(actor, evaluation_id, now)
    if one.state != queries.FILED:
        raise NotNow(N_("File your own evaluation first."))
    case = cases.locked(case.id)
    query = select(Consensus).where(Consensus.round_id == row.id, Consensus.case_id == case.id)
    found = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    if seen != found.changed_at.isoformat():
        raise NotNow(N_("The wording was changed meanwhile. Read it again before you sign."))
    if str(actor.person_id) in found.signatures:
        return found
    found.signatures = {**found.signatures, str(actor.person_id): {"name": actor.name, "at": now.isoformat()}}
    if {str(other.person_id) for other in filed_of(row, case.id)} <= set(found.signatures):
        found.state = SIGNED
    db.session.flush()
    events.append(case, "consensus_signed", actor, now, {"round": row.code, "settled": found.state == SIGNED})
    return found


def result(row: EvaluationRound, case_id: UUID) -> tuple[Decimal | None, Decimal | None]:
    """The score that counts and the spread: the signed consensus, else the mean of what was filed."""
    values = [one.score for one in filed_of(row, case_id) if one.score is not None]
    agreed = queries.consensus_of(row.id, case_id)
    if agreed is not None and agreed.state == SIGNED:
        return agreed.score, scores.spread(values)
    return scores.mean(values), scores.spread(values)


@guard("panel_ended")
def panel_ended(step: Step) -> Message | None:
    """As many evaluations are filed as needed, and the reviewers agree: in writing, or because their scores do."""
    found = queries.rounds_with(step.case.id)
    if not found:
        return N_("Nobody has been asked to evaluate this case yet.")
    row = found[0]
    count = len(filed_of(row, step.case.id))
    if count < row.needed:
        return N_("Evaluations filed: %(count)s of %(needed)s.", count=count, needed=row.needed)
    agreed = queries.consensus_of(row.id, step.case.id)
    if agreed is not None:
        return None if agreed.state == SIGNED else N_("The consensus is not signed by every reviewer yet.")
    _score, apart = result(row, step.case.id)
    if apart is not None and apart <= scoring_of(row).spread:
        return None
    return N_("The scores lie far apart: write down a consensus for the reviewers to sign.")
