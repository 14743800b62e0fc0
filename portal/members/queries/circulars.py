"""Read circulars: who may read which, what stands in them, who was asked and what was answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from portal.accounts.models import Person
from portal.cases import queries as cases
from portal.cases.models import Case, Submission
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.models import Circular, CircularAddressee, CircularItem, MemberComment, MemberStance
from portal.members.rules import silence
from portal.members.rules.windows import PARTS
from portal.members.rules.words import MEMBERS
from portal.organisations.models import Organisation

DRAFT, SENT = "draft", "sent"
LISTED, OPEN, CONTESTED, ENDED, CANCELLED = "listed", "open", "contested", "ended", "cancelled"
PAGE = 30


def is_staff_reader(actor: Actor) -> bool:
    """Whether the actor reads every circular, drafts too: the secretariat's officers, managers and auditors."""
    return actor.is_staff and holds(actor, Permission.CIRCULAR_READ)


def sent_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a circular was sent to a member that the actor speaks for."""
    return and_(
        Circular.state == SENT,
        select(CircularAddressee.id)
        .where(
            CircularAddressee.circular_id == Circular.id,
            CircularAddressee.organisation_id.in_(list(actor.member_organisations)),
        )
        .exists(),
    )


def visible(actor: Actor) -> Select[Circular]:
    """The circulars an actor may read."""
    statement = select(Circular)
    return statement if is_staff_reader(actor) else statement.where(sent_to(actor))


def listed(actor: Actor, before: int | None = None) -> list[Circular]:
    """The circulars an actor may read, the newest first; one more than a page, to tell whether there are others.

    :param before: the number after which the page goes on.
    """
    statement = visible(actor)
    if before is not None:
        statement = statement.where(Circular.number < before)
    return list(db.session.scalars(statement.order_by(Circular.number.desc()).limit(PAGE + 1)))


def by_number(actor: Actor, number: int) -> Circular:
    """The circular with a number, if the actor may read it. :raises NotFound: when there is none, or it is not hers."""
    row = db.session.scalars(visible(actor).where(Circular.number == number)).first()
    if row is None:
        raise NotFound
    return row


def draft() -> Circular | None:
    """The circular that is being made, if there is one."""
    return db.session.scalars(select(Circular).where(Circular.state == DRAFT).order_by(Circular.number)).first()


def last_sent() -> Circular | None:
    """The newest circular that was sent."""
    return db.session.scalars(
        select(Circular).where(Circular.state == SENT).order_by(Circular.number.desc()).limit(1)
    ).first()


def last_number() -> int:
    """The highest number given to a circular; 0 before the first."""
    return int(db.session.scalar(select(func.max(Circular.number))) or 0)


def items(circular_id: UUID) -> list[tuple[CircularItem, Case]]:
    """What stands in a circular, part by part in the order of the paper."""
    rows = db.session.execute(
        select(CircularItem, Case)
        .join(Case, Case.id == CircularItem.case_id)
        .where(CircularItem.circular_id == circular_id)
        .order_by(CircularItem.place)
    )
    order = list(PARTS)
    return sorted(((item, case) for item, case in rows), key=lambda row: (order.index(row[0].part), row[0].place))


@dataclass(frozen=True)
class Shown:
    """A case as it was sent to members: the item it stands under, and its circular."""

    case: Case
    item: CircularItem
    circular: Circular


def shown_to(actor: Actor, reference: str) -> list[Shown]:
    """Each time a case was sent to a member the actor speaks for (staff: to any), the newest first.

    :raises NotFound: when it never was: a member sees only what was circulated to it, never a draft.
    """
    statement = (
        select(Case, CircularItem, Circular)
        .join(CircularItem, CircularItem.case_id == Case.id)
        .join(Circular, Circular.id == CircularItem.circular_id)
        .where(Case.reference == reference, Circular.state == SENT)
        .order_by(Circular.number.desc())
    )
    if not is_staff_reader(actor):
        statement = statement.where(sent_to(actor))
    found = [Shown(case, item, circular) for case, item, circular in db.session.execute(statement)]
    if not found:
        raise NotFound
    return found


def items_of(case_id: UUID) -> list[tuple[CircularItem, Circular]]:
    """Each time a case stood in a circular that was sent, the newest first."""
    rows = db.session.execute(
        select(CircularItem, Circular)
        .join(Circular, Circular.id == CircularItem.circular_id)
        .where(CircularItem.case_id == case_id, Circular.state == SENT)
        .order_by(Circular.number.desc())
    )
    return [(item, circular) for item, circular in rows]


def current_item(case_id: UUID, part: str) -> CircularItem | None:
    """Under which item of this part a case was sent last; None when it never was."""
    return next((item for item, _ in items_of(case_id) if item.part == part), None)


def snapshot_as_sent(case_id: UUID, sent_at: datetime) -> Submission | None:
    """The application as it was when the circular was sent. :param sent_at: UTC."""
    before = [row for row in cases.submissions_of(case_id) if row.submitted_at <= sent_at]
    return before[-1] if before else None


def waiting(actor: Actor) -> list[Shown]:
    """What waits for an answer of the members the actor speaks for, what ends first first."""
    if not actor.member_organisations:
        return []
    rows = db.session.execute(
        select(Case, CircularItem, Circular)
        .join(CircularItem, CircularItem.case_id == Case.id)
        .join(Circular, Circular.id == CircularItem.circular_id)
        .where(CircularItem.state.in_((OPEN, CONTESTED)), sent_to(actor))
        .order_by(CircularItem.closes_at, Case.reference)
        .limit(200)
    )
    return [Shown(case, item, circular) for case, item, circular in rows]


# -- who was asked


@dataclass(frozen=True)
class Addressee:
    """A focal point to whom a circular was sent, with the member and the state of the mail."""

    row: CircularAddressee
    organisation: str
    person: str
    email: str
    language: str
    arrival: str


def addressees(circular_id: UUID) -> list[Addressee]:
    """To whom a circular was sent, by member."""
    rows = db.session.execute(
        select(CircularAddressee, Organisation.name, Person, OutboxMail.state)
        .join(Organisation, Organisation.id == CircularAddressee.organisation_id)
        .outerjoin(Person, Person.id == CircularAddressee.person_id)
        .outerjoin(OutboxMail, OutboxMail.id == CircularAddressee.mail_id)
        .where(CircularAddressee.circular_id == circular_id)
        .order_by(Organisation.name, Person.name)
    )
    return [
        Addressee(
            row,
            name,
            person.name if row.person_id else "",
            person.email if row.person_id else "",
            person.language if row.person_id else "",
            silence.arrival(_sent(row, mail)),
        )
        for row, name, person, mail in rows
    ]


def _sent(row: CircularAddressee, mail: str | None) -> silence.Sent:
    return silence.Sent(row.organisation_id, row.person_id, row.state, mail or "", row.seen_at is not None)


def sent(circular_id: UUID) -> list[silence.Sent]:
    """Every addressee of a circular as the rules of silence read it. One query."""
    rows = db.session.execute(
        select(CircularAddressee, OutboxMail.state)
        .outerjoin(OutboxMail, OutboxMail.id == CircularAddressee.mail_id)
        .where(CircularAddressee.circular_id == circular_id)
        .order_by(CircularAddressee.organisation_id)
    )
    return [_sent(row, mail) for row, mail in rows]


# -- what was answered


def comments_of(case_id: UUID) -> list[MemberComment]:
    """What members have said about a case in coordination, the oldest first."""
    return list(
        db.session.scalars(
            select(MemberComment)
            .where(MemberComment.case_id == case_id)
            .order_by(MemberComment.made_at, MemberComment.id)
        )
    )


def comments_for(actor: Actor, case_id: UUID) -> list[MemberComment]:
    """What members have said about a case and the actor may read, the oldest first.

    The secretariat reads everything; a member what was said to all, and what it said itself.
    """
    statement = select(MemberComment).where(MemberComment.case_id == case_id)
    if not is_staff_reader(actor):
        own = MemberComment.organisation_id.in_(list(actor.member_organisations))
        statement = statement.where(or_(MemberComment.visibility == MEMBERS, own))
    return list(db.session.scalars(statement.order_by(MemberComment.made_at, MemberComment.id)))


def comments_by_item(keys: Iterable[UUID]) -> dict[UUID, list[MemberComment]]:
    """What was said under some items, the oldest first. One query."""
    found: dict[UUID, list[MemberComment]] = defaultdict(list)
    statement = select(MemberComment).where(MemberComment.item_id.in_(list(keys)))
    for row in db.session.scalars(statement.order_by(MemberComment.made_at, MemberComment.id)):
        found[row.item_id].append(row)
    return found


def comment(comment_id: UUID) -> MemberComment:
    """One comment. :raises NotFound: when there is none."""
    row = db.session.scalars(select(MemberComment).where(MemberComment.id == comment_id)).first()
    if row is None:
        raise NotFound
    return row


def stances_of(case_id: UUID) -> list[MemberStance]:
    """Everything members have said about approving a case, the oldest first, ended words too."""
    return list(
        db.session.scalars(
            select(MemberStance).where(MemberStance.case_id == case_id).order_by(MemberStance.made_at, MemberStance.id)
        )
    )


def stances_by_item(keys: Iterable[UUID]) -> dict[UUID, list[MemberStance]]:
    """Everything that was said under some items, the oldest first, ended words too. One query."""
    found: dict[UUID, list[MemberStance]] = defaultdict(list)
    statement = select(MemberStance).where(MemberStance.item_id.in_(list(keys)))
    for row in db.session.scalars(statement.order_by(MemberStance.made_at, MemberStance.id)):
        found[row.item_id].append(row)
    return found


def standing_of(keys: Iterable[UUID]) -> list[MemberStance]:
    """What stands of what members have said under some items, the oldest first. One query."""
    statement = select(MemberStance).where(MemberStance.item_id.in_(list(keys)), MemberStance.ended_at.is_(None))
    return list(db.session.scalars(statement.order_by(MemberStance.made_at, MemberStance.id)))


def standing(item_id: UUID) -> dict[UUID, MemberStance]:
    """What stands of what members have said under an item, by member."""
    return {row.organisation_id: row for row in standing_of([item_id])}


def objecting(case_id: UUID) -> list[MemberStance]:
    """The objections and wishes to discuss that stand against a case."""
    return list(
        db.session.scalars(
            select(MemberStance)
            .where(
                MemberStance.case_id == case_id,
                MemberStance.ended_at.is_(None),
                MemberStance.stance.in_(sorted(silence.STOPPING)),
            )
            .order_by(MemberStance.made_at)
        )
    )


def count_of(item: CircularItem) -> silence.Count:
    """Who was asked under an item, reached, silent."""
    told = {key: row.stance for key, row in standing(item.id).items()}
    return silence.count(sent(item.circular_id), told)
