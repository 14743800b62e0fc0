"""Read a tenant's standards and the clocks of its cases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from time import monotonic
from uuid import UUID

from sqlalchemy import Select, func, select

from portal.core.calendars import WorkCalendar, parse_calendar
from portal.core.standards import Standard, parse_standard
from portal.infra import tenancy
from portal.infra.db import db, to_json
from portal.standards.models import CalendarVersion, Clock, ClockTally, StandardVersion
from portal.standards.rules.readings import Calendars
from portal.tenants import queries as tenants

KEEP_SECONDS = 10.0
_kept: dict[tuple[str, int, str, str], tuple[float, list[StandardVersion]]] = {}
_calendars: dict[tuple[str, int], tuple[float, tuple[tuple[datetime, WorkCalendar], ...]]] = {}


@lru_cache(maxsize=512)
def _parsed(definition: str) -> Standard:
    return parse_standard(json.loads(definition))


def parsed(row: StandardVersion) -> Standard:
    """The standard a published version says, parsed once per process."""
    return _parsed(to_json(row.definition))


def versions(instrument: str, process: str, needed: Iterable[UUID] = ()) -> list[StandardVersion]:
    """Every published version of the standards of a process, newest first within a code.

    Kept for a few seconds: a version never changes once published. The rows are detached; read them only.

    :param needed: versions that must be among them: one published elsewhere a moment ago is not kept here yet.
    """
    key = (str(db.engine.url), tenancy.required(), instrument, process)
    known = _kept.get(key)
    if known is not None and monotonic() < known[0] and {row.id for row in known[1]}.issuperset(needed):
        return known[1]
    rows = list(
        db.session.scalars(
            select(StandardVersion)
            .where(StandardVersion.instrument == instrument, StandardVersion.process == process)
            .order_by(StandardVersion.code, StandardVersion.version.desc())
        )
    )
    for row in rows:
        db.session.expunge(row)
    if rows:
        _kept[key] = (monotonic() + KEEP_SECONDS, rows)
    return rows


def calendars() -> Calendars:
    """The calendar of the tenant in scope, now and as it was; kept for a few seconds."""
    key = (str(db.engine.url), tenancy.required())
    known = _calendars.get(key)
    if known is None or monotonic() >= known[0]:
        rows = db.session.execute(
            select(CalendarVersion.in_force_at, CalendarVersion.definition).order_by(CalendarVersion.number)
        )
        past = tuple((since, parse_calendar(dict(data) | {"code": "default"})) for since, data in rows)
        known = _calendars[key] = (monotonic() + KEEP_SECONDS, past)
    return Calendars(tenants.by_id(key[1]).work_calendar, known[1])


def forget() -> None:
    """Forget the versions that are kept, after one was published in this process."""
    _kept.clear()
    _calendars.clear()


def clocks_of(case_ids: Iterable[UUID]) -> list[tuple[Clock, StandardVersion]]:
    """The clocks of some cases with the version of the standard each keeps, in the order they began."""
    wanted = tuple(case_ids)
    statement = (
        select(Clock, StandardVersion)
        .join(
            StandardVersion,
            (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id),
        )
        .where(Clock.case_id.in_(wanted))
        .order_by(Clock.case_id, Clock.started_at, Clock.code)
    )
    rows = tenancy.once(("clocks", *wanted), lambda: tuple(db.session.execute(statement).all()))
    return [(clock, version) for clock, version in rows]


def kept_in(quarter: str, side: str) -> tuple[int, int]:
    """How many promises of a side were kept, and of how many that ended in a quarter; from the tally, one query.

    :param quarter: of the tenant's own calendar, such as ``2026-Q3``. :param side: e.g. ``secretariat``.
    """
    of_side = (
        select(StandardVersion.id)
        .where(
            StandardVersion.instrument == ClockTally.instrument,
            StandardVersion.process == ClockTally.process,
            StandardVersion.code == ClockTally.code,
            StandardVersion.definition["side"].as_string() == side,
        )
        .exists()
    )
    rows = db.session.execute(
        select(ClockTally.state, func.sum(ClockTally.count))
        .where(ClockTally.quarter == quarter, ClockTally.state.in_(("met", "missed")), of_side)
        .group_by(ClockTally.state)
    )
    counts = {state: int(count) for state, count in rows}
    return counts.get("met", 0), sum(counts.values())


def due_for_check(now: datetime, limit: int) -> Select[Clock]:
    """The open clocks that time alone has changed, oldest first: a range of one index."""
    return (
        select(Clock)
        .where(Clock.is_open.is_(True), Clock.next_check_at <= now)
        .order_by(Clock.next_check_at)
        .limit(limit)
    )
