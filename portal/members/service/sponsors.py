"""Sponsors: the applicant asks a member, the member answers in the portal, or staff records a document that proves it.

At least one member must sponsor, secured before submission, with a supporting document (Catalytic Fund call of 2014).
"""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.service import events, outside, route
from portal.cases.service.steps import Step, guard
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds, holds_in
from portal.core.text import N_, Message
from portal.infra import storage, uploads
from portal.infra.db import db
from portal.members.mail import to_focal_point
from portal.members.models import Sponsorship
from portal.members.queries import membership
from portal.members.queries import sponsors as queries
from portal.organisations.models import Organisation
from portal.tenants import queries as tenants

INVITED, CONFIRMED, PROVED, DECLINED, WITHDRAWN = "invited", "confirmed", "proved", "declined", "withdrawn"
STANDING = frozenset({CONFIRMED, PROVED})
LONGEST = 4000


def invite(case: Case, organisation_id: UUID, role: str, actor: Actor, now: datetime) -> Sponsorship:
    """Ask a member to sponsor an application; its focal points get a mail.

    :param role: what the sponsor is to do, in the applicant's words.
    :raises NotAllowed: unless the actor writes for the applicant. :raises Invalid: naming ``organisation`` or ``role``.
    :raises NotNow: when the case is decided, or the member was asked already.
    """
    if not holds_in(actor, Permission.SPONSOR_INVITE, case.organisation_id):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may ask a sponsor."))
    case = _undecided(case)
    organisation = _member_today(case, organisation_id, now)
    if len(role) > LONGEST:
        raise Invalid({"role": N_("Write at most %(most)s characters.", most=LONGEST)})
    row = _row(case, organisation_id)
    if row is not None and row.state not in (DECLINED, WITHDRAWN):
        raise NotNow(N_("This member was asked already."))
    if row is None:
        row = Sponsorship(case_id=case.id, organisation_id=organisation_id)
        db.session.add(row)
    row.state, row.role, row.invited_by, row.invited_at = INVITED, role.strip(), actor.person_id, now
    row.answered_by, row.answered_by_name, row.answered_at, row.note, row.file_id = None, "", None, "", None
    db.session.flush()
    _tell(case, row, organisation, "sponsor_invited", actor, now)
    for person in membership.focal_points([organisation_id]).get(organisation_id, ()):
        words = {"reference": case.reference, "title": case.title, "actor": actor.name, "role": row.role}
        words |= {"applicant": _name(case.organisation_id), "organisation": organisation.name}
        to_focal_point("sponsor_invited", person, case.tenant_id, f"sponsorships/{row.id}/", now, words)
    return row


def withdraw(case: Case, organisation_id: UUID, actor: Actor, now: datetime) -> None:
    """Ask a member no longer. What it has confirmed stays.

    :raises NotAllowed: unless the actor writes for the applicant. :raises NotFound: when it was not asked.
    :raises NotNow: when it has answered.
    """
    if not holds_in(actor, Permission.SPONSOR_INVITE, case.organisation_id):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may ask a sponsor."))
    case = _undecided(case)
    row = _row(case, organisation_id)
    if row is None:
        raise NotFound
    if row.state != INVITED:
        raise NotNow(N_("This member has answered already."))
    row.state, row.answered_at = WITHDRAWN, now
    _tell(case, row, membership.member(organisation_id), "sponsor_withdrawn", actor, now)


def answer(row: Sponsorship, confirms: bool, note: str, actor: Actor, now: datetime) -> Sponsorship:
    """Confirm or decline in the name of the member; the applicant gets a mail.

    :raises NotAllowed: unless the actor speaks for this member. :raises Invalid: a refusal without a word of why.
    :raises NotNow: when it was answered, or is asked no longer.
    """
    if not holds_in(actor, Permission.SPONSOR_ANSWER, row.organisation_id):
        raise NotAllowed(N_("Only a focal point of the member may answer."))
    case = _undecided(cases.by_id(row.case_id))
    db.session.refresh(row)
    if row.state != INVITED:
        raise NotNow(N_("This was answered already, or the applicant asks no longer."))
    if not confirms and not note.strip():
        raise Invalid({"note": N_("Say in a sentence why the member does not sponsor it.")})
    if len(note) > LONGEST:
        raise Invalid({"note": N_("Write at most %(most)s characters.", most=LONGEST)})
    organisation = _member_today(case, row.organisation_id, now)
    row.state = CONFIRMED if confirms else DECLINED
    row.answered_by, row.answered_by_name, row.answered_at, row.note = actor.person_id, actor.name, now, note.strip()
    _tell(case, row, organisation, f"sponsor_{row.state}", actor, now)
    words = {"organisation": organisation.name, "confirms": confirms, "note": row.note}
    notify("sponsor_answered", "applicants", case, now, words)
    return row


