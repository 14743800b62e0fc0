"""Rounds of evaluation: their window and what is visible in it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from portal.calls.rules import instruments
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.evaluation import queries
from portal.evaluation.models import EvaluationRound
from portal.evaluation.service import consensus
from portal.infra.db import db
from portal.tenants import queries as tenants

REVIEW = "review"
MOST_NEEDED = 9
CLOSED = "closed"


def add_round(  # noqa: PLR0913 (a round is what it is made of)
    actor: Actor,
    code: str,
    title: dict[str, str],
    instrument: str,
    *,
    call_id: UUID | None,
    opens_at: datetime,
    closes_at: datetime,
    needed: int,
    blind: bool,
    shows_others: bool,
    honorarium: Decimal | None,
    now: datetime,
) -> EvaluationRound:
    """Open a round; its window decides by itself from when to when its cases can be read.

    :param needed: how many evaluators a case needs, 1 to 9; :param honorarium: for each case, tenant's currency.
    :raises NotAllowed: unless the actor manages evaluations.
    :param call_id: the call whose applications are evaluated, with its envelope; none: all of the instrument.
    :raises Invalid: naming ``code``, ``title``, ``instrument``, ``closes_at``, ``needed`` or ``honorarium``.
    """
    _may(actor)
    problems: dict[str, Message] = {}
    if not code or len(code) > 40 or not all(sign.isascii() and (sign.isalnum() or sign == "-") for sign in code):
        problems["code"] = N_("Use letters, digits and hyphens, at most 40 characters.")
    elif db.session.scalars(select(EvaluationRound.id).where(EvaluationRound.code == code)).first() is not None:
        problems["code"] = N_("There is already a round with this code.")
    if not any(text.strip() for text in title.values()):
        problems["title"] = N_("Enter a title.")
    version = 0
    try:
        version = instruments.instrument(instrument).forms[REVIEW][1]
    except (NotFound, KeyError):
        problems["instrument"] = N_("Choose an instrument that has a review form.")
    if call_id is not None and instrument not in {call.instrument for call in queries.calls() if call.id == call_id}:
        problems["instrument"] = N_("This call is for another kind of application.")
    if closes_at <= opens_at or closes_at <= now:
        problems["closes_at"] = N_("The window must close after it opens, and after now.")
    if not 1 <= needed <= MOST_NEEDED:
        problems["needed"] = N_("Enter a number from 1 to %(most)s.", most=MOST_NEEDED)
    if honorarium is not None and honorarium < 0:
        problems["honorarium"] = N_("Enter an amount that is not negative.")
    if problems:
        raise Invalid(problems)
    row = EvaluationRound(
        code=code,
        title=title,
        call_id=call_id,
        instrument=instrument,
        form_version=version,
        opens_at=opens_at,
        closes_at=closes_at,
        zone=tenants.by_id(actor.tenant_id).zone,
        blind=blind,
        shows_others=shows_others,
        needed=needed,
        honorarium=honorarium,
        state=queries.OPEN,
        made_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def extend(row: EvaluationRound, closes_at: datetime, actor: Actor, now: datetime) -> None:
    """Let a round close later, or open it again; who has not filed is reminded anew before it closes.

    :param closes_at: the first instant at which nothing can be read any more (UTC).
    :raises NotAllowed: unless the actor manages evaluations.
    :raises Invalid: (``closes_at``) when it would not be later than now and than before.
    """
    _may(actor)
    if closes_at <= now or (row.state == queries.OPEN and closes_at <= row.closes_at):
        raise Invalid({"closes_at": N_("Enter a later day than now and than before.")})
    row.closes_at, row.state = closes_at, queries.OPEN
    for one, _name in queries.evaluations_of(row.id):
        if one.state in (queries.ASSIGNED, queries.DECLARED, queries.DRAFT):
            one.reminded_at = None
    db.session.flush()


def close(row: EvaluationRound, actor: Actor, now: datetime) -> None:
    """End a round before its window does; nobody reads its cases any more, and panels that have agreed end with it.

    :raises NotAllowed: unless the actor manages evaluations.
    """
    _may(actor)
    row.state = CLOSED
    consensus.end_panels(row, actor, now)
    db.session.flush()


def _may(actor: Actor) -> None:
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
