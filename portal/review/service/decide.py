"""Decide: with grounds, not by the person who assessed, within the limit; undo before the letter is sent."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import route, stages
from portal.cases.service.move import form_of
from portal.cases.service.steps import Step, condition, effect, guard
from portal.core import routes
from portal.core.errors import Invalid, NotNow
from portal.core.text import N_, Message
from portal.core.workflow import STATE
from portal.infra.db import db
from portal.review.models import Decision
from portal.review.queries import record as queries
from portal.review.rules.letters import WORDINGS, lines
from portal.review.service import conditions, embargo

APPROVALS = frozenset({"approved", "approved_with_conditions"})
NOT_ELIGIBLE = "not_eligible"
DOUBT = "eligibility_doubted"
REVISE = "revise_and_resubmit"


def amount_limit(case: Case) -> Decimal:
    """The most one may ask for, in the tenant's currency: what the case's submission kept, else the call's limit, else
    the tenant's for this instrument."""
    return stages.limit_of(case, route.policy_of(case))


@guard("not_the_doubter")
def not_the_doubter(step: Step) -> Message | None:
    """Whoever doubted the eligibility does not confirm the doubt."""
    doubt = queries.last_event(step.case.id, DOUBT)
    if doubt is None or doubt.actor_id != step.actor.person_id:
        return None
    return N_("You doubted the eligibility yourself; another programme manager has to confirm it.")


@guard("not_the_assessor")
def not_the_assessor(step: Step) -> Message | None:
    """Whoever assessed does not decide."""
    filed = queries.filed_assessment(step.case.id)
    if filed is None or filed.assessor_id != step.actor.person_id:
        return None
    return N_("You assessed this application yourself; another programme manager has to decide.")


@guard("within_limit")
def within_limit(step: Step) -> Message | None:
    """The amount is within what the manager may approve on this route."""
    limit, amount = amount_limit(step.case), step.case.amount
    if amount is None or amount <= limit:
        return None
    return N_(
        "The amount of %(amount)s %(currency)s is above the limit of %(limit)s; it cannot be approved on this route.",
        amount=amount,
        limit=limit,
        currency=step.case.currency,
    )


@condition("outcome", frozenset(WORDINGS))
def outcome(step: Step) -> bool:
    """The decision that stands has this outcome; an approval with conditions is an approval too."""
    decision = queries.standing_decision(step.case.id)
    if decision is None:
        return False
    if step.argument == "approved":
        return decision.outcome in APPROVALS
    return decision.outcome == step.argument


@condition("decided_in", STATE)
def decided_in(step: Step) -> bool:
    """The decision that stands was taken in one of the named states, from which an undone one goes on."""
    decision = queries.standing_decision(step.case.id)
    if decision is None:
        return False
    taken = next((e for e in cases.events_of(step.case.id) if e.data.get("decision") == str(decision.id)), None)
    return taken is not None and taken.data.get("from") in step.argument.split(",")


@guard("not_for_the_members")
def not_for_the_members(step: Step) -> Message | None:
    """The amount leaves the decision to a programme manager; above the middle limit only the members approve."""
    if step.case.route != routes.LARGE:
        return None
    return N_("The members decide about this amount: send the case back, so that it is put before them.")


@effect("record_decision", frozenset(WORDINGS))
def record_decision(step: Step) -> None:
    """Keep the decision with its grounds and who took it."""
    grounds, asked_for = str(step.inputs.get("grounds") or ""), str(step.inputs.get("conditions") or "")
    if step.argument == NOT_ELIGIBLE:
        doubt = queries.last_event(step.case.id, DOUBT)
        if doubt is None:
            raise NotNow(N_("Nobody has said why the application is not eligible."))
        grounds = str(doubt.data.get("grounds") or "")
        step.facts["reason_code"] = doubt.data.get("reason_code")
    if not step.actor.is_system and not grounds.strip():
        raise Invalid({"grounds": N_("Say on which grounds this is decided.")})
    if step.argument == REVISE:
        asked_for = _to_revise(step)
    decision = Decision(
        case_id=step.case.id,
        outcome=step.argument,
        grounds=grounds,
        conditions="\n".join(lines(asked_for)),
        decided_by=step.actor.person_id,
        decided_by_name=step.actor.name,
        decided_at=step.now,
        body=str(step.facts.get("body") or ("no_objection" if step.actor.is_system else "manager")),
        appeal_of=_appealed_against(step.case),
    )
    db.session.add(decision)
    db.session.flush()
    until = embargo.set_until(step.case)
    if step.target == embargo.EMBARGOED and until is not None:
        embargo.keep(step.case, decision, until, step.now)
    step.case.decided_at = step.now
    step.facts |= {"outcome": decision.outcome, "decision": str(decision.id)}


def _to_revise(step: Step) -> str:
    """What is to be revised, a line for each section, headed by its title in the language of whoever decides."""
    titles = {section.code: section.title for section in form_of(step.case).sections}
    chosen = dict(step.inputs["sections"])
    language = step.actor.language
    return "\n".join(f"{titles[code].get(language)}: {' '.join(why.split())}" for code, why in chosen.items())


def _appealed_against(case: Case) -> UUID | None:
    """The decision that a decision taken now answers an appeal against; None without one."""
    appeal = queries.last_event(case.id, "appealed", "reopened")
    if appeal is None or appeal.kind != "appealed":
        return None
    return next(
        (row.id for row in queries.decisions_of(case.id) if row.undone_at is None and row.decided_at < appeal.at), None
    )


@effect("open_for_revision")
def open_for_revision(step: Step) -> None:
    """With a decision to revise and resubmit: open the sections it names, each with what is to be revised."""
    decision = queries.standing_decision(step.case.id)
    if decision is None or decision.outcome != REVISE:
        return
    asked = queries.last_event(step.case.id, "revision_asked")
    if asked is None:
        raise NotNow(N_("There is no decision to write about."))
    step.case.returned_sections = dict(asked.data["sections"])


@effect("undo_decision")
def undo_decision(step: Step) -> None:
    """Mark the decision as undone and its letter as void; both stay in the record."""
    decision = queries.standing_decision(step.case.id)
    if decision is None:
        raise NotNow(N_("There is no decision to undo."))
    decision.undone_at = step.now
    conditions.forget(decision)
    step.case.decided_at = None
    for document in queries.letters_of(step.case.id):
        document.void_at = step.now
    step.facts["outcome"] = decision.outcome
