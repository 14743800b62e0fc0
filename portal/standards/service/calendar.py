"""Change the calendar by which a tenant's promises are counted. What has ended stays as it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from portal.core.actor import Actor
from portal.core.calendars import WorkCalendar, parse_calendar
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.infra import jobs
from portal.infra.db import db
from portal.standards import queries
from portal.standards.models import CalendarVersion
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

#: the job that works the open clocks out anew, batch by batch
RECOMPUTE = "clocks.recompute"
EVER = datetime(1900, 1, 1, tzinfo=UTC)


def publish_calendar(definition: Mapping[str, Any], reason: str, actor: Actor, now: datetime) -> CalendarVersion:
    """Publish a new version of the tenant's calendar; open clocks are worked out anew by a job that can be resumed.

    :param definition: as ``core.calendars.parse_calendar`` reads it. :param reason: kept, and shown where dates move.
    :param now: UTC; the version holds from this instant on.
    :raises CalendarError: when it is no calendar. :raises Invalid: when it changes a day that has passed.
    """
    tenant = tenants.by_id(actor.tenant_id)
    before, after = tenant.work_calendar, parse_calendar(dict(definition) | {"code": "default"})
    _refuse_the_past(before, after, now)
    last = db.session.scalars(select(CalendarVersion).order_by(CalendarVersion.number.desc()).limit(1)).first()
    if last is None:
        last = CalendarVersion(
            number=1, definition=dict(tenant.calendar), in_force_at=EVER, published_by="", finished_at=now
        )
        db.session.add(last)
    row = CalendarVersion(
        number=last.number + 1,
        definition=dict(definition),
        in_force_at=now,
        published_by=actor.name,
        reason=reason,
    )
    db.session.add(row)
    db.session.flush()
    db.session.execute(update(Tenant).where(Tenant.id == actor.tenant_id).values(calendar=dict(definition)))
    tenants.forget()
    queries.forget()
    payload = {"version": str(row.id), "batch": 0}
    jobs.enqueue(RECOMPUTE, payload, tenant_id=actor.tenant_id, now=now, unique_key=f"recompute:{row.id}:0")
    return row


def _refuse_the_past(before: WorkCalendar, after: WorkCalendar, now: datetime) -> None:
    """A day that has passed was worked or not: saying otherwise now would move dates that people relied on."""
    today = now.astimezone(ZoneInfo(after.zone)).date()
    changed = before.closing_days.keys() ^ after.closing_days.keys()
    past = sorted(day for day in changed if day < today)
    if past:
        raise Invalid(
            {
                "closing_days": N_(
                    "%(day)s has passed. Closing days can be added or removed for today and later only.", day=past[0]
                )
            }
        )
