"""Change a message or a note after it was written: nothing that was once read is lost, and nobody new reads it.

The visibility of a message is said when it is written and can never be changed. What it said before stays, for the
secretariat and for whoever wrote it; everybody else sees that it was changed, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, CaseMessage, Event, MessageVersion
from portal.cases.rules.access import may_read, may_write_notes
from portal.cases.service import events
from portal.cases.service.message import STAFF, checked
from portal.core.actor import Actor, OrgRole
from portal.core.errors import NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.infra.db import db

#: how long after it was sent a message may be mended: a slip of the pen, not the record
WITHIN = timedelta(hours=24)
#: the facts of messages that were written by themselves; what a step of the case said stands in its fact
PLAIN = ("message_sent", "note_written")


@dataclass(frozen=True)
class Written:
    """A message as one reader sees it.

    :param before: what it said before, the oldest first; empty for whoever may not read this.
    :param may_change: whether the reader may change it now.
    """

    row: CaseMessage
    before: tuple[MessageVersion, ...]
    may_change: bool


def reword(case: Case, message_id: UUID, body: str, actor: Actor, now: datetime) -> CaseMessage:
    """Change what one's own message says; who reads it stays as it was, and what it said before is kept.

    :raises NotFound: when the actor may not read it, or there is none. :raises NotAllowed: for anybody but its author.
    :raises NotNow: after a day, or when it belongs to a step of the case. :raises Invalid: for an empty text.
    """
    case = queries.locked(case.id)
    row = db.session.scalars(
        select(CaseMessage)
        .where(CaseMessage.id == message_id, CaseMessage.case_id == case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None or not _may_see(case, row, actor):
        raise NotFound
    if row.author_id != actor.person_id or not _still_writes(case, row, actor):
        raise NotAllowed(N_("Only whoever wrote a message may change it."))
    if row.id not in _plain(case):
        raise NotNow(N_("This belongs to a step of the case and stands as it was written. Write another message."))
    if now - row.sent_at > WITHIN:
        raise NotNow(N_("A message can be changed for a day after it was sent. Write another one."))
    text = checked(body)
    if text == row.body:
        return row
    db.session.add(
        MessageVersion(message_id=row.id, body=row.body, written_at=row.edited_at or row.sent_at, replaced_at=now)
    )
    row.body, row.edited_at = text, now
    kind = "note_edited" if row.visibility == STAFF else "message_edited"
    events.append(case, kind, actor, now, {"message": str(row.id)})
    return row


def seen(
    case: Case, rows: Sequence[CaseMessage], actor: Actor, now: datetime, events_known: Iterable[Event] | None = None
) -> list[Written]:
    """Messages of a case as the actor sees them: with what they said before, where she may read this.

    At most two queries: one when something was changed, one when something of her own is young enough to be.

    :param events_known: the case's events, when they are at hand; then one query less.
    """
    young = any(row.author_id == actor.person_id and now - row.sent_at <= WITHIN for row in rows)
    plain = _plain(case, events_known) if young else set()
    changed = [row.id for row in rows if row.edited_at is not None]
    before: dict[UUID, list[MessageVersion]] = {}
    if changed:
        versions = select(MessageVersion).where(MessageVersion.message_id.in_(changed))
        for version in db.session.scalars(versions.order_by(MessageVersion.replaced_at, MessageVersion.id)):
            before.setdefault(version.message_id, []).append(version)
    found = []
    for row in rows:
        own = actor.person_id is not None and row.author_id == actor.person_id
        history = tuple(before.get(row.id, ())) if own or actor.is_staff else ()
        open_to_her = own and row.id in plain and now - row.sent_at <= WITHIN and _still_writes(case, row, actor)
        found.append(Written(row, history, open_to_her))
    return found


def _may_see(case: Case, row: CaseMessage, actor: Actor) -> bool:
    if row.visibility == STAFF:
        return actor.is_staff and case.is_submitted
    return may_read(actor, case)


def _still_writes(case: Case, row: CaseMessage, actor: Actor) -> bool:
    """Whether the author still holds what she needed to write it."""
    if row.visibility == STAFF:
        return actor.is_staff and may_write_notes(actor)
    if row.from_staff:
        return actor.is_staff and holds(actor, Permission.CASE_MESSAGE)
    return actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR, OrgRole.SIGNATORY)


def _plain(case: Case, known: Iterable[Event] | None = None) -> set[UUID]:
    """The messages that were written by themselves."""
    if known is None:
        known = db.session.scalars(select(Event).where(Event.case_id == case.id, Event.kind.in_(PLAIN)))
    return {UUID(str(e.data["message"])) for e in known if e.kind in PLAIN and e.data.get("message")}
