"""The figures of clocks that have ended, kept in step with every change, so that no page ever counts clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils.compat import uuid7

from portal.infra import tenancy
from portal.infra.db import db
from portal.standards.models import Clock, ClockTally, StandardVersion
from portal.tenants import queries as tenants

#: The ends that are counted. A promise that nobody needed any more (void) was neither kept nor broken.
COUNTED = frozenset({"met", "missed", "lost"})
COLUMNS = ("instrument", "process", "code", "quarter", "state", "taken", "paused_days", "reason")
#: so many rows of one insert: both databases have a limit on parameters
AT_ONCE = 400

#: instrument, process, code, quarter, state, days taken, days stood still, reason; None: not counted
Key = tuple[str, str, str, str, str, int, int, str] | None


class Ended(Protocol):
    """A clock, or the columns of one."""

    code: Any
    state: Any
    stopped_at: Any
    taken: Any
    paused_days: Any
    reason: Any


def key_of(instrument: str, process: str, clock: Ended, zone: str) -> Key:
    """Under which figures a clock is counted; None while it runs and when it is not counted at all."""
    if clock.state not in COUNTED or clock.stopped_at is None:
        return None
    quarter = quarter_code(clock.stopped_at, zone)
    taken, still = clock.taken or 0, clock.paused_days or 0
    return (instrument, process, clock.code, quarter, clock.state, taken, still, clock.reason)


def quarter_code(at: datetime, zone: str) -> str:
    """The quarter of the tenant's own calendar in which an instant lies, such as "2026-Q3"."""
    return _quarter(at.replace(minute=0, second=0, microsecond=0), zone)


@lru_cache(maxsize=20_000)
def _quarter(at: datetime, zone: str) -> str:
    day = at.astimezone(ZoneInfo(zone)).date()
    return f"{day.year:04}-Q{(day.month + 2) // 3}"


def add(change: Mapping[Key, int]) -> None:
    """Change the figures by these numbers, in the tenant in scope; what falls to nothing is removed."""
    rows = sorted((key, number) for key, number in change.items() if key is not None and number)
    if not rows:
        return
    tenant_id = tenancy.required()
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    for first in range(0, len(rows), AT_ONCE):
        values = [
            {"tenant_id": tenant_id, "id": uuid7(), **dict(zip(COLUMNS, key, strict=True)), "count": number}
            for key, number in rows[first : first + AT_ONCE]
        ]
        statement = insert(ClockTally.__table__).values(values)  # type: ignore[arg-type]
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", *COLUMNS],
                set_={"count": ClockTally.__table__.c.count + statement.excluded["count"]},
            ),
            execution_options={"tenancy": "every row carries the tenant in scope"},
        )
    if any(number < 0 for _, number in rows):
        db.session.execute(
            delete(ClockTally).where(ClockTally.count == 0), execution_options={"synchronize_session": False}
        )


def counted() -> Counter[Key]:
    """The figures as the clocks of the tenant in scope say; reads every clock that has ended."""
    zone = tenants.by_id(tenancy.required()).zone
    found: Counter[Key] = Counter()
    rows = db.session.execute(
        select(
            StandardVersion.instrument,
            StandardVersion.process,
            Clock.code,
            Clock.state,
            Clock.stopped_at,
            Clock.taken,
            Clock.paused_days,
            Clock.reason,
        )
        .join(
            StandardVersion, (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id)
        )
        .where(Clock.is_open.is_(False), Clock.state.in_(sorted(COUNTED)))
        .execution_options(yield_per=5000)
    )
    for row in rows:
        found[key_of(row.instrument, row.process, row, zone)] += 1
    del found[None]
    return found


def kept() -> Counter[Key]:
    """The figures as they are kept."""
    rows = db.session.execute(select(*(getattr(ClockTally, name) for name in COLUMNS), ClockTally.count))
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def differences() -> list[str]:
    """Where the kept figures of the tenant in scope differ from its clocks, in words."""
    truth, have = counted(), kept()
    return sorted(
        f"figures of {' '.join(str(part) for part in key if part != '')}: {have[key]} kept, should be {truth[key]}"
        for key in truth.keys() | have.keys()
        if key is not None and truth[key] != have[key]
    )


def rebuild() -> None:
    """Count the figures of the tenant in scope anew."""
    truth = counted()
    db.session.execute(delete(ClockTally), execution_options={"synchronize_session": False})
    add(truth)


def of_rows(rows: list[dict[str, Any]], standards: Mapping[UUID, tuple[str, str]], zone: str) -> Counter[Key]:
    """The figures of clocks that are inserted as plain rows.

    :param standards: id of a version → its instrument and process.
    """
    found: Counter[Key] = Counter()
    for row in rows:
        found[key_of(*standards[row["standard_id"]], _Row(row), zone)] += 1
    return found


class _Row:
    """A mapping read like a clock."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.code, self.state, self.stopped_at = values["code"], values["state"], values["stopped_at"]
        self.taken, self.paused_days, self.reason = values["taken"], values["paused_days"], values["reason"]
