"""Give a case to an officer who follows it: the one with the fewest open cases, or whom a colleague names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.accounts import queries as accounts
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
from portal.tenants import queries as tenants


@effect("assign_monitor")
def assign_monitor(step: Step) -> None:
    """Give the case to the officer with the fewest open cases who is there today; who follows it already keeps it."""
    officers = queries.officers(step.case.tenant_id)
    if not officers or step.case.monitor_id in {person_id for person_id, _ in officers}:
        return
    today = step.now.astimezone(ZoneInfo(tenants.by_id(step.case.tenant_id).zone)).date()
    away = {absence.person for absence in accounts.away_on(today)}
    present = [officer for officer in officers if officer[0] not in away] or officers
    load = queries.open_cases_by_monitor()
    person_id, name = min(present, key=lambda officer: (load.get(officer[0], 0), officer[1], str(officer[0])))
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


def reassign(case_ids: Iterable[UUID], person_id: UUID, actor: Actor, now: datetime) -> tuple[int, int]:
    """Give many cases to another officer; how many went over, and how many had ended meanwhile.

    :raises NotAllowed: for anybody but a manager. :raises NotFound: when a case is not of this secretariat.
    :raises Invalid: when the person is not an officer of this secretariat, or no case was chosen.
    """
    if not holds(actor, Permission.CASE_REASSIGN):
        raise NotAllowed(N_("Only a programme manager may give many cases to somebody."))
    wanted = sorted(set(case_ids))
    if not wanted:
        raise Invalid({"cases": N_("Choose at least one case.")})
    given = ended = 0
    for case_id in wanted:  # in one order for everybody, so that two managers wait for each other instead of failing
        try:
            assign(cases.locked(case_id), person_id, actor, now)
            given += 1
        except NotNow:
            ended += 1
    return given, ended


def _give(case: Case, person_id: UUID, name: str, actor: Actor, now: datetime) -> None:
    case.monitor_id = person_id
    events.append(case, "assigned", actor, now, {"monitor": name, "monitor_id": str(person_id)})
    db.session.flush()
