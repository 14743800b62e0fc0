"""Remind the members that have not answered, once, some days before silence would speak for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.cases import queries as cases
from portal.cases.models import Event
from portal.cases.service import events
from portal.core.actor import Actor
from portal.infra.db import db
from portal.members.mail import to_focal_point
from portal.members.models import CircularAddressee, CircularItem
from portal.members.queries import circulars as queries
from portal.members.rules.windows import RECOMMENDED, REMINDER

BATCH = 200
TOLD = "members_reminded"


def due(now: datetime, limit: int = BATCH) -> list[UUID]:
    """The items recommended for approval whose window ends within three days and that nobody was reminded of.

    :param now: UTC.
    """
    reminded = select(Event.id).where(Event.case_id == CircularItem.case_id, Event.kind == TOLD)
    return list(
        db.session.scalars(
            select(CircularItem.id)
            .where(
                CircularItem.part == RECOMMENDED,
                CircularItem.state == queries.OPEN,
                CircularItem.closes_at > now,
                CircularItem.closes_at <= now + REMINDER,
                # A case that is circulated again is reminded of again: what counts is told since this circular.
                ~reminded.where(Event.at >= CircularItem.opens_at).exists(),
            )
            .order_by(CircularItem.closes_at, CircularItem.id)
            .limit(limit)
        )
    )


def remind(now: datetime, limit: int = BATCH) -> int:
    """Mail the focal points of every member that has said nothing of a case whose window is about to end.

    :param now: UTC. :returns: how many mails were queued. A second run at the same instant queues none.
    """
    return sum(_remind(item_id, now) for item_id in due(now, limit))


def _remind(item_id: UUID, now: datetime) -> int:
    item = db.session.scalars(select(CircularItem).where(CircularItem.id == item_id)).one()
    case = cases.locked(item.case_id)
    said = queries.standing(item.id)
    rows = db.session.execute(
        select(Person, CircularAddressee.organisation_id)
        .join(CircularAddressee, CircularAddressee.person_id == Person.id)
        .where(CircularAddressee.circular_id == item.circular_id, Person.active.is_(True))
        .order_by(Person.email)
    )
    silent = {person.id: person for person, organisation in rows if organisation not in said}
    words = {"reference": case.reference, "title": case.title or case.reference, "closes_at": item.closes_at}
    for person in silent.values():
        path = f"circulars/cases/{case.reference}/"
        to_focal_point("window_ends", person, case.tenant_id, path, now, words)
    events.append(case, TOLD, Actor.system(case.tenant_id), now, {"count": len(silent)})
    return len(silent)
