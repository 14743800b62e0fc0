"""Read a tenant's standards and the clocks of its cases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, select

from portal.core.standards import Standard, parse_standard
from portal.infra.db import db, to_json
from portal.standards.models import Clock, StandardVersion


@lru_cache(maxsize=512)
def _parsed(definition: str) -> Standard:
    return parse_standard(json.loads(definition))


def parsed(row: StandardVersion) -> Standard:
    """The standard a published version says, parsed once per process."""
    return _parsed(to_json(row.definition))


def versions(instrument: str, process: str) -> list[StandardVersion]:
    """Every published version of the standards of a process, newest first within a code."""
    return list(
        db.session.scalars(
            select(StandardVersion)
            .where(StandardVersion.instrument == instrument, StandardVersion.process == process)
            .order_by(StandardVersion.code, StandardVersion.version.desc())
        )
    )


def clocks_of(case_ids: Iterable[UUID]) -> list[tuple[Clock, StandardVersion]]:
    """The clocks of some cases with the version of the standard each keeps, in the order they began."""
    rows = db.session.execute(
        select(Clock, StandardVersion)
        .join(
            StandardVersion,
            (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id),
        )
        .where(Clock.case_id.in_(list(case_ids)))
        .order_by(Clock.case_id, Clock.started_at, Clock.code)
    )
    return [(clock, version) for clock, version in rows]


def due_for_check(now: datetime, limit: int) -> Select[Clock]:
    """The open clocks that time alone has changed, oldest first: a range of one index."""
    return (
        select(Clock)
        .where(Clock.is_open.is_(True), Clock.next_check_at <= now)
        .order_by(Clock.next_check_at)
        .limit(limit)
    )
