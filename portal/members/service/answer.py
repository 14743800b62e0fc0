"""What members answer: comments in coordination, and where they stand in the window of an approval by silence.

Nothing said is deleted: a later answer replaces an earlier one, an objection is withdrawn, resolved or overruled.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds, holds_in
from portal.core.text import N_
from portal.infra.db import db
from portal.members.models import CircularAddressee, CircularItem, MemberComment, MemberStance
from portal.members.queries import circulars as queries
from portal.members.queries import membership
from portal.members.rules import silence
from portal.members.rules.windows import COORDINATION, RECOMMENDED, WINDOWS, in_time
from portal.members.rules.words import ANSWERS, READERS, STANCES

LONGEST = 20_000
REPLACED, WITHDRAWN = "replaced", "withdrawn"


def comment(
    item_id: UUID, organisation_id: UUID, body: str, visibility: str, actor: Actor, now: datetime
) -> MemberComment:
    """Comment on a case in coordination, in the name of a member.

    :param visibility: who reads it: "members" (every member asked, and the secretariat) or "secretariat" (it alone,
        besides the member itself). It is said here and cannot be changed.

    :raises NotFound: when the circular was not sent to this member. :raises NotAllowed: unless the actor speaks for it.
    :raises Invalid: naming ``body`` or ``visibility``. :raises NotNow: when the time for comments is over.
    """
    item, case = _open_item(item_id, organisation_id, COORDINATION, actor)
    _within(item, case, now)
    words, problems = body.strip(), {}
    if not words or len(words) > LONGEST:
        problems["body"] = N_("Write a comment of at most %(most)s characters.", most=LONGEST)
    if visibility not in READERS:
        problems["visibility"] = N_("Choose who reads the comment.")
    if problems:
        raise Invalid(problems)
    row = MemberComment(
        item_id=item.id,
        case_id=case.id,
        organisation_id=organisation_id,
        person_id=actor.person_id,
        person_name=actor.name,
        language=actor.language,
        body=words,
        visibility=visibility,
        made_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _tell(case, "commented", organisation_id, actor, now, visibility=visibility)
    return row


def answer_comment(case: Case, comment_id: UUID, kind: str, words: str, actor: Actor, now: datetime) -> MemberComment:
    """Answer a member's comment for the secretariat: accepted, explained, or referred; with words. Once.

    :raises NotAllowed: unless the actor is an officer or a manager. :raises NotFound: no such comment on this case.
    :raises Invalid: naming ``kind`` or ``answer``. :raises NotNow: when it was answered.
    """
    if not holds(actor, Permission.CIRCULAR_MANAGE):
        raise NotAllowed(N_("Only an officer or a manager answers the members."))
    case = cases.locked(case.id)
    row = queries.comment(comment_id)
    if row.case_id != case.id:
        raise NotFound
    if row.answer_kind:
        raise NotNow(N_("This comment was answered already."))
    if kind not in ANSWERS:
        raise Invalid({"kind": N_("Choose how the comment is answered.")})
    if not words.strip() or len(words) > LONGEST:
        raise Invalid({"answer": N_("Write an answer of at most %(most)s characters.", most=LONGEST)})
    row.answer_kind, row.answer, row.answered_by_name, row.answered_at = kind, words.strip(), actor.name, now
    db.session.flush()
    _tell(case, "comment_answered", row.organisation_id, actor, now, note=row.answer)
    if all(one.answer_kind for one in queries.comments_of(case.id)):
        events.append(case, "comments_answered", actor, now)
        events.refresh_clocks(case, now)
    return row


def take_stance(
    item_id: UUID, organisation_id: UUID, stance: str, reason: str, actor: Actor, now: datetime
) -> MemberStance:
    """Say where a member stands: no objection, an objection, a wish to discuss, or that it takes no part.

    An objection and a wish to discuss need a reason and stop the approval. What the member said before is replaced;
    saying "no objection" after an objection withdraws it. An instant belongs to the window up to its very end.

    :raises NotFound: when the circular was not sent to this member. :raises NotAllowed: unless the actor speaks for it.
    :raises Invalid: naming ``stance`` or ``reason``. :raises NotNow: when the time is over.
    """
    item, case = _open_item(item_id, organisation_id, RECOMMENDED, actor)
    _within(item, case, now)
    stops = stance in silence.STOPPING
    if stance not in STANCES:
        raise Invalid({"stance": N_("Choose what the member says.")})
    if stops and not reason.strip():
        raise Invalid({"reason": N_("Give the reason: the secretariat and the other members have to understand it.")})
    if len(reason) > LONGEST:
        raise Invalid({"reason": N_("Write at most %(most)s characters.", most=LONGEST)})
    before = queries.standing(item.id).get(organisation_id)
    if before is not None:
        _end(before, WITHDRAWN if before.stance in silence.STOPPING and not stops else REPLACED, actor, now)
    row = MemberStance(
        item_id=item.id,
        case_id=case.id,
        organisation_id=organisation_id,
        person_id=actor.person_id,
        person_name=actor.name,
        stance=stance,
        reason=reason.strip(),
        made_at=now,
    )
    db.session.add(row)
    db.session.flush()
    if stops:
        _tell(case, "objection_made", organisation_id, actor, now, stance=stance, reason=row.reason)
        _contest(item, case, now)
        return row
    _tell(case, "member_answered", organisation_id, actor, now, stance=stance, note=row.reason)
    if before is not None and before.ending == WITHDRAWN:
        _tell(case, "objection_withdrawn", organisation_id, actor, now)
        _settle(item, case, now)
    return row


def withdraw_objection(item_id: UUID, organisation_id: UUID, reason: str, actor: Actor, now: datetime) -> MemberStance:
    """Withdraw the member's own objection, also after the window has ended; the last one withdrawn frees the route.

    :raises NotFound: when the circular was not sent to this member, or nothing of it stands against the case.
    :raises NotAllowed: unless the actor speaks for it. :raises NotNow: when the case has left the members.
    """
    item, case = _open_item(item_id, organisation_id, RECOMMENDED, actor)
    if case.state not in WINDOWS[RECOMMENDED].open_in or item.state not in (queries.OPEN, queries.CONTESTED):
        raise NotNow(N_("The case is not with the members any more."))
    row = queries.standing(item.id).get(organisation_id)
    if row is None or row.stance not in silence.STOPPING:
        raise NotFound
    _end(row, WITHDRAWN, actor, now)
    row.ending_reason = reason.strip()[:LONGEST]
    db.session.flush()
    _tell(case, "objection_withdrawn", organisation_id, actor, now, note=row.ending_reason)
    _settle(item, case, now)
    return row


# -- parts of these verbs


def _open_item(item_id: UUID, organisation_id: UUID, part: str, actor: Actor) -> tuple[CircularItem, Case]:
    """The item, for somebody who speaks for a member it was sent to; its case held against other writers."""
    if not holds_in(actor, Permission.MEMBER_ANSWER, organisation_id):
        raise NotAllowed(N_("Only a focal point of the member may answer."))
    found = select(CircularItem).where(CircularItem.id == item_id, CircularItem.part == part)
    item = db.session.scalars(found).first()
    if item is None:
        raise NotFound
    asked = select(CircularAddressee.id).where(
        CircularAddressee.circular_id == item.circular_id, CircularAddressee.organisation_id == organisation_id
    )
    if db.session.scalars(asked).first() is None:
        raise NotFound
    case = cases.locked(item.case_id)
    db.session.refresh(item)
    return item, case


def _within(item: CircularItem, case: Case, now: datetime) -> None:
    window = WINDOWS[item.part]
    if not in_time(item.closes_at, now):
        raise NotNow(
            N_(
                "The time to answer ended on %(instant)s, before your answer came. It could not be counted; the "
                "secretariat reads what you write to it all the same.",
                instant=item.closes_at,
            )
        )
    if item.state not in (queries.OPEN, queries.CONTESTED) or case.state not in window.open_in:
        raise NotNow(N_("The case is not with the members any more."))


def _end(row: MemberStance, ending: str, actor: Actor, now: datetime) -> None:
    row.ending, row.ended_at, row.ended_by_name = ending, now, actor.name
    db.session.flush()


def _contest(item: CircularItem, case: Case, now: datetime) -> None:
    item.state = queries.CONTESTED
    if case.state == "circulated":
        make_move(case, "contest", Actor.system(case.tenant_id), now)


def _settle(item: CircularItem, case: Case, now: datetime) -> None:
    """When nothing stands against the case any more, it goes back before the members."""
    if queries.objecting(case.id):
        return
    item.state = queries.OPEN
    db.session.flush()
    if case.state == "contested":
        make_move(case, "objection_settled", Actor.system(case.tenant_id), now)


def _tell(case: Case, kind: str, organisation_id: UUID, actor: Actor, now: datetime, **facts: str) -> None:
    name = membership.names([organisation_id]).get(organisation_id, "")
    events.append(case, kind, actor, now, {"member": name, **facts}, subject=str(organisation_id))
