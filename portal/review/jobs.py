"""The job of what approvals ask for: every hour whoever has to know of a day that comes, or has passed."""

from __future__ import annotations

from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.review.service import due
from portal.tenants import queries as tenants

LOOK, REMIND = "conditions.look", "conditions.remind"
HOUR = 3600


@jobs.periodic(LOOK, HOUR)
def look(run: jobs.Run) -> None:
    """Ask for each tenant in which a condition is nearly due or overdue; a tenant's failure is its own."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            if db.session.scalars(due.due(run.now, 1)).first() is not None:
                key = f"{REMIND}:{int(run.now.timestamp()) // HOUR}"
                jobs.enqueue(REMIND, {}, tenant_id=tenant.id, now=run.now, unique_key=key)
            db.session.flush()


@jobs.handler(REMIND, lease_seconds=300, max_attempts=3)
def remind(run: jobs.Run) -> None:
    """Remind of a batch of the tenant's conditions, and ask for the next."""
    if due.remind(run.now) and db.session.scalars(due.due(run.now, 1)).first() is not None:
        jobs.enqueue(REMIND, {}, tenant_id=run.tenant_id, now=run.now, unique_key=f"{REMIND}:after:{run.job_id}")
