"""Moderation: one consensus of several reviewers, signed by each; and when a panel has ended."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.move import make_move, offers
from portal.cases.service.steps import Step, guard
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.evaluation import mail, queries
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound
from portal.evaluation.rules import scores
from portal.evaluation.service.evaluate import scoring_of
from portal.infra.db import db

DRAFT, SIGNED = "draft", "signed"
HIGHEST = Decimal(100)
#: where workflows say that the moves about an external evaluation are made
PLACE = frozenset({"evaluation"})
#: the score that counts (0 to 100) and how far scores lie apart (points)
Result = tuple[Decimal | None, Decimal | None]


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
    _check(score, summary)
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
    for one in filed_of(row, case.id):
        if str(one.person_id) not in found.signatures:
            mail.consensus(one, row, now)
    return found


def _check(score: Decimal | None, summary: str) -> None:
    problems: dict[str, Message] = {}
    if score is None or not 0 <= score <= HIGHEST:
        problems["score"] = N_("Enter a score from 0 to 100.")
    if not summary.strip():
        problems["summary"] = N_("Say what the reviewers agreed on.")
    if problems:
        raise Invalid(problems)


def sign(evaluation_id: UUID, seen: str, actor: Actor, now: datetime) -> Consensus:
    """Sign the consensus as one of its reviewers; with the last signature it is settled, and so is the panel.

    It is signed during the round or after it: reviewers mostly agree when the window is over.

    :param seen: the wording she read; a wording changed meanwhile is not signed by mistake.
    :raises NotFound: when it is not hers, she has not filed, or there is nothing to sign.
    :raises NotNow: when the wording was changed meanwhile.
    """
    if not holds(actor, Permission.EVALUATION_WRITE):
        raise NotAllowed
    _one, row, case = queries.one_with_consensus(actor, evaluation_id)
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
    if found.state == SIGNED:
        end_panel(case, Actor.system(actor.tenant_id), now)
    return found


def end_panel(case: Case, actor: Actor, now: datetime) -> bool:
    """End the external evaluation beside a case, if its workflow has one that may end now.

    :return: whether it was ended.
    """
    found = [offer.move for offer in offers(case, actor, now, PLACE) if offer.refusal is None]
    for move in found:
        make_move(case, move.code, actor, now)
    return bool(found)


def end_panels(row: EvaluationRound, actor: Actor, now: datetime) -> int:
    """End the external evaluation of every case of a round in which nothing is left to agree on; return how many."""
    return sum(end_panel(case, actor, now) for case in queries.waiting(row))


def results(row: EvaluationRound) -> dict[UUID, Result]:
    """The score that counts and the spread, by case: the signed consensus, else the mean of what was filed."""
    filed: dict[UUID, list[Decimal]] = {}
    for one, _name in queries.evaluations_of(row.id):
        if one.state == queries.FILED and one.score is not None:
            filed.setdefault(one.case_id, []).append(one.score)
    agreed = queries.consensuses_of(row.id)
    return {case_id: _result(values, agreed.get(case_id)) for case_id, values in filed.items()}


def result(row: EvaluationRound, case_id: UUID) -> Result:
    """The score that counts and the spread of one case."""
    values = [one.score for one in filed_of(row, case_id) if one.score is not None]
    return _result(values, queries.consensus_of(row.id, case_id))


def _result(values: list[Decimal], agreed: Consensus | None) -> Result:
    signed = agreed is not None and agreed.state == SIGNED
    return (agreed.score if agreed is not None and signed else scores.mean(values)), scores.spread(values)


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
    if count == 1:
        return None  # nobody to disagree with
    _score, apart = result(row, step.case.id)
    if apart is not None and apart <= scoring_of(row).spread:
        return None
    return N_("The scores lie far apart: write down a consensus for the reviewers to sign.")
