"""Close a grant: everything paid, every report accepted or waived."""

from __future__ import annotations

from portal.cases import queries as cases
from portal.cases.service.steps import Step, effect, guard
from portal.core.text import N_, Message
from portal.grants import queries

SETTLED = frozenset({"accepted", "waived"})


@guard("grant_settled")
def grant_settled(step: Step) -> Message | None:
    """Every tranche is paid and every report accepted or waived."""
    unpaid = queries.unpaid_of(step.case.id)
    if unpaid is None:
        return N_("This case has no grant.")
    if unpaid:
        return N_("Tranches still to be paid: %(count)s.", count=unpaid)
    owed = [report.reference for report in cases.reports_of(step.case.id) if report.state not in SETTLED]
    if owed:
        return N_("Reports still to be accepted: %(references)s.", references=tuple(owed))
    return None


@effect("close_grant")
def close_grant(step: Step) -> None:
    """Mark the grant as closed; what it paid and what was spent stands in the event."""
    grant = queries.locked(step.case.id)
    if grant is None:
        return
    grant.closed_at = step.now
    paid = queries.paid_by_grant([grant.id]).get(grant.id, queries.ZERO)
    spent = queries.spent_by_grant([grant.id]).get(grant.id, queries.ZERO)
    step.facts |= {"paid": str(paid), "spent": str(spent), "currency": grant.currency}
    step.mail_context |= {"paid": str(paid), "spent": str(spent), "currency": grant.currency}
