"""The job of the members' windows: every half minute those that end, tenant by tenant."""

from __future__ import annotations

import logging

from portal.cases.service import sweep
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.members.service import close, remind
from portal.tenants import queries as tenants

log = logging.getLogger("portal.members")

CLOSE = "members.close_windows"
sweep.HELD.append(close.will_close)


@jobs.periodic("members.look", 30)
def look(run: jobs.Run) -> None:
    """Ask for each tenant that has a window to close or to remind of; a tenant's failure is its own."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            if close.due(run.now, 1) or remind.due(run.now, 1):
                key = f"members:close:{tenant.id}:{int(run.now.timestamp()) // 30}"
                jobs.enqueue(CLOSE, {}, tenant_id=tenant.id, now=run.now, unique_key=key)
            db.session.flush()


@jobs.handler(CLOSE, lease_seconds=300, max_attempts=3)
def close_windows(run: jobs.Run) -> None:
    """Close the tenant's windows that are over, remind of those that end soon; what fails comes again."""
    done = close.close_windows(run.now)
    remind.remind(run.now)
    if done.failed:
        log.warning("%s windows could not be closed", done.failed)
