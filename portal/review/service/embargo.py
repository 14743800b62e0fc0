"""Keep a decision back until an instant: taken, and told to nobody outside; then told once, by a job.

The decision leads into a veiled state (see ``cases.service.outside``). The job of its instant lets the case come out
of it; a letter that an officer made ready before goes out in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move, workflow_of
from portal.cases.service.steps import Step, condition, effect, guard
from portal.core import local_time
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.text import N_, Message
from portal.infra import jobs
from portal.infra.db import db
from portal.review.models import Decision
from portal.review.queries import record as queries
from portal.review.service.letter import digests
from portal.tenants import queries as tenants

EMBARGOED = "embargoed"
SET, ENDED, SCHEDULED = "embargo_set", "embargo_ended", "letter_scheduled"
RELEASE = "decisions.release"


def set_until(case: Case) -> datetime | None:
    """Until when (UTC) a manager said that the case's decision is kept back; None when nobody did, or it was told."""
    found = queries.last_event(case.id, SET, ENDED)
    return datetime.fromisoformat(str(found.data["until"])) if found is not None and found.kind == SET else None


def kept_until(case: Case, now: datetime) -> datetime | None:
    """Until when (UTC) the decision of a case is kept back, while this is to come and something can be kept back."""
    if not any(move.event == SET for move in workflow_of(case).moves_from(case.state)):
        return None
    until = set_until(case)
    return until if until is not None and until > now else None


@condition("under_embargo")
def under_embargo(step: Step) -> bool:
    """A decision taken now is kept back."""
    until = set_until(step.case)
    return until is not None and until > step.now


@effect("keep_back")
def keep_back(step: Step) -> None:
    """Keep the decision back until the instant asked for, read in the tenant's zone; one already taken follows it.

    :raises Invalid: when the instant is not to come, or the clocks leave that hour out.
    """
    try:
        until = local_time.instant(str(step.inputs["until"]), tenants.by_id(step.case.tenant_id).zone)
    except local_time.LocalTimeError as error:
        raise Invalid({"until": error.message}) from None
    if until <= step.now:
        raise Invalid({"until": N_("Choose an instant that is still to come.")})
    step.facts["until"] = until.isoformat()
    decision = queries.standing_decision(step.case.id)
    if step.case.state == EMBARGOED and decision is not None:
        keep(step.case, decision, until, step.now)


def keep(case: Case, decision: Decision, until: datetime, now: datetime) -> None:
    """Write on a decision until when it is kept back, and ask for its release at that instant (UTC)."""
    decision.embargo_until = until
    db.session.flush()
    key = f"embargo:{decision.id}:{until.isoformat()}"
    jobs.enqueue(RELEASE, {"case": str(case.id)}, tenant_id=case.tenant_id, now=now, run_at=until, unique_key=key)


@guard("embargo_over")
def embargo_over(step: Step) -> Message | None:
    """The instant until which the decision is kept back has come."""
    decision = queries.standing_decision(step.case.id)
    if decision is None or decision.embargo_until is None or decision.embargo_until <= step.now:
        return None
    return N_("The decision is kept back until %(instant)s.", instant=decision.embargo_until)


@effect("schedule_letter")
def schedule_letter(step: Step) -> None:
    """Keep which letters, word for word, go out when the embargo ends."""
    step.facts["letters"] = digests(queries.letters_of(step.case.id))


@guard("letter_scheduled")
def letter_scheduled(step: Step) -> Message | None:
    """An officer made these very letters ready to go out by themselves."""
    if is_scheduled(step.case):
        return None
    return N_("Nobody has made this letter ready to go out by itself.")


def is_scheduled(case: Case) -> bool:
    """Whether the letters as they stand go out by themselves when the embargo ends."""
    event, letters = queries.last_event(case.id, SCHEDULED, "undone"), queries.letters_of(case.id)
    if event is None or event.kind != SCHEDULED or not letters:
        return False
    return bool(event.data.get("letters") == digests(letters))


def release(case_id: UUID, now: datetime) -> bool:
    """Let a decision be told whose embargo is over, and send its letter when one was made ready.

    :returns: whether it was told now; a second call, or one too early, changes nothing. :param now: UTC.
    """
    case = cases.locked(case_id)
    if case.state != EMBARGOED:
        return False
    system = Actor.system(case.tenant_id)
    try:
        make_move(case, "end_embargo", system, now)
    except NotNow:
        return False  # the instant was moved; the job of the new one releases it
    if is_scheduled(case):
        make_move(case, "release_letter", system, now)
    return True


@jobs.handler(RELEASE, lease_seconds=60, max_attempts=10)
def release_decision(run: jobs.Run) -> None:
    """The job of the instant at which an embargo ends."""
    try:
        release(UUID(str(run.payload["case"])), run.now)
    except NotFound as error:
        raise jobs.GiveUp("the case is not there any more") from error