def record_proof(
    case: Case, organisation_id: UUID, filename: str, stream: BinaryIO, note: str, actor: Actor, now: datetime
) -> Sponsorship:
    """Record a document by which a member confirms, where it cannot answer in the portal; that staff did it is shown.

    :param filename: as it was sent; :param note: where the document comes from.
    :raises NotAllowed: unless the actor is an officer or a manager. :raises Invalid: naming ``organisation`` or
        ``document``. :raises NotNow: when the case is decided or the member has confirmed.
    """
    if not holds(actor, Permission.SPONSOR_RECORD):
        raise NotAllowed
    case = _undecided(case)
    organisation = _member_today(case, organisation_id, now)
    if not filename:
        raise Invalid({"document": N_("Choose the document that proves it.")})
    limit = tenants.by_id(case.tenant_id).policy.upload_limit_mb * uploads.MEGABYTE
    try:
        checked = uploads.check(filename, stream, limit=limit)
    except Invalid as refused:
        raise Invalid({"document": refused.message}) from None
    row = _row(case, organisation_id)
    if row is not None and row.state in STANDING:
        raise NotNow(N_("This member has confirmed already."))
    if row is None:
        row = Sponsorship(case_id=case.id, organisation_id=organisation_id, state=PROVED, invited_at=now)
        db.session.add(row)
    kept = storage.save(
        stream, name=checked.name, media_type=checked.media_type, limit=limit, now=now, uploaded_by=actor.person_id,
        case_id=case.id, question=f"sponsorship.{organisation_id}",
    )  # fmt: skip
    row.state, row.answered_by, row.answered_by_name, row.answered_at = PROVED, actor.person_id, actor.name, now
    row.note, row.file_id = note.strip()[:LONGEST], kept.id
    _tell(case, row, organisation, "sponsor_proved", actor, now)
    return row


@guard("sponsors_confirmed")
def sponsors_confirmed(step: Step) -> Message | None:
    """Where policy asks for it: every sponsor the application names is a member today and has confirmed."""
    policy = route.policy_of(step.case)
    if not policy.sponsors_must_confirm:
        return None
    named = queries.named(cases.answers_of(step.case.id))
    if len(named) < policy.sponsors_needed:
        return N_("Name at least %(count)s member of the alliance as sponsor.", count=policy.sponsors_needed)
    today = {row.id for row in membership.members_on(membership.local_day(step.case.tenant_id, step.now))}
    stands = {row.organisation_id for row, _ in queries.of_case(step.case.id) if row.state in STANDING}
    for key, name in named:
        if key is None or key not in today:
            return N_("“%(name)s” is not a member today. Choose a sponsor from the list of members.", name=name)
        if key not in stands:
            return N_("%(name)s has not confirmed yet that it sponsors. Ask it on the page of this case.", name=name)
    return None


def _undecided(case: Case) -> Case:
    """The case, held against other writers. :raises NotNow: when it has ended, or is known to be decided.

    A decision that is kept back stops nothing here: whoever asks, or is asked, would learn of it by the refusal.
    """
    case = cases.locked(case.id)
    seen = outside.face(case)
    if not seen.is_open or seen.decided_at is not None:
        raise NotNow(N_("This application is decided; its sponsors do not change any more."))
    return case


def _member_today(case: Case, organisation_id: UUID, now: datetime) -> Organisation:
    found = {row.id: row for row in membership.members_on(membership.local_day(case.tenant_id, now))}
    if organisation_id not in found:
        raise Invalid({"organisation": N_("Choose one of the present members.")})
    return found[organisation_id]


def _row(case: Case, organisation_id: UUID) -> Sponsorship | None:
    return db.session.scalars(
        select(Sponsorship)
        .where(Sponsorship.case_id == case.id, Sponsorship.organisation_id == organisation_id)
        .execution_options(populate_existing=True)
    ).first()


def _name(organisation_id: UUID) -> str:
    return membership.names([organisation_id]).get(organisation_id, "")


def _tell(case: Case, row: Sponsorship, organisation: Organisation, kind: str, actor: Actor, now: datetime) -> None:
    facts = {"member": organisation.name, "note": row.note if kind != "sponsor_invited" else ""}
    events.append(case, kind, actor, now, facts, subject=str(organisation.id))
