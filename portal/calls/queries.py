"""Read the calls of a tenant, and what is promised to whoever applies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import false, func, or_, select

from portal.calls.models import Call, CallChange, Clarification
from portal.core.errors import NotFound
from portal.core.text import Text
from portal.infra import tenancy
from portal.infra.db import db


@dataclass(frozen=True)
class Promise:
    """A published service standard as a call shows it.

    :param amount: how much time; :param unit: in which unit of ``core.standards``.
    :param target_percent: in how many cases of a hundred we mean to keep it.
    """

    code: str
    name: Text
    promise: Text
    side: str
    amount: int
    unit: str
    time: str
    target_percent: int


PromiseSource = Callable[[str], list[Promise]]
_sources: list[PromiseSource] = []


def promised_by(source: PromiseSource) -> PromiseSource:
    """Register who knows the published standards of an instrument (the standards are a feature above the calls)."""
    _sources.append(source)
    return source


def promises(instrument: str) -> list[Promise]:
    """What is promised to an applicant of this instrument, in the order of the process."""
    return [promise for source in _sources for promise in source(instrument)]


def open_calls(now: datetime) -> list[Call]:
    """The calls that take applications at this instant (UTC): the one that closes first, first."""
    statement = select(Call).where(
        Call.is_draft.is_(False), Call.opens_at <= now, or_(Call.closes_at.is_(None), Call.closes_at > now)
    )
    return sorted(db.session.scalars(statement), key=lambda call: (call.closes_at is None, call.closes_at, call.code))


def other_calls(now: datetime) -> list[Call]:
    """The calls that are still to open or have closed, newest first."""
    statement = select(Call).where(Call.is_draft.is_(False), or_(Call.opens_at > now, Call.closes_at <= now))
    return list(db.session.scalars(statement.order_by(Call.opens_at.desc()).limit(50)))


def by_code(code: str) -> Call:
    """The call with this code, once it was announced.

    :raises NotFound: when the tenant has none, or it is a draft.
    """
    call = _by_code(code)
    if call.is_draft:
        raise NotFound
    return call


def by_id(call_id: UUID | None) -> Call | None:
    """The call with this id, drafts too; None for none."""
    if call_id is None:
        return None
    return tenancy.once(("call", call_id), lambda: db.session.scalars(select(Call).where(Call.id == call_id)).first())


def takes_from(call: Call, organisation_id: UUID, now: datetime) -> bool:
    """Whether an organisation may submit at this instant (UTC): the call is open, or a late entry was granted to it."""
    return call.is_open(now) or any(row.until and now < row.until for row in late_entries(call, [organisation_id]))


def late_entries(call: Call, organisations: Iterable[UUID] | None = None) -> list[CallChange]:
    """The late entries granted on a call, the newest first. :param organisations: only theirs."""
    statement = select(CallChange).where(CallChange.call_id == call.id, CallChange.kind == "late_entry")
    if organisations is not None:
        wanted = list(organisations)
        statement = statement.where(CallChange.organisation_id.in_(wanted) if wanted else false())
    return list(db.session.scalars(statement.order_by(CallChange.decided_at.desc(), CallChange.id.desc())))


def extensions(call: Call) -> list[CallChange]:
    """The decisions by which a call closes later, the newest first."""
    return [row for row in changes_of(call) if row.kind == "extension"]


# -- for those who manage calls


def managed() -> list[Call]:
    """Every call, drafts first, then the newest."""
    return list(db.session.scalars(select(Call).order_by(Call.is_draft.desc(), Call.opens_at.desc(), Call.code)))


def for_managers(code: str) -> Call:
    """The call with this code, a draft too.

    :raises NotFound: when the tenant has none.
    """
    return _by_code(code)


def changes_of(call: Call) -> list[CallChange]:
    """Every decision on a call, the newest first."""
    return list(
        db.session.scalars(
            select(CallChange)
            .where(CallChange.call_id == call.id)
            .order_by(CallChange.decided_at.desc(), CallChange.id.desc())
        )
    )


def waiting_questions(calls: Iterable[Call]) -> dict[UUID, int]:
    """How many questions wait for an answer, by call. One query."""
    rows = db.session.execute(
        select(Clarification.call_id, func.count())
        .where(
            Clarification.call_id.in_([call.id for call in calls]),
            Clarification.answered_at.is_(None),
            Clarification.set_aside_at.is_(None),
        )
        .group_by(Clarification.call_id)
    )
    return {row[0]: row[1] for row in rows}


# -- questions


def answered(call: Call) -> list[Clarification]:
    """The questions about a call with their answers, in the order in which they were answered."""
    return list(
        db.session.scalars(
            select(Clarification)
            .where(Clarification.call_id == call.id, Clarification.answered_at.is_not(None))
            .order_by(Clarification.answered_at, Clarification.number)
        )
    )


def questions(call: Call) -> list[Clarification]:
    """Every question about a call as those see it who answer: what waits first, the oldest first."""
    rows = db.session.scalars(
        select(Clarification).where(Clarification.call_id == call.id).order_by(Clarification.number)
    )
    return sorted(rows, key=lambda row: (row.answered_at is not None or row.set_aside_at is not None, row.number))


def waiting_of(call: Call, person_id: UUID | None) -> int:
    """How many questions of a person about a call wait for an answer."""
    statement = select(func.count()).where(
        Clarification.call_id == call.id,
        Clarification.asked_by == person_id,
        Clarification.answered_at.is_(None),
        Clarification.set_aside_at.is_(None),
    )
    return db.session.scalar(statement) or 0


def question(call: Call, number: int) -> Clarification:
    """A question about a call.

    :raises NotFound: when there is none with this number.
    """
    row = db.session.scalars(
        select(Clarification).where(Clarification.call_id == call.id, Clarification.number == number)
    ).first()
    if row is None:
        raise NotFound
    return row


def _by_code(code: str) -> Call:
    call = db.session.scalars(select(Call).where(Call.code == code)).first()
    if call is None:
        raise NotFound
    return call
