"""Two stages: an application approved in principle goes on as another one, begun with what was written already.

The first one waits meanwhile: its clock says until when, whoever gives more time gives it there, and it ends when the
second one is submitted. A full proposal that comes too late finds the first stage lapsed (Guidelines for the Catalytic
Fund, 2011: full proposals are invited after the approval of the concept note).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from portal.calls import queries as calls
from portal.cases.models import Case
from portal.cases.service.move import make_move, workflow_of
from portal.cases.service.steps import Step, effect
from portal.core.actor import Actor
from portal.core.policy import TenantPolicy
from portal.core.text import N_, Message
from portal.infra import tenancy
from portal.infra.db import db
from portal.standards import queries as standards

#: the move that ends a first stage
FOLLOW_UP = "follow_up"
#: how many months its clock gives by itself; a call may give more
USUAL_MONTHS = 2


def awaits(note: Case) -> bool:
    """Whether an application was approved in principle and waits for the one that follows it."""
    move = workflow_of(note).moves.get(FOLLOW_UP)
    return move is not None and note.state in move.sources


def next_of(note: Case) -> Case | None:
    """The application that follows another one; one that was thrown away as a draft does not count."""
    if not note.is_submitted or FOLLOW_UP not in workflow_of(note).moves:
        return None
    following = select(Case).where(Case.follows_id == note.id).order_by(Case.created_at.desc())
    rows = tenancy.once(("following", note.id), lambda: tuple(db.session.scalars(following)))
    return next((row for row in rows if row.is_open or row.is_submitted), None)


def before(case: Case) -> Case | None:
    """The first stage that a case follows; None for one that follows nothing of the kind."""
    if case.follows_id is None:
        return None
    note = db.session.scalars(select(Case).where(Case.id == case.follows_id)).first()
    return note if note is not None and note.instrument != case.instrument and note.call_id == case.call_id else None


def due_of(note: Case) -> datetime | None:
    """Until when the application that follows has to be submitted (UTC): what the running clock says."""
    due = [clock.due_at for clock, _ in standards.clocks_of([note.id]) if clock.is_open and clock.side == "applicant"]
    return min((at for at in due if at is not None), default=None)


def why_not(note: Case, now: datetime) -> Message | None:
    """Why the application that follows cannot be submitted now; None when it can."""
    due = due_of(note)
    if not awaits(note) or due is None:
        return N_("The application %(reference)s does not wait for a full proposal.", reference=note.reference)
    return None if now <= due else N_("The full proposal was due on %(instant)s.", instant=due)


def most(case: Case) -> Decimal | None:
    """The most a full proposal may ask for: what was approved in principle. None where nothing was."""
    note = before(case)
    return note.amount if note is not None else None


def limit_of(case: Case, policy: TenantPolicy) -> Decimal:
    """The most a case may ask for: what its instrument may grant at all, and what was approved in principle."""
    limit, approved = policy.limit_for(case.instrument), most(case)
    return limit if approved is None else min(limit, approved)


def neighbours(case: Case) -> list[tuple[Message, Case]]:
    """The applications before and after one of two stages, each with how it is related."""
    first, then = before(case), next_of(case)
    found = [(N_("It follows %(reference)s", reference=first.reference), first)] if first is not None else []
    if then is not None:
        found.append((N_("It is followed by %(reference)s", reference=then.reference), then))
    return found


@effect("follow_first_stage")
def follow_first_stage(step: Step) -> None:
    """The full proposal is there: what was approved in principle ends with it."""
    note = before(step.case)
    if note is not None and awaits(note):
        make_move(note, FOLLOW_UP, Actor.system(note.tenant_id), step.now)


@effect("name_next_stage")
def name_next_stage(step: Step) -> None:
    """Name the application that followed in the record of the one it follows."""
    found = next_of(step.case)
    if found is not None:
        step.facts["followed_by"] = found.reference


def more_months(note: Case) -> int:
    """How many months more than usual its call gives for a full proposal; the clock reads it in the letter's event."""
    call = calls.by_id(note.call_id)
    return max(0, call.next_months - USUAL_MONTHS) if call is not None else 0
