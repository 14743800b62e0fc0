"""Accept a partnership agreement: it is in force from that day, for its years."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from portal.cases.models import Agreed
from portal.cases.service import agreements
from portal.cases.service.agreements import Keeper
from portal.cases.service.steps import Step, effect
from portal.core.errors import NotNow
from portal.partnerships import queries
from portal.partnerships.models import Partnership
from portal.partnerships.rules import last_day
from portal.tenants import queries as tenants


def _told(agreed: Agreed) -> dict[str, object]:
    return {"years": agreed.years} if isinstance(agreed, Partnership) else {}


agreements.keep("partnership", Keeper(queries.KIND, queries.locked, _told))


@effect("sign_agreement")
def sign_agreement(step: Step) -> None:
    """Accept as the signatory the agreement names; it is in force from this day in the tenant's zone.

    :raises NotNow: when it was not sent. :raises NotAllowed: for another person than the one named.
    :raises Invalid: when the password is wrong or the typed name is not the signatory's.
    """
    first = step.now.astimezone(ZoneInfo(tenants.by_id(step.case.tenant_id).zone)).date()
    partnership = agreements.accept(step)
    if not isinstance(partnership, Partnership):
        raise NotNow(agreements.NOT_DRAWN_UP)
    partnership.in_force_from, partnership.ends_on = first, last_day(first, partnership.years)
    step.facts |= {"in_force_from": first.isoformat(), "ends_on": partnership.ends_on.isoformat()}
    step.mail_context |= {"in_force_from": first, "ends_on": partnership.ends_on}
