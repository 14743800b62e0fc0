"""Say why a promise was broken: a coded reason, published as a number, and a note for the secretariat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.standards.models import Clock
from portal.standards.rules.reasons import NEEDS_NOTE, REASONS

#: whose broken promises are explained: ours; an applicant owes the public no reason
OURS = ("secretariat", "translator", "evaluator")
LONGEST_NOTE = 1000


def explain(case: Case, code: str, subject: str, reason: str, note: str, actor: Actor, now: datetime) -> Clock:
    """Give the reason for a broken promise, or another one than before; every wording stays in the history.

    :param code: the standard's; :param subject: what its clock is about, empty for the whole case.
    :param reason: a code of ``standards.rules.reasons``; :param note: in plain words, needed for some reasons.
    :raises NotFound: for a stranger, or when the case has no such clock of ours. :raises NotNow: when it was kept.
    :raises NotAllowed: for a role that only reads. :raises Invalid: for an unknown reason, a note too long or missing.
    """
    case = cases.locked(case.id)
    if not (actor.is_staff and case.is_submitted):
        raise NotFound
    if not holds(actor, Permission.BREACH_EXPLAIN):
        raise NotAllowed(N_("Only an officer, a manager or the finance officer may explain a broken promise."))
    clock = db.session.scalars(
        select(Clock).where(Clock.case_id == case.id, Clock.code == code, Clock.subject == subject)
    ).first()
    if clock is None or clock.side not in OURS:
        raise NotFound
    if clock.breached_at is None:
        raise NotNow(N_("This promise was not broken; there is nothing to explain."))
    words = note.strip()
    problems = _problems(reason, words)
    if problems:
        raise Invalid(problems)
    facts = {"clock": code, "subject": subject, "reason": reason, "note": words}
    events.append(case, "breach_explained", actor, now, facts, subject=subject or None)
    events.refresh_clocks(case, now)
    return clock


def _problems(reason: str, note: str) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if reason not in REASONS:
        problems["reason"] = N_("Choose one of the reasons.")
    elif reason in NEEDS_NOTE and not note:
        problems["note"] = N_("Say in a few words what the reason was.")
    if len(note) > LONGEST_NOTE:
        problems["note"] = N_("Say it in at most %(number)s characters.", number=LONGEST_NOTE)
    return problems
