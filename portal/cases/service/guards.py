"""The guards that every workflow may name: is it complete, is it signed, is the call open, has time run out."""

from __future__ import annotations

from forms.engine import answers as reading
from portal.calls import queries as calls
from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service import stages
from portal.cases.service.context import form_context
from portal.cases.service.move import form_of
from portal.cases.service.steps import Step, guard
from portal.core.standards import reckon
from portal.core.text import N_, Message
from portal.core.workflow import STANDARD
from portal.standards import queries as standards
from portal.tenants import queries as tenants


@guard("complete")
def complete(step: Step) -> Message | None:
    """Every answer the form asks is there and right."""
    context = form_context(step.case, step.case.language, step.now)
    problems = reading.problems(form_of(step.case), queries.answers_of(step.case.id), context, "submit")
    if not problems:
        return None
    return N_("The form is not complete yet. Answers missing or to be mended: %(count)s.", count=len(problems))


def last_signature(case: Case) -> Event | None:
    """The sign-off that stands: given after the last change of an answer, and after the last submission."""
    last = queries.newest_event(case.id, ("signed_off", "submitted", "resubmitted"))
    if last is None or last.kind != "signed_off":
        return None
    changed = max((row.changed_at for row in queries.answer_rows(case.id).values()), default=None)
    return None if changed is not None and changed > last.at else last


@guard("unsigned")
def unsigned(step: Step) -> Message | None:
    """There is no sign-off yet that stands."""
    if last_signature(step.case) is None:
        return None
    return N_("The signatory has signed already. A change of an answer would ask for a new signature.")


@guard("signed_if_required")
def signed_if_required(step: Step) -> Message | None:
    """The signatory has signed what is to be submitted, where the tenant asks for it."""
    if not tenants.by_id(step.case.tenant_id).policy.sign_off_required or last_signature(step.case) is not None:
        return None
    return N_(
        "The signatory has to sign off first. Ask her on this page; a change after her signature needs a new one."
    )


@guard("call_open")
def call_open(step: Step) -> Message | None:
    """The call takes applications at this instant, or takes one from this organisation by a late entry."""
    call, first = calls.by_id(step.case.call_id), stages.before(step.case)
    if first is not None:  # a second stage: the time is that of the first one, the call may have closed long ago
        return stages.why_not(first, step.now)
    if call is None or calls.takes_from(call, step.case.organisation_id, step.now):
        return None
    if call.opens_at > step.now:
        return N_("The call opens on %(instant)s.", instant=call.opens_at)
    return N_("The call closed on %(instant)s.", instant=call.closes_at)


@guard("was_submitted")
def was_submitted(step: Step) -> Message | None:
    """The case was once submitted: a discarded draft cannot be reopened by the secretariat."""
    return None if step.case.is_submitted else N_("This was a draft; there is nothing to reopen.")


@guard("time_ran_out", STANDARD)
def time_ran_out(step: Step) -> Message | None:
    """The named clock was closed unanswered: its cap has passed."""
    return None if _ran_out(step, capped=True) else N_("There is still time.")


@guard("late", STANDARD)
def late(step: Step) -> Message | None:
    """The named clock is past its due date and does not stand still."""
    return None if _ran_out(step, capped=False) else N_("This is not late yet.")


def _ran_out(step: Step, *, capped: bool) -> bool:
    code = step.argument
    facts = queries.facts_of(queries.events_of(step.case.id))
    calendar = tenants.by_id(step.case.tenant_id).work_calendar
    for clock, version in standards.clocks_of([step.case.id]):
        if clock.code == code:
            found = reckon(standards.parsed(version), facts, calendar, step.now, clock.subject or None, explained=False)
            # A closed clock tells no cap any more; in the state that waits for the answer, missed means unanswered.
            return found.state == "missed" if capped else found.late and found.state != "paused"
    return False
