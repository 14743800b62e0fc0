"""Guessing is slowed down, by account and by network, on every worker alike."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts import rules
from portal.accounts.models import Attempt, Ticket
from portal.core.errors import NotNow
from portal.core.text import N_
from portal.infra.db import db


class TooManyTries(NotNow):
    """Somebody guesses, or looks as if: nothing is looked at until ``until``."""

    def __init__(self, until: datetime) -> None:
        """:param until: the instant (UTC) from which another try is looked at."""
        super().__init__(N_("There were too many tries. Try again after %(until)s.", until=until))
        self.until = until


def throttle(kind: str, key: str, now: datetime) -> None:
    """Count one try of something that may be overdone, and refuse when there were too many.

    :param kind: ``address`` or ``reset``; :param key: what is counted, for example ``reset:192.0.2.7``.
    :raises TooManyTries: while blocked.
    """
    refuse_blocked(kind, key, now)
    count_failure(kind, key, now)


def refuse_blocked(kind: str, key: str, now: datetime) -> None:
    """Refuse while there were too many failures under this key (see :func:`throttle` for the parameters).

    :raises TooManyTries: while blocked.
    """
    _refuse_if_blocked([counter(f"{kind}:{digest(key)}", now)], now)


def count_failure(kind: str, key: str, now: datetime) -> None:
    """Count a failure under this key; the caller keeps the changes although it refuses."""
    failed([counter(f"{kind}:{digest(key)}", now)], now)


def network(address: str) -> str:
    """The network an address counts as: one IPv6 customer holds a whole /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def doors(email: str, address: str, now: datetime) -> list[Attempt]:
    """The two counters of a try, always locked in this order; refuses when either is blocked."""
    rows = [counter(f"address:{network(address)}", now), counter(f"account:{digest(email)}", now)]
    _refuse_if_blocked(rows, now)
    return rows


def _refuse_if_blocked(rows: list[Attempt], now: datetime) -> None:
    until = max((row.blocked_until for row in rows if row.blocked_until and row.blocked_until > now), default=None)
    if until is not None:
        raise TooManyTries(until)


def counter(key: str, now: datetime) -> Attempt:
    """The counter of a key, made when missing and held until the transaction ends, so that none is lost."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(
        dialect.insert(Attempt).values(key=key, failures=0, first_at=now).on_conflict_do_nothing(index_elements=["key"])
    )
    row = db.session.scalars(
        select(Attempt).where(Attempt.key == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    if rules.is_forgotten(row.first_at, row.blocked_until, now):
        row.failures, row.first_at, row.blocked_until = 0, now, None
    return row


def failed(rows: list[Attempt], now: datetime) -> None:
    """Count a failure on each of these counters and block those that have had too many."""
    for row in rows:
        row.failures += 1
        wait = rules.block(row.key.partition(":")[0], row.failures)
        row.blocked_until = now + wait if wait else None
    db.session.flush()


def forgive(row: Attempt, now: datetime) -> None:
    """An account's failures are over; those of the address stay, or a guesser with one account could go on."""
    row.failures, row.blocked_until, row.first_at = 0, None, now


def forget_old_tries(now: datetime) -> None:
    """Drop counters that no longer count, and links that were used or ran out a month ago."""
    long_ago = now - rules.FORGET_AFTER
    old = (Attempt.first_at < long_ago) & ((Attempt.blocked_until.is_(None)) | (Attempt.blocked_until < now))
    db.session.execute(delete(Attempt).where(old).execution_options(synchronize_session=False))
    stale = Ticket.expires_at < now - timedelta(days=30)
    db.session.execute(delete(Ticket).where(stale).execution_options(synchronize_session=False))


def digest(token: str) -> str:
    """What is kept of a secret, or of a name that is nobody's business."""
    return hashlib.sha256(token.encode()).hexdigest()
