"""The end of a window: what the system does when the members' time is over, and the guards that workflows ask.

A window ends at its last instant, and so does what follows from it: the event is dated there, however late the sweep
comes. Until a minute has passed the sweep leaves it alone, so that words sent in the last second find their case.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from portal.cases import queries as cases
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.service import events, route
from portal.cases.service.move import make_move
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor
from portal.core.errors import NotNow
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.members.models import CircularItem
from portal.members.queries import circulars as queries
from portal.members.queries import membership
from portal.members.rules import silence
from portal.members.rules.windows import COORDINATION, GRACE, RECOMMENDED, WINDOWS, may_close
from portal.members.service.answer import REPLACED, WITHDRAWN

log = logging.getLogger("portal.members")

BATCH = 200
OVERRULED, RESOLVED = "overruled", "resolved"
TOO_FEW = N_(
    "Too few members were reached for their silence to count: %(reached)s of %(asked)s. Send the circular again to "
    "those whom it did not reach, and circulate the case once more."
)


@dataclass(frozen=True)
class Closed:
    """What a sweep did: windows closed, left open by too little silence, found without their case, and failed."""

    closed: int = 0
    insufficient: int = 0
    cancelled: int = 0
    failed: int = 0


# -- the sweep


def due(now: datetime, limit: int = BATCH) -> list[UUID]:
    """The items whose window the system may close by now, the longest over first. :param now: UTC."""
    return list(
        db.session.scalars(
            select(CircularItem.id)
            .where(
                CircularItem.state.in_((queries.OPEN, queries.CONTESTED)),
                CircularItem.closes_at <= now - GRACE,
                # An objection holds its case up until it is settled, however long that takes.
                ~((CircularItem.state == queries.CONTESTED) & _still_contested()),
            )
            .order_by(CircularItem.closes_at, CircularItem.id)
            .limit(limit)
        )
    )


def close_windows(now: datetime, limit: int = BATCH) -> Closed:
    """Close every window that is over, in the tenant in scope. A second run at the same instant changes nothing.

    :param now: UTC.
    """
    done = {"closed": 0, "insufficient": 0, "cancelled": 0, "failed": 0}
    for item_id in due(now, limit):
        try:
            # One case that cannot be moved must not hold up all others.
            with db.session.begin_nested():
                done[_close(item_id, now)] += 1
        except Exception:
            log.exception("window %s could not be closed", item_id)
            done["failed"] += 1
    return Closed(**done)


def _close(item_id: UUID, now: datetime) -> str:
    item = db.session.scalars(select(CircularItem).where(CircularItem.id == item_id)).one()
    case = cases.locked(item.case_id)
    db.session.refresh(item)
    window = WINDOWS[item.part]
    ends = item.closes_at
    if item.state not in (queries.OPEN, queries.CONTESTED) or ends is None or not may_close(ends, now):
        return "closed"
    if case.state not in window.open_in:
        item.state, item.ended_at = queries.CANCELLED, now
        return "cancelled"
    # What was held up by an objection goes on when that is settled; everything else at the window's own end.
    at = max(ends, case.state_since)
    if item.part == RECOMMENDED and not _suffices(case, item):
        return _leave(case, item, now)
    make_move(case, window.close, Actor.system(case.tenant_id), at)
    item.state, item.ended_at = queries.ENDED, at
    return "closed"


def _leave(case: Case, item: CircularItem, now: datetime) -> str:
    """End the window without a decision: who was not reached has not consented. The officer circulates again."""
    found = queries.count_of(item)
    item.state, item.ended_at = queries.ENDED, now
    facts = silence.as_data(found, membership.names(found.asked), route.policy_of(case).silence_quorum)
    events.append(case, "silence_insufficient", Actor.system(case.tenant_id), now, facts)
    notify("silence_insufficient", "monitor", case, now, {"reached": len(found.reached), "asked": len(found.asked)})
    return "insufficient"


def _suffices(case: Case, item: CircularItem) -> bool:
    return queries.count_of(item).suffices(route.policy_of(case).silence_quorum)


def _still_contested() -> ColumnElement[bool]:
    return select(Case.id).where(Case.id == CircularItem.case_id, Case.state == "contested").exists()


def will_close(case: Case, code: str, now: datetime) -> bool:
    """Whether the promise with this code ends by a window that is over and that the system closes in a moment.

    The sweep of the clocks asks: nobody has broken a promise by the minute in which the window is closed.
    """
    parts = [part for part, window in WINDOWS.items() if window.standard == code]
    if not parts:
        return False
    row = db.session.scalars(
        select(CircularItem.id).where(
            CircularItem.case_id == case.id,
            CircularItem.part.in_(parts),
            CircularItem.state.in_((queries.OPEN, queries.CONTESTED)),
            CircularItem.closes_at <= now,
        )
    ).first()
    return row is not None


# -- guards and effects


@guard("window_over", frozenset({RECOMMENDED, COORDINATION}))
def window_over(step: Step) -> Message | None:
    """The window of the named part is over."""
    item = queries.current_item(step.case.id, step.argument)
    if item is None or item.closes_at is None:
        return N_("The case was not sent to the members yet.")
    if step.now >= item.closes_at:
        return None
    return N_("The members may answer until %(instant)s.", instant=item.closes_at)


@guard("nobody_objects")
def nobody_objects(step: Step) -> Message | None:
    """No objection and no wish to discuss stands against the case."""
    found = queries.objecting(step.case.id)
    if not found:
        return None
    names = membership.names(row.organisation_id for row in found)
    return N_("There is an objection by %(who)s.", who=tuple(sorted(names.values())))


@guard("comments_answered")
def comments_answered(step: Step) -> Message | None:
    """Every comment that a member made has an answer of the secretariat."""
    left = sum(not row.answer_kind for row in queries.comments_of(step.case.id))
    if not left:
        return None
    return N_("Comments of members that wait for an answer: %(count)s.", count=left)


@guard("no_window_runs")
def no_window_runs(step: Step) -> Message | None:
    """The case does not wait for the members: an objection stands, or their time ended and was too little heard."""
    if step.case.state != "circulated":
        return None
    item = queries.current_item(step.case.id, RECOMMENDED)
    if item is None or item.state == queries.ENDED:
        return None
    return N_("The members may still answer; wait for the end of their time.")


@guard("was_objected_to")
def was_objected_to(step: Step) -> Message | None:
    """A member objected in the window the case was in last, and did not take it back: there is something to overrule.

    A decision that was undone leaves the case here too, also one that nobody objected to.
    """
    item = queries.current_item(step.case.id, RECOMMENDED)
    said = [row for row in queries.stances_of(step.case.id) if item is not None and row.item_id == item.id]
    if any(row.stance in silence.STOPPING and row.ending not in (REPLACED, WITHDRAWN) for row in said):
        return None
    return N_("Nobody objects: circulate the case again, and the members decide.")


@guard("body_named")
def body_named(step: Step) -> Message | None:
    """The policy names a body that may approve in spite of an objection."""
    policy = route.policy_of(step.case)
    if policy.objection_body:
        return None
    return N_("The rules name nobody who may approve in spite of an objection.")


@effect("record_silence")
def record_silence(step: Step) -> None:
    """Put into the event who was asked, who was reached, who kept silent, and under which quorum.

    :raises NotNow: when too few members were reached for their silence to count.
    """
    item = queries.current_item(step.case.id, RECOMMENDED)
    if item is None:
        raise NotNow(N_("The case was not sent to the members yet."))
    quorum = route.policy_of(step.case).silence_quorum
    found = queries.count_of(item)
    if not found.suffices(quorum):
        raise NotNow(Message(TOO_FEW.id, {"reached": len(found.reached), "asked": len(found.asked)}))
    step.facts |= silence.as_data(found, membership.names(found.asked), quorum)
    step.facts |= {"body": "no_objection", "window_ended": item.closes_at.isoformat() if item.closes_at else ""}


@effect("end_objections", frozenset({OVERRULED, RESOLVED}))
def end_objections(step: Step) -> None:
    """End what stands against the case, ``overruled`` or ``resolved``, with the words of the move; end its window."""
    ending = step.argument
    words = str(step.inputs.get("grounds") or step.inputs.get("reason") or "")
    for row in queries.objecting(step.case.id):
        row.ending, row.ended_at, row.ended_by_name, row.ending_reason = ending, step.now, step.actor.name, words
    item = queries.current_item(step.case.id, RECOMMENDED)
    if item is not None and item.state in (queries.OPEN, queries.CONTESTED):
        item.state, item.ended_at = queries.ENDED, step.now
    if ending == OVERRULED:
        step.facts["body"] = route.policy_of(step.case).objection_body
