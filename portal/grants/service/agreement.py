"""What follows when the agreement of a grant is accepted: the first tranche is released, the first report is open."""

from __future__ import annotations

from datetime import datetime

from portal.cases.models import Agreed, Case
from portal.cases.service import agreements, events
from portal.cases.service.agreements import Keeper
from portal.cases.service.steps import Step, effect
from portal.core.actor import Actor
from portal.core.errors import NotNow
from portal.grants import queries
from portal.grants.models import Grant
from portal.grants.rules import terms
from portal.grants.service import papers
from portal.grants.service.reports import open_next_report


def _told(agreed: Agreed) -> dict[str, object]:
    return {"amount": str(agreed.amount), "currency": agreed.currency} if isinstance(agreed, Grant) else {}


agreements.keep("grant", Keeper(papers.KIND, queries.locked, _told))


@effect("accept_agreement")
def accept_agreement(step: Step) -> None:
    """Accept as the signatory the agreement names; release the first tranche and open the first report.

    :raises NotAllowed: for another person than the one named.
    :raises Invalid: when the password is wrong or the typed name is not the signatory's.
    """
    grant = agreements.accept(step)
    if not isinstance(grant, Grant):
        raise NotNow(agreements.NOT_DRAWN_UP)
    release(step.case, grant, terms.AGREEMENT_ACCEPTED, step.now)
    open_next_report(step.case, grant, 1, step.now)


def release(case: Case, grant: Grant, condition: str, now: datetime) -> list[int]:
    """Release the tranches whose condition is now met; the promise to pay begins with it.

    :param case: the application's case, loaded for writing.
    :returns: the numbers of the tranches released.
    """
    released = []
    for tranche in queries.tranches_of(grant.id):
        if tranche.condition == condition and tranche.released_at is None:
            tranche.released_at = now
            events.append(
                case,
                "tranche_released",
                Actor.system(case.tenant_id),
                now,
                {"amount": str(tranche.amount), "currency": grant.currency, "condition": condition},
                subject=f"tranche-{tranche.number}",
            )
            released.append(tranche.number)
    return released
