"""What a report does to the grant it belongs to: the grant is told, spending is booked, tranches are released."""

from __future__ import annotations

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.steps import Step, effect
from portal.core.errors import NotNow
from portal.core.text import N_
from portal.grants import queries as grants
from portal.grants.rules import terms
from portal.grants.service.agreement import release
from portal.grants.service.reports import book_spending, open_next_report

#: Facts of a report's event that are told to the application's case; what was wrong in detail stays with the report.
TOLD = ("submission", "sha256", "reason", "from", "to")


@effect("tell_grant")
def tell_grant(step: Step) -> None:
    """State on the application's case what happened to its report; an accepted report books what was spent."""
    parent = application_of(step.case)
    data = {key: step.facts[key] for key in TOLD if key in step.facts}
    role = next(iter(sorted(step.actor.acts_as(step.case.organisation_id) & set(step.move.who))), "")
    events.append(
        parent,
        step.move.event,
        step.actor,
        step.now,
        {**data, "copied_from": step.case.reference},
        subject=step.case.subject,
        role=role,
    )
    if step.move.event != "report_accepted":
        return
    grant = grants.locked(parent.id)
    snapshot = cases.last_submission(step.case.id)
    if grant is None or snapshot is None:
        raise NotNow(N_("This report belongs to no grant that could book it."))
    book_spending(grant, snapshot.answers)


@effect("release_tranche")
def release_tranche(step: Step) -> None:
    """Release the tranches that waited for this report, accepted or waived; open the next report that is needed."""
    parent = application_of(step.case)
    grant = grants.locked(parent.id)
    if grant is None:
        raise NotNow(N_("This report belongs to no grant whose money it could release."))
    number = number_of(step.case)
    released = release(parent, grant, f"{terms.REPORT_ACCEPTED}:{number}", step.now)
    following = open_next_report(parent, grant, number + 1, step.now)
    events.refresh_clocks(parent, step.now)
    step.facts["released"] = [f"tranche-{tranche}" for tranche in released]
    amounts = {tranche.number: tranche.amount for tranche in grants.tranches_of(grant.id)}
    step.mail_context |= {
        "tranche": released[0] if released else None,
        "amount": str(sum((amounts[n] for n in released), grants.ZERO)) if released else None,
        "currency": grant.currency,
        "next_report": following.reference if following else None,
    }


def application_of(report: Case) -> Case:
    """The case of the application a report belongs to, held for writing.

    :raises NotNow: when it is none: only a report tells a grant anything.
    """
    if report.parent_id is None:
        raise NotNow(N_("This is not a report."))
    return cases.locked(report.parent_id)


def number_of(report: Case) -> int:
    """Which report it is: 1 for ``report-1``."""
    return int(report.subject.rpartition("-")[2])
