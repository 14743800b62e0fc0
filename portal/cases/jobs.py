"""The sweep: what time alone changes on the clocks of cases, recorded once, tenant by tenant.

Every minute each tenant's open clocks are looked up by one index range. Whose next instant has come is reckoned anew;
a warning and a breach become one event and one mail for each due date; where a process lapses by itself, it lapses.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.cases import queries
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.move import make_move, workflow_of
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotNow
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.standards import queries as standards
from portal.standards.models import Clock, StandardVersion
from portal.tenants import queries as tenants

log = logging.getLogger("portal.clocks")

SWEEP = "clocks.sweep"
BATCH = 200
LAPSE = "lapse"
#: Who hears that the time of a side is about to end; see ``owing`` for the two that depend on the subject.
OWING = {"translator": "translators", "applicant": "applicants", "recipient": "applicants"}


@dataclass(frozen=True)
class Swept:
    """What a sweep did: cases looked at, warnings and breaches recorded, cases lapsed, cases that failed."""

    cases: int = 0
    warned: int = 0
    breached: int = 0
    lapsed: int = 0
    failed: int = 0


@jobs.periodic("clocks.look", 60)
def look(run: jobs.Run) -> None:
    """Ask for a sweep of each tenant that has something due; a tenant's failure is its own."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            due = db.session.scalars(standards.due_for_check(run.now, 1)).first() is not None
            if due:
                minute = int(run.now.timestamp()) // 60
                jobs.enqueue(SWEEP, {}, tenant_id=tenant.id, now=run.now, unique_key=f"sweep:{minute}")
            db.session.flush()


@jobs.handler(SWEEP, lease_seconds=300, max_attempts=3)
def sweep_tenant(run: jobs.Run) -> None:
    """Sweep one batch of the tenant's due clocks; what is left comes with the next minute."""
    swept = sweep(run.now)
    if swept.failed:
        log.warning("sweep: %s of %s cases failed", swept.failed, swept.cases)


def sweep(now: datetime, limit: int = BATCH) -> Swept:
    """Record what time alone has changed, in the tenant in scope. A second run at the same instant changes nothing.

    :param now: UTC; :param limit: how many clocks at most.
    """
    due = db.session.scalars(standards.due_for_check(now, limit)).all()
    cases = list(dict.fromkeys(clock.case_id for clock in due))
    warned = breached = lapsed = failed = 0
    for case_id in cases:
        try:
            # One case that cannot be reckoned must not hold up all others.
            with db.session.begin_nested():
                found = sweep_case(case_id, now)
        except Exception:
            log.exception("clocks of case %s could not be swept", case_id)
            failed += 1
            continue
        warned, breached, lapsed = warned + found.warned, breached + found.breached, lapsed + found.lapsed
    return Swept(len(cases), warned, breached, lapsed, failed)


def sweep_case(case_id: UUID, now: datetime) -> Swept:
    """Reckon the clocks of one case anew; record warnings and breaches that have come; let it lapse if it must."""
    case = queries.locked(case_id)
    events.refresh_clocks(case, now)
    lapsed = _lapse(case, now)
    if lapsed:
        return Swept(1, lapsed=1)
    warned = breached = 0
    for clock, version in standards.clocks_of([case_id]):
        if clock.state != "running" or clock.due_at is None:
            continue
        if now > clock.due_at:
            breached += _breach(case, clock, version, now)
        elif clock.warn_at is not None and now >= clock.warn_at:
            warned += _warn(case, clock, version, now)
    db.session.flush()
    return Swept(1, warned, breached)


def _warn(case: Case, clock: Clock, version: StandardVersion, now: datetime) -> int:
    if clock.warned_at is not None:
        return 0
    clock.warned_at = now
    events.append(case, "warned", Actor.system(case.tenant_id), now, _facts(clock), subject=clock.subject or None)
    for group in owing(case, clock):
        notify("warning", group, case, now, _words(case, clock, version))
    return 1


def _breach(case: Case, clock: Clock, version: StandardVersion, now: datetime) -> int:
    if clock.breached_at is not None:
        return 0
    clock.breached_at = now
    clock.warned_at = clock.warned_at or now
    events.append(case, "breached", Actor.system(case.tenant_id), now, _facts(clock), subject=clock.subject or None)
    for group in ("monitor", "managers"):
        notify("breach", group, case, now, _words(case, clock, version))
    return 1


def _lapse(case: Case, now: datetime) -> bool:
    """Make the workflow's own lapse, where it has one in this state and its guard agrees."""
    system = Actor.system(case.tenant_id)
    moves = workflow_of(case).moves_for(case.state, frozenset({SYSTEM}))
    if not any(move.code == LAPSE for move in moves):
        return False
    try:
        make_move(case, LAPSE, system, now)
    except NotNow:
        return False
    return True


def owing(case: Case, clock: Clock) -> tuple[str, ...]:
    """The groups whose time a clock measures: payments are finance's, a signature is the signatory's."""
    if clock.side == "secretariat":
        return ("finance",) if clock.subject.startswith("tranche-") else ("monitor",)
    if clock.side == "recipient" and case.state == "signing":
        return ("signatories",)
    return (OWING.get(clock.side, "monitor"),)


def _facts(clock: Clock) -> dict[str, str]:
    return {"clock": clock.code, "due_at": clock.due_at.isoformat() if clock.due_at else ""}


def _words(case: Case, clock: Clock, version: StandardVersion) -> dict[str, object]:
    return {
        "zone": tenants.by_id(case.tenant_id).zone,
        "standard": dict(standards.parsed(version).name),
        "due_at": clock.due_at,
        "side": clock.side,
        "subject": clock.subject,
    }
