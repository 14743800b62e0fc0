"""Remind of what an approval asks for: the client ahead of the day, the officer when the day has passed; once each.

A day that is set anew is reminded of anew; whoever has given evidence is not reminded, it is for the secretariat to
look at it then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, and_, or_, select

from portal.cases import queries as cases
from portal.cases.mail import notify
from portal.cases.models import Case, Event
from portal.cases.service import events
from portal.core.actor import Actor
from portal.core.routes import OBLIGATION_NAMES
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.models import Condition, Decision
from portal.review.queries import followed
from portal.review.service.conditions import CLAIMED, OPEN
from portal.tenants import queries as tenants

#: how long before its day the client is reminded; calendar days
BEFORE = timedelta(days=14)
BATCH = 200
REMINDED, OVERDUE = "condition_reminded", "condition_overdue"


def due(now: datetime, limit: int = BATCH) -> Select[Condition]:
    """The conditions of the tenant in scope that somebody is to be told of now, the most urgent first.

    Only what the letter has told outside, of cases that go on. :param now: UTC.
    """
    today = now.astimezone(ZoneInfo(tenants.by_id(tenancy.required()).zone)).date()
    told = select(Event.id).where(
        Event.case_id == Condition.case_id, Event.kind == "letter_sent", Event.at >= Decision.decided_at
    )
    return (
        select(Condition)
        .join(Case, Case.id == Condition.case_id)
        .join(Decision, Decision.id == Condition.decision_id)
        .where(
            Condition.state.in_((OPEN, CLAIMED)),
            Condition.due_on <= today + BEFORE,
            Case.is_open.is_(True),
            Decision.undone_at.is_(None),
            told.exists(),
            or_(
                and_(
                    Condition.state == OPEN,
                    Condition.due_on >= today,
                    Condition.reminded_for.is_distinct_from(Condition.due_on),
                ),
                and_(Condition.due_on < today, Condition.overdue_for.is_distinct_from(Condition.due_on)),
            ),
        )
        .order_by(Condition.due_on, Condition.case_id, Condition.number)
        .limit(limit)
    )


def remind(now: datetime, limit: int = BATCH) -> int:
    """Tell whoever has to know of conditions that are nearly due or overdue, in one mail for each case and side.

    :param now: UTC. :returns: how many conditions were told of. A second run at the same instant tells of none.
    """
    found: list[Condition] = sorted(db.session.scalars(due(now, limit)), key=lambda row: (row.case_id, row.number))
    return sum(_remind(key, list(rows), now) for key, rows in groupby(found, lambda row: row.case_id))


def _remind(case_id: UUID, found: list[Condition], now: datetime) -> int:
    case = cases.locked(case_id)
    today = now.astimezone(ZoneInfo(tenants.by_id(case.tenant_id).zone)).date()
    # A decision that another one has followed asks for nothing any more; its conditions are only passed over.
    standing = {row.id for row in followed.of_case(case_id, held=True) if row.state in (OPEN, CLAIMED)}
    ahead: list[Condition] = []
    late: list[Condition] = []
    for row in found:
        if _is_late(row, today):
            row.overdue_for = row.due_on
        else:
            row.reminded_for = row.due_on
        if row.id in standing:
            (late if _is_late(row, today) else ahead).append(row)
    _tell(case, ahead, REMINDED, now)
    _tell(case, late, OVERDUE, now)
    db.session.flush()
    if ahead:
        notify("condition_due", "applicants", case, now, _words(case, ahead, client=True))
    if late:
        notify("condition_overdue", "monitor", case, now, _words(case, late, client=False))
    return len(found)


def _is_late(row: Condition, today: date) -> bool:
    return row.due_on is not None and row.due_on < today


def _tell(case: Case, rows: Sequence[Condition], kind: str, now: datetime) -> None:
    for row in rows:
        facts = {"condition": row.number, "due_on": row.due_on.isoformat() if row.due_on else ""}
        events.append(case, kind, Actor.system(case.tenant_id), now, facts, subject=f"condition-{row.number}")


def _words(case: Case, rows: Sequence[Condition], *, client: bool) -> dict[str, Any]:
    """What the mail says: each condition in the words its reader knows, its day, and the page where it is answered."""
    own = followed.client_words(case, followed.of_case(case.id)) if client else {}
    tenant = tenants.by_id(case.tenant_id)
    base = f"{current_app.config['PORTAL'].base_url}/{tenant.slug}"
    page = f"cases/{case.reference}/conditions/" if client else f"desk/{case.reference}/?tab=conditions"
    return {
        "items": [
            {
                "number": row.number,
                "is_obligation": row.kind == "obligation",
                "name": OBLIGATION_NAMES.get(row.code) if row.kind == "obligation" else None,
                "text": own.get(row.number, (row.body, ""))[0],
                "due_on": row.due_on,
                "claimed": row.state == CLAIMED,
            }
            for row in rows
        ],
        "action_url": f"{base}/{page}",
    }
