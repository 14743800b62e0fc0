"""Jobs of the figures: trying a standard out on many cases, and the weekly mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portal.core.errors import NotFound
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.insight.service import digest, what_if
from portal.tenants import queries as tenants


@jobs.handler(what_if.JOB, lease_seconds=120, max_attempts=3)
def try_standard(run: jobs.Run) -> None:
    """Reckon a draft over the cases of a period, batch by batch, with visible progress."""
    try:
        what_if.work(
            UUID(str(run.payload["draft"])),
            str(run.payload["period"]),
            datetime.fromisoformat(str(run.payload["now"])),
            run.job_id,
            run.report,
        )
    except NotFound:
        return  # published or thrown away meanwhile: nobody waits for the result


@jobs.periodic("digest.look", 600)
def look_for_mondays(run: jobs.Run) -> None:
    """Ask for the weekly mails of each tenant in whose zone it is Monday morning."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            digest.ask_for_digests(tenant, run.now)
            db.session.flush()


@jobs.handler(digest.JOB, lease_seconds=60, max_attempts=3)
def tell_the_week(run: jobs.Run) -> None:
    """Word the weekly mail of one person."""
    if run.tenant_id is not None:
        digest.send_digest(UUID(str(run.payload["person"])), run.tenant_id, run.now)
