"""Decisions about a call's time: a later closing for everybody, and a late entry for one organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from portal.calls import mail
from portal.calls.models import Call, CallChange
from portal.calls.rules import instruments
from portal.calls.service.announce import allowed, locked, reason_of, record
from portal.calls.service.listeners import tell
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotNow
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.organisations.models import Organisation

EXTENSION, LATE_ENTRY = "extension", "late_entry"


def extend(call: Call, until: datetime | None, reason: str, actor: Actor, now: datetime) -> CallChange:
    """Move the closing of a call to a later instant; a call that has closed already opens again.

    :param until: UTC. :param reason: everybody reads it.
    :raises Invalid: without a reason, or for an instant that is not later than the closing and than now.
    :raises NotNow: for a call that is a draft or never closes.
    """
    allowed(actor)
    call = locked(call)
    before = _closing(call)
    wrong = {} if until is not None and until > max(before, now) else {"until": _too_early(before)}
    words = _reason(reason, wrong)
    call.closes_at = until
    change = record(call, EXTENSION, words, actor, now, before=before, until=until)
    tell(call, change, actor, now)
    return change


def grant_late_entry(
    call: Call, organisation: str, until: datetime | None, reason: str, actor: Actor, now: datetime
) -> CallChange:
    """Let one organisation submit after the closing, until an instant; its people are told by mail.

    :param organisation: its name. :param until: UTC. :param reason: the organisation reads it.
    :raises Invalid: without a reason, for an organisation that may not apply, or for an instant before the closing.
    :raises NotNow: for a call that is a draft or never closes.
    """
    allowed(actor)
    call = locked(call)
    before = _closing(call)
    wrong: dict[str, Message] = {}
    row = _organisation(call, organisation, wrong)
    if until is None or until <= max(before, now):
        wrong["late_until"] = _too_early(before)
    words = _reason(reason, wrong, "late_reason")
    if row is None:
        raise Invalid(wrong)
    change = record(call, LATE_ENTRY, words, actor, now, organisation_id=row.id, before=before, until=until)
    mail.late_entry(call, change, row.id, now)
    tell(call, change, actor, now)
    return change


def _closing(call: Call) -> datetime:
    if call.is_draft:
        raise NotNow(N_("This call is a draft still. Save it, then announce it."))
    if call.closes_at is None:
        raise NotNow(N_("This call is open all the time: there is no closing to be moved."))
    return call.closes_at


def _too_early(before: datetime) -> Message:
    return N_("Give an instant that is still to come and after the closing on %(instant)s.", instant=before)


def _reason(reason: str, wrong: dict[str, Message], field: str = "reason") -> str:
    """The reason as it is kept. :raises Invalid: with everything that is wrong."""
    try:
        words = reason_of(reason)
    except Invalid as refusal:
        wrong[field] = refusal.problems["reason"]
    if wrong:
        raise Invalid(wrong)
    return words


def _organisation(call: Call, name: str, wrong: dict[str, Message]) -> Organisation | None:
    words = " ".join(name.split())
    kinds = instruments.instrument(call.instrument).applicant_kinds
    rows = db.session.scalars(
        select(Organisation)
        .where(
            # SQLite knows capitals of ASCII only: what is chosen from the list is compared as it is written.
            or_(Organisation.name == words, func.lower(Organisation.name) == words.lower()),
            Organisation.kind.in_(kinds),
        )
        .limit(2)
    ).all()
    if not words or not rows:
        wrong["organisation"] = N_("No organisation that may apply has this name. Choose it from the list.")
    elif len(rows) > 1:
        wrong["organisation"] = N_("Several organisations have this name; ask them to be told apart first.")
    return rows[0] if len(rows) == 1 and not wrong.get("organisation") else None
