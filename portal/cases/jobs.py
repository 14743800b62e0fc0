"""The jobs of the clocks: every minute what time alone has changed; after a change of the calendar all open ones.

Each tenant's open clocks are looked up by one index range. A job does one batch, a transaction, and asks for the next.
"""

from __future__ import annotations

import logging
from uuid import UUID

from portal.cases.service.recompute import recompute
from portal.cases.service.sweep import sweep
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.standards import queries as standards
from portal.standards.service import RECOMPUTE
from portal.tenants import queries as tenants

log = logging.getLogger("portal.clocks")

SWEEP = "clocks.sweep"


@jobs.periodic("clocks.look", 60)
def look(run: jobs.Run) -> None:
    """Ask for a sweep of each tenant that has something due; a tenant's failure is its own."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            due = db.session.scalars(standards.due_for_check(run.now, 1)).first() is not None
            if due:
                minute = int(run.now.timestamp()) // 60
                jobs.enqueue(SWEEP, {}, tenant_id=tenant.id, now=run.now, unique_key=f"sweep:{minute}")
            db.session.flush()


@jobs.handler(SWEEP, lease_seconds=300, max_attempts=3)
def sweep_tenant(run: jobs.Run) -> None:
    """Sweep a batch of the tenant's due clocks and ask for the next; what fails comes again with the next minute."""
    swept = sweep(run.now)
    if swept.failed:
        log.warning("sweep: %s of %s cases failed", swept.failed, swept.cases)
    elif swept.cases and db.session.scalars(standards.due_for_check(run.now, 1)).first() is not None:
        jobs.enqueue(SWEEP, {}, tenant_id=run.tenant_id, now=run.now, unique_key=f"sweep:after:{run.job_id}")


@jobs.handler(RECOMPUTE, lease_seconds=300, max_attempts=10)
def recompute_clocks(run: jobs.Run) -> None:
    """Work a batch of open clocks out anew after a change of the calendar, and ask for the next batch."""
    version, batch = UUID(str(run.payload["version"])), int(run.payload["batch"])
    if recompute(version, run.now):
        payload = {"version": str(version), "batch": batch + 1}
        key = f"recompute:{version}:{batch + 1}"
        jobs.enqueue(RECOMPUTE, payload, tenant_id=run.tenant_id, now=run.now, unique_key=key)
