"""Write to the other side, or a note for the secretariat alone. Who reads it is said each time, and safe by default."""

from __future__ import annotations

from datetime import datetime

from portal.cases import queries
from portal.cases.mail import notify
from portal.cases.models import Case, CaseMessage
from portal.cases.rules.access import may_read, may_write_notes
from portal.cases.rules.inputs import MOST_CHARACTERS, clean
from portal.cases.service import events
from portal.cases.service.steps import Step, effect
from portal.core.actor import Actor, OrgRole
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.infra.db import db

BOTH = "both"
STAFF = "staff"


def send_message(case: Case, body: str, actor: Actor, now: datetime) -> CaseMessage:
    """Write to the other side: the applicant's people and the secretariat read it.

    :raises NotAllowed: for a viewer or an auditor. :raises Invalid: for an empty or endless message.
    """
    case = queries.locked(case.id)
    writes = actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR, OrgRole.SIGNATORY)
    staff = actor.is_staff and case.is_submitted and holds(actor, Permission.CASE_MESSAGE)
    if not may_read(actor, case) or not (writes or staff):
        raise NotAllowed
    row = _write(case, body, BOTH, actor, now, from_staff=not writes)
    events.append(case, "message_sent", actor, now, {"message": str(row.id), "from_staff": row.from_staff})
    notify("message", "monitor" if writes else "applicants", case, now, {"body": row.body, "author": actor.name})
    return row


def write_note(case: Case, body: str, actor: Actor, now: datetime) -> CaseMessage:
    """Write a note that only the secretariat reads.

    :raises NotAllowed: for anybody else, and for an auditor, who changes nothing.
    """
    case = queries.locked(case.id)
    if not (actor.is_staff and case.is_submitted and may_write_notes(actor)):
        raise NotAllowed
    row = _write(case, body, STAFF, actor, now, from_staff=True)
    events.append(case, "note_written", actor, now, {"message": str(row.id)})
    return row


def checked(body: str) -> str:
    """What somebody wrote, cleaned.

    :raises Invalid: when nothing is left, or too much.
    """
    text = clean(body)
    if not text:
        raise Invalid({"body": N_("Write something before you send it.")})
    if len(text) > MOST_CHARACTERS:
        raise Invalid({"body": N_("Please shorten this to at most %(most)s characters.", most=MOST_CHARACTERS)})
    return text


def _write(case: Case, body: str, visibility: str, actor: Actor, now: datetime, *, from_staff: bool) -> CaseMessage:
    row = CaseMessage(
        case_id=case.id,
        visibility=visibility,
        from_staff=from_staff,
        author_id=actor.person_id,
        author_name=actor.name,
        language=actor.language,
        body=checked(body),
        sent_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


@effect("message_applicant")
def message_applicant(step: Step) -> None:
    """Put a move's question into the messages both sides read."""
    _write(step.case, str(step.inputs["question"]), BOTH, step.actor, step.now, from_staff=True)


@effect("message_secretariat")
def message_secretariat(step: Step) -> None:
    """Put a move's answer into the messages both sides read."""
    _write(step.case, str(step.inputs["answer"]), BOTH, step.actor, step.now, from_staff=False)
