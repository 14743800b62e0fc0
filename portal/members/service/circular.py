"""Circulars: made by an officer, sent to every member of the day, each of its focal points in her language.

A circular has three parts, as those of the Cities Alliance had: recommended for approval, for donor coordination,
approved. What was sent does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Person
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.infra.db import db
from portal.members.mail import to_focal_point
from portal.members.models import Circular, CircularAddressee, CircularItem
from portal.members.queries import circulars as queries
from portal.members.queries import membership, waiting
from portal.members.rules import silence
from portal.members.rules.windows import PARTS, WINDOWS
from portal.organisations.models import Organisation
from portal.standards import queries as standards

LONGEST = 10_000


def compose(chosen: Mapping[str, Iterable[UUID]], introduction: str, actor: Actor, now: datetime) -> Circular:
    """Keep the draft of the next circular: what stands in each part, and the words before it. There is one draft.

    :param chosen: part → the cases, in their order; cases that do not wait for this part are refused.
    :raises NotAllowed: unless the actor is an officer or a manager. :raises Invalid: naming ``items`` or
        ``introduction``.
    """
    _may_manage(actor)
    if len(introduction) > LONGEST:
        raise Invalid({"introduction": N_("Write at most %(most)s characters.", most=LONGEST)})
    offered = {part: {case.id for case in rows} for part, rows in waiting.candidates(now).items()}
    wanted = {part: [key for key in chosen.get(part, ()) if key in offered[part]] for part in PARTS}
    if not any(wanted.values()):
        raise Invalid({"items": N_("Choose at least one case that waits to be shown to the members.")})
    row = queries.draft()
    if row is None:
        row = _begin(actor, now)
    row.introduction = introduction.strip()
    db.session.flush()
    db.session.execute(
        delete(CircularItem).where(CircularItem.circular_id == row.id).execution_options(synchronize_session="fetch")
    )
    places = [(part, key) for part in PARTS for key in wanted[part]]
    for place, (part, key) in enumerate(places, start=1):
        db.session.add(CircularItem(circular_id=row.id, case_id=key, part=part, place=place))
    db.session.flush()
    return row


def _begin(actor: Actor, now: datetime) -> Circular:
    """A new draft under the next number. :raises NotNow: when a colleague has begun one in the same moment."""
    row = Circular(number=queries.last_number() + 1, state=queries.DRAFT, made_by=actor.person_id, made_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise NotNow(N_("A colleague has begun the next circular just now. Look at it before you go on.")) from None
    return row


def discard(number: int, actor: Actor) -> None:
    """Throw the draft away. :raises NotAllowed: as :func:`compose`. :raises NotNow: when it was sent."""
    _may_manage(actor)
    row = _held(number)
    db.session.execute(
        delete(CircularItem).where(CircularItem.circular_id == row.id).execution_options(synchronize_session="fetch")
    )
    db.session.delete(row)
    db.session.flush()


def send(number: int, actor: Actor, now: datetime) -> Circular:
    """Send the draft: name whom it goes to, move its cases on, open their windows, queue the mails.

    It goes to the focal points of every organisation that is a member on this day. A member without one stands among
    the addressees as not reached.

    :raises NotAllowed: as :func:`compose`. :raises NotNow: when it was sent already, a case has moved on, or no member
        has a focal point.
    """
    _may_manage(actor)
    row = _held(number)
    found = queries.items(row.id)
    _refuse_moved_on([(item, case) for item, case in found])
    members = membership.members_on(membership.local_day(actor.tenant_id, now))
    people = membership.focal_points([member.id for member in members])
    if not people:
        raise NotNow(N_("No present member has a focal point: nobody would read this circular."))
    row.state, row.sent_by, row.sent_at = queries.SENT, actor.person_id, now
    db.session.flush()
    for item, case in found:
        _open(item, case, now)
    _address(row, members, people, _contents(row), now)
    return row


def send_again(addressee_id: UUID, actor: Actor, now: datetime) -> CircularAddressee:
    """Send a circular once more to a focal point whom it did not reach. The time to answer does not grow by that.

    :raises NotAllowed: as :func:`compose`. :raises NotFound: no such addressee.
    :raises NotNow: when she was reached, or there is nobody to send it to.
    """
    _may_manage(actor)
    row, circular = _addressee(addressee_id)
    if row.person_id is None:
        row.person_id = _newcomer(row)
    person = db.session.get(Person, row.person_id)
    if person is None or not person.active:
        raise NotNow(N_("This member has no focal point. Invite one first."))
    if row.state == silence.REACHED or row.seen_at is not None:
        raise NotNow(N_("She has the circular already."))
    path = f"circulars/{circular.number}/"
    row.mail_id = to_focal_point("circular", person, circular.tenant_id, path, now, _contents(circular))
    row.state, row.changed_at = silence.ASKED, now
    return row


def record_bounce(addressee_id: UUID, actor: Actor, now: datetime) -> CircularAddressee:
    """Record that the mail to a focal point came back, however late: her silence says nothing then.

    :raises NotAllowed: as :func:`compose`. :raises NotFound: no such addressee.
    :raises NotNow: when she has opened the circular.
    """
    _may_manage(actor)
    row, _ = _addressee(addressee_id)
    if row.seen_at is not None:
        raise NotNow(N_("She has opened the circular; it reached her."))
    row.state, row.changed_at = silence.BOUNCED, now
    return row


def mark_seen(circular_id: UUID, actor: Actor, now: datetime) -> None:
    """Remember that a focal point has opened a circular: it reached her, whatever became of the mail.

    :raises NotAllowed: unless the actor speaks for a member.
    """
    if not holds(actor, Permission.MEMBER_ANSWER):
        raise NotAllowed
    rows = db.session.scalars(
        select(CircularAddressee).where(
            CircularAddressee.circular_id == circular_id,
            CircularAddressee.person_id == actor.person_id,
            CircularAddressee.seen_at.is_(None),
        )
    )
    for row in rows:
        row.seen_at, row.state, row.changed_at = now, silence.REACHED, now


# -- sending


def _refuse_moved_on(found: list[tuple[CircularItem, Case]]) -> None:
    if not found:
        raise NotNow(N_("There is nothing in this circular."))
    for item, case in found:
        window = WINDOWS.get(item.part)
        if window is not None and case.state != window.waits_in:
            raise NotNow(N_("%(case)s has moved on since; make the circular again without it.", case=case.reference))


def _open(item: CircularItem, case: Case, now: datetime) -> None:
    """Move the case on and open its window until the due date of the promise that begins with it."""
    window = WINDOWS.get(item.part)
    if window is None:
        return
    make_move(case, window.move, Actor.system(case.tenant_id), now)
    due = [clock.due_at for clock, _ in standards.clocks_of([case.id]) if clock.code == window.standard]
    if not due or due[-1] is None:
        raise NotNow(N_("%(case)s: no standard says how long the members have.", case=case.reference))
    item.state, item.opens_at, item.closes_at = queries.OPEN, now, due[-1]
    db.session.flush()


def _address(
    row: Circular, members: list[Organisation], people: Mapping[UUID, list[Person]], words: Mapping[str, Any],
    now: datetime,
) -> None:  # fmt: skip
    for member in members:
        mails = {
            person.id: to_focal_point("circular", person, row.tenant_id, f"circulars/{row.number}/", now, words)
            for person in people.get(member.id, ())
        }
        for person_id, mail_id in mails.items() or [(None, None)]:
            db.session.add(
                CircularAddressee(
                    circular_id=row.id,
                    organisation_id=member.id,
                    person_id=person_id,
                    mail_id=mail_id,
                    state=silence.ASKED,
                    changed_at=now,
                )
            )
    db.session.flush()


def _contents(row: Circular) -> dict[str, Any]:
    """What the mail tells of a circular: its number, and each case with its part and its end."""
    told = [
        {
            "part": item.part,
            "title": case.title or case.reference,
            "reference": case.reference,
            "closes_at": item.closes_at,
        }
        for item, case in queries.items(row.id)
    ]
    return {"number": row.number, "sent_at": row.sent_at, "parts": dict(PARTS), "cases": told}


def _held(number: int) -> Circular:
    """The draft, held against other writers. :raises NotNow: when it was sent."""
    row = db.session.scalars(
        select(Circular).where(Circular.number == number).with_for_update().execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound
    if row.state != queries.DRAFT:
        raise NotNow(N_("This circular was sent already."))
    return row


def _addressee(addressee_id: UUID) -> tuple[CircularAddressee, Circular]:
    found = db.session.execute(
        select(CircularAddressee, Circular)
        .join(Circular, Circular.id == CircularAddressee.circular_id)
        .where(CircularAddressee.id == addressee_id)
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _newcomer(row: CircularAddressee) -> UUID | None:
    """The first focal point of a member that had none when the circular was sent."""
    people = membership.focal_points([row.organisation_id]).get(row.organisation_id, [])
    return people[0].id if people else None


def _may_manage(actor: Actor) -> None:
    if not holds(actor, Permission.CIRCULAR_MANAGE):
        raise NotAllowed(N_("Only an officer or a manager of the secretariat makes circulars."))
