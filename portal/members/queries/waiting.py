"""What waits to go into the next circular."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.infra.db import db
from portal.members.models import Circular, CircularItem
from portal.members.queries import circulars
from portal.members.rules.windows import APPROVED, PARTS, WINDOWS
from portal.review.models import Decision

APPROVALS = ("approved", "approved_with_conditions", "approved_in_principle")
#: how far the first circular looks back for what was approved before there was one; calendar days
FIRST_LOOKS_BACK = timedelta(days=90)


def candidates(now: datetime) -> dict[str, list[Case]]:
    """The cases that could stand in each part of the next circular, the longest waiting first.

    Approved cases are those approved since the last circular, once their letter was sent and no embargo holds.

    :param now: UTC.
    """
    found = {part: _waiting_in(window.waits_in) for part, window in WINDOWS.items()}
    found[APPROVED] = _approved(now)
    return {part: found[part] for part in PARTS}


def _waiting_in(state: str) -> list[Case]:
    statement = select(Case).where(Case.state == state, Case.is_open.is_(True))
    return list(db.session.scalars(statement.order_by(Case.state_since, Case.reference)))


def _approved(now: datetime) -> list[Case]:
    last = circulars.last_sent()
    since = last.sent_at if last is not None and last.sent_at is not None else now - FIRST_LOOKS_BACK
    told: list[UUID] = list(
        db.session.scalars(
            select(CircularItem.case_id)
            .join(Circular, Circular.id == CircularItem.circular_id)
            .where(CircularItem.part == APPROVED, Circular.state == circulars.SENT)
        )
    )
    rows = db.session.execute(
        select(Case, Decision.embargo_until)
        .join(Decision, Decision.case_id == Case.id)
        .where(
            Decision.outcome.in_(APPROVALS),
            Decision.undone_at.is_(None),
            Decision.decided_at >= since - FIRST_LOOKS_BACK,
            # Whoever applied is told first: a decision whose letter is still to be sent is nobody else's to read.
            Case.state != "decided",
            Case.id.not_in(told),
        )
        .order_by(Decision.decided_at, Case.reference)
    )
    return [case for case, embargo in rows if embargo is None or embargo <= now]
