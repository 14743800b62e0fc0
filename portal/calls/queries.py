"""Read the calls of a tenant, and what is promised to whoever applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from portal.calls.models import Call
from portal.core.errors import NotFound
from portal.core.text import Text
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
    statement = select(Call).where(Call.opens_at <= now, or_(Call.closes_at.is_(None), Call.closes_at > now))
    return sorted(db.session.scalars(statement), key=lambda call: (call.closes_at is None, call.closes_at, call.code))


def other_calls(now: datetime) -> list[Call]:
    """The calls that are still to open or have closed, newest first."""
    statement = select(Call).where(or_(Call.opens_at > now, Call.closes_at <= now)).order_by(Call.opens_at.desc())
    return list(db.session.scalars(statement.limit(50)))


def by_code(code: str) -> Call:
    """The call with this code.

    :raises NotFound: when the tenant has none.
    """
    call = db.session.scalars(select(Call).where(Call.code == code)).first()
    if call is None:
        raise NotFound
    return call
