"""What an appeal needs: that there is still time for it, and that somebody else decides."""

from __future__ import annotations

from portal.cases import queries
from portal.cases.service.steps import Step, guard
from portal.core.standards import reckon
from portal.core.text import N_, Message
from portal.core.workflow import STANDARD
from portal.standards import queries as standards
from portal.tenants import queries as tenants

APPEALED = "appealed"
REFUSALS = frozenset({"declined", "found_not_eligible"})


@guard("in_time", STANDARD)
def in_time(step: Step) -> Message | None:
    """The named clock runs and its time is not over."""
    facts = queries.facts_of(queries.events_of(step.case.id))
    calendar = tenants.by_id(step.case.tenant_id).work_calendar
    for clock, version in standards.clocks_of([step.case.id]):
        if clock.code == step.argument:
            found = reckon(standards.parsed(version), facts, calendar, step.now, clock.subject or None, explained=False)
            if found.state in ("running", "paused") and not found.late:
                return None
            return N_("The time for this ended on %(instant)s.", instant=found.due_at)
    return N_("There is no time set for this now.")


@guard("another_decides_the_appeal")
def another_decides_the_appeal(step: Step) -> Message | None:
    """Whoever took the decision that was appealed against does not decide again."""
    refused_by, first = None, None
    for event in queries.events_of(step.case.id):
        if event.kind in REFUSALS:
            refused_by = event.actor_id
        elif event.kind == APPEALED:
            first = refused_by
        elif event.kind == "reopened":
            first = None
    if first is None or first != step.actor.person_id:
        return None
    return N_("You took the decision appealed against; another programme manager has to decide now.")
