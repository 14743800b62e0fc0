"""Give a case to an officer who follows it: the one with the fewest open cases, or whom a colleague names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.steps import Step, effect
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.infra.db import db
from portal.review.queries import record as queries


@effect("assign_monitor")
def assign_monitor(step: Step) -> None:
    """Give the case to the officer with the fewest open cases; one who follows it already keeps it."""
    officers = queries.officers(step.case.tenant_id)
    if not officers or step.case.monitor_id in {person_id for person_id, _ in officers}:
        return
    load = queries.open_cases_by_monitor()
    person_id, name = min(officers, key=lambda officer: (load.get(officer[0], 0), officer[1], str(officer[0])))
    _give(step.case, person_id, name, step.actor, step.now)


def assign(case: Case, person_id: UUID, actor: Actor, now: datetime) -> Case:
    """Give a case to another officer.

    :raises NotAllowed: for anybody but an officer or a manager. :raises NotNow: for a case that has ended.
    :raises Invalid: when the person is not an officer of this secretariat.
    """
    case = cases.locked(case.id)
    if not (actor.is_staff and case.is_submitted):
        raise NotFound
    if not holds(actor, Permission.CASE_ASSIGN):
        raise NotAllowed(N_("Only a programme officer or a programme manager may give a case to somebody."))
    if not case.is_open:
        raise NotNow(N_("This case has ended; nobody has to follow it any more."))
    name = dict(queries.officers(case.tenant_id)).get(person_id)
    if name is None:
        raise Invalid({"monitor": N_("Choose one of the programme officers.")})
    if case.monitor_id != person_id:
        _give(case, person_id, name, actor, now)
    return case


def _give(case: Case, person_id: UUID, name: str, actor: Actor, now: datetime) -> None:
    case.monitor_id = person_id
    events.append(case, "assigned", actor, now, {"monitor": name, "monitor_id": str(person_id)})
    db.session.flush()
