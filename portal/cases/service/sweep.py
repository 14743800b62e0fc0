"""What time alone changes on the clocks of cases: worked out anew, recorded once, told to whom it concerns.

Warnings, the breach and the steps of the escalation are told in their order, each once for a due date; where a process
lapses by itself, it lapses.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from portal.cases import queries
from portal.cases.mail import notify
from portal.cases.models import Case, Event
from portal.cases.service import events
from portal.cases.service.move import make_move, workflow_of
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotNow
from portal.infra.db import db
from portal.standards import queries as standards
from portal.standards import service
from portal.standards.models import Clock
from portal.standards.rules.readings import Reading
from portal.standards.rules.steps import BREACH, ESCALATION, Step, come, to_tell
from portal.tenants import queries as tenants

log = logging.getLogger("portal.clocks")

BATCH = 400
LAPSED = "lapsed"
#: when a case that could not be swept is looked at again
AGAIN = timedelta(hours=1)
#: Who hears that the time of a side is about to end; see ``owing`` for the two that depend on the subject.
OWING = {"translator": "translators", "applicant": "applicants", "recipient": "applicants"}
#: Whom a step of the escalation tells: the officer who follows the case, or all who hold a role.
ROLE_GROUPS = {
    "programme_officer": "monitor",
    "programme_manager": "managers",
    "finance_officer": "finance",
    "translator": "translators",
}
#: Asked before the end of a promise is told: whether a feature ends it itself in a moment (case, code, now).
HELD: list[Callable[[Case, str, datetime], bool]] = []


@dataclass(frozen=True)
class Swept:
    """What a sweep did: cases looked at, warnings and breaches recorded, later steps told, cases lapsed or failed."""

    cases: int = 0
    warned: int = 0
    breached: int = 0
    escalated: int = 0
    lapsed: int = 0
    failed: int = 0

    def __add__(self, other: Swept) -> Swept:
        """Both together."""
        return Swept(
            self.cases + other.cases,
            self.warned + other.warned,
            self.breached + other.breached,
            self.escalated + other.escalated,
            self.lapsed + other.lapsed,
            self.failed + other.failed,
        )


def sweep(now: datetime, limit: int = BATCH) -> Swept:
    """Record what time alone has changed, in the tenant in scope. A second run at the same instant changes nothing.

    :param now: UTC; :param limit: how many clocks at most.
    """
    due = db.session.scalars(standards.due_for_check(now, limit)).all()
    ids = sorted({clock.case_id for clock in due})
    if not ids:
        return Swept()
    cases = db.session.scalars(
        select(Case)
        .where(Case.id.in_(ids))
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    facts: dict[UUID, list[Event]] = defaultdict(list)
    for event in db.session.scalars(select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.seq)):
        facts[event.case_id].append(event)
    clocks: dict[UUID, list[Clock]] = defaultdict(list)
    for clock in db.session.scalars(
        select(Clock).where(Clock.case_id.in_(ids)).execution_options(populate_existing=True)
    ):
        clocks[clock.case_id].append(clock)
    done = Swept()
    for case in cases:
        try:
            # One case that cannot be reckoned must not hold up all others.
            with db.session.begin_nested():
                done += _sweep(case, facts[case.id], clocks[case.id], now)
        except Exception:
            log.exception("clocks of case %s could not be swept", case.id)
            _set_aside(case.id, now)
            done += Swept(1, failed=1)
    return done


def _set_aside(case_id: UUID, now: datetime) -> None:
    """Look at a case that fails again in a while: it must not stand first in line for ever."""
    db.session.execute(
        update(Clock)
        .where(Clock.case_id == case_id, Clock.is_open.is_(True), Clock.next_check_at <= now)
        .values(next_check_at=now + AGAIN),
        execution_options={"synchronize_session": False},
    )


def sweep_case(case_id: UUID, now: datetime) -> Swept:
    """Sweep one case, whatever is due on it. :param now: UTC."""
    case = queries.locked(case_id)
    clocks = db.session.scalars(select(Clock).where(Clock.case_id == case_id)).all()
    return _sweep(case, queries.events_of(case_id), clocks, now)


def _sweep(case: Case, happened: Sequence[Event], clocks: Sequence[Clock], now: datetime) -> Swept:
    """Reckon the clocks of one case anew; tell what has come; let it lapse if it must."""
    found = service.refresh(case, queries.facts_of(happened), now, clocks)
    if _lapse(case, now):
        return Swept(1, lapsed=1)
    done = Swept(1)
    for clock, reading in found:
        if any(held(case, clock.code, now) for held in HELD):
            continue
        new = to_tell(reading.reckoning, clock.told, now)
        for step in new:
            done += _tell(case, clock, reading, step, now)
        clock.told = max(clock.told, len(come(reading.reckoning, now)))  # of a clock that stands still nothing is told
    return done


def _tell(case: Case, clock: Clock, reading: Reading, step: Step, now: datetime) -> Swept:
    system, subject = Actor.system(case.tenant_id), clock.subject or None
    facts = {"clock": clock.code, "due_at": clock.due_at.isoformat() if clock.due_at else ""}
    words = _words(case, clock, reading)
    if step.kind == ESCALATION:
        events.append(case, "escalated", system, now, {**facts, "role": step.role}, subject=subject)
        notify("breach", ROLE_GROUPS.get(step.role, "managers"), case, now, words)
        return Swept(escalated=1)
    if step.kind == BREACH:
        clock.breached_at, clock.warned_at = now, clock.warned_at or now
        events.append(case, "breached", system, now, facts, subject=subject)
        for group in _told_of_breach(reading):
            notify("breach", group, case, now, words)
        return Swept(breached=1)
    first, clock.warned_at = clock.warned_at is None, clock.warned_at or now
    if first:
        events.append(case, "warned", system, now, facts, subject=subject)
    for group in owing(case, clock):
        notify("warning", group, case, now, words)
    return Swept(warned=1)


def _told_of_breach(reading: Reading) -> tuple[str, ...]:
    """Whom the breach itself tells: the monitor, unless a step of the escalation tells her at the same instant."""
    at_once = {ROLE_GROUPS.get(e.role, "managers") for e in reading.standard.escalation if e.after == 0}
    return () if "monitor" in at_once else ("monitor",)


def _lapse(case: Case, now: datetime) -> bool:
    """Make the workflow's own lapse, where it has one in this state and its guard agrees."""
    system = Actor.system(case.tenant_id)
    moves = workflow_of(case).moves_for(case.state, frozenset({SYSTEM}))
    for move in moves:
        if move.event == LAPSED:
            try:
                make_move(case, move.code, system, now)
            except NotNow:
                continue
            return True
    return False


def owing(case: Case, clock: Clock) -> tuple[str, ...]:
    """The groups whose time a clock measures: payments are finance's, a signature is the signatory's."""
    if clock.side == "secretariat":
        return ("finance",) if clock.subject.startswith("tranche-") else ("monitor",)
    if clock.side == "recipient" and case.state == "signing":
        return ("signatories",)
    return (OWING.get(clock.side, "monitor"),)


def _words(case: Case, clock: Clock, reading: Reading) -> dict[str, object]:
    return {
        "zone": tenants.by_id(case.tenant_id).zone,
        "standard": dict(reading.standard.name),
        "due_at": clock.due_at,
        "side": clock.side,
        "subject": clock.subject,
    }
