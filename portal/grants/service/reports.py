"""What a grant asks of its client in reports, and what a report changes in the grant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.service import route
from portal.cases.service.start import open_report
from portal.grants import queries
from portal.grants.models import Grant
from portal.grants.rules import terms
from portal.tenants import queries as tenants

USE_OF_FUNDS = "funds.use_of_funds"


def period_end(case: Case, accepted_at: datetime, number: int) -> str:
    """The last day of a report's period, as an ISO date in the tenant's zone.

    :param number: 1 for the first report; each period lasts as many calendar days as the policy says.
    """
    zone = ZoneInfo(tenants.by_id(case.tenant_id).zone)
    days = route.policy_of(case).report_period_days * number
    return (accepted_at.astimezone(zone).date() + timedelta(days=days)).isoformat()


def open_next_report(case: Case, grant: Grant, number: int, now: datetime) -> Case | None:
    """Open a report when a tranche still waits for it; its table of spending begins with the grant's lines.

    :param case: the application's case; :param number: 1 for the first report.
    :returns: the report's case, or None when no tranche needs it.
    """
    waiting = any(
        terms.report_needed(tranche.condition) == number and tranche.released_at is None
        for tranche in queries.tranches_of(grant.id)
    )
    if not waiting:
        return None
    row = _report_row(case, number)
    lines = [terms.Line(line.number, line.label, line.category, line.amount) for line in queries.lines_of(grant.id)]
    last_day = period_end(case, grant.accepted_at or now, number)
    report = open_report(
        case,
        str(row["form"]),
        number,
        now,
        form_version=int(row.get("version", 1)),
        facts={"period_end": last_day},
        prefilled={"funds": {"use_of_funds": terms.use_of_funds(lines)}},
    )
    notify("report_due", "applicants", report, now, {"period_end": date.fromisoformat(last_day)})
    return report


def _report_row(case: Case, number: int) -> Mapping[str, Any]:
    """What the instrument says of this report; the last row holds for all further ones."""
    rows = instruments.report_rows(case.instrument)
    return rows[min(number, len(rows)) - 1]


def book_spending(grant: Grant, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what an accepted report says was spent of each line; reports give totals since the grant's beginning."""
    found = terms.spending(reading.table_rows(answers, USE_OF_FUNDS))
    for line in queries.lines_of(grant.id):
        if line.number in found:
            line.spent = found[line.number]
