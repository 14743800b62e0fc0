"""Work behind the pages of accounts."""

from __future__ import annotations

from portal.accounts import service
from portal.infra import jobs


@jobs.handler(service.RESET_JOB, lease_seconds=60, max_attempts=5)
def mail_reset(run: jobs.Run) -> None:
    """Mail the link to a new password to whoever asked, if she has an account."""
    service.mail_reset(str(run.payload["email"]), run.now)


@jobs.periodic("accounts.forget", 6 * 3600)
def forget(run: jobs.Run) -> None:
    """Drop counters and links that no longer matter."""
    service.forget_old_tries(run.now)
