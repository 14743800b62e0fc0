"""Make a grant of what was approved: amount, budget lines, tranches, and the agreement to be accepted."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import delete, select

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case, Submission
from portal.cases.service import route
from portal.cases.service.steps import Step, effect
from portal.core.errors import NotNow
from portal.core.policy import TenantPolicy
from portal.core.text import N_
from portal.grants import queries
from portal.grants.models import Grant, GrantLine, Tranche
from portal.grants.rules import terms
from portal.grants.service import papers
from portal.infra.db import db
from portal.review.models import Decision

APPROVING = frozenset({"approved", "approved_with_conditions"})


@effect("make_grant")
def make_grant(step: Step) -> None:
    """With an approving decision: make the grant from the last submission and have its agreement typeset.

    :raises NotNow: when the approved application names no amount, or its budget does not add up to it.
    """
    decision = standing_decision(step.case)
    if decision is None:
        raise NotNow(N_("There is no decision yet to send a letter about."))
    step.facts.setdefault("outcome", decision.outcome)
    if decision.outcome not in APPROVING:
        return
    snapshot = cases.last_submission(step.case.id)
    if snapshot is None:
        raise NotNow(N_("Nothing was submitted that could be granted."))
    step.case.funded_at = decision.decided_at
    grant = _grant(step, snapshot)
    _lines(grant, snapshot)
    _tranches(grant, route.policy_of(step.case))
    db.session.flush()
    papers.prepare_agreement(step.case, grant, snapshot, decision.conditions, step.now)


def standing_decision(case: Case) -> Decision | None:
    """The decision that stands: the newest that was not undone."""
    return db.session.scalars(
        select(Decision)
        .where(Decision.case_id == case.id, Decision.undone_at.is_(None))
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(1)
    ).first()


def _grant(step: Step, snapshot: Submission) -> Grant:
    """The case's grant, new or made anew: a reopened case may be approved a second time, with other figures."""
    case = step.case
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    promoted = reading.promote(definition, snapshot.answers)
    amount, duration = promoted.get("amount"), promoted.get("duration")
    if not isinstance(amount, Decimal) or amount <= 0:
        raise NotNow(N_("The approved application names no amount; a grant cannot be made of it."))
    grant = queries.locked(case.id)
    if grant is not None:
        if grant.accepted_at is not None:
            raise NotNow(N_("The agreement of this grant was accepted already; it is changed by an amendment."))
        _clear(case, grant, step)
    else:
        grant = Grant(case_id=case.id)
        db.session.add(grant)
    grant.submission_number, grant.amount, grant.currency = snapshot.number, amount, case.currency
    grant.duration_months, grant.created_at = int(duration or 0), step.now
    db.session.flush()
    return grant


def _clear(case: Case, grant: Grant, step: Step) -> None:
    for row in queries.agreements_of(case.id):
        row.void_at = step.now
    db.session.execute(delete(GrantLine).where(GrantLine.grant_id == grant.id))
    db.session.execute(delete(Tranche).where(Tranche.grant_id == grant.id))
    grant.signatory_id, grant.signatory_name, grant.sent_at, grant.closed_at = None, "", None, None


def _lines(grant: Grant, snapshot: Submission) -> None:
    rows = terms.lines(reading.table_rows(snapshot.answers, "budget.budget"))
    if sum((line.amount for line in rows), Decimal(0)) != grant.amount:
        raise NotNow(N_("The lines of the approved budget do not add up to the amount of the grant."))
    for line in rows:
        db.session.add(
            GrantLine(
                grant_id=grant.id,
                number=line.number,
                label=line.label[:300],
                category=line.category[:40],
                amount=line.amount,
                spent=Decimal(0),
            )
        )


def _tranches(grant: Grant, policy: TenantPolicy) -> None:
    for part in terms.tranches(grant.amount, policy.tranche_shares):
        db.session.add(Tranche(grant_id=grant.id, number=part.number, amount=part.amount, condition=part.condition))
