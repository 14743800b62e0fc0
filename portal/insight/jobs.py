"""Jobs of the figures: trying a standard out on many cases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portal.core.errors import NotFound
from portal.infra import jobs
from portal.insight.service import what_if


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
