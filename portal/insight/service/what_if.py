"""Try a standard out on the cases of the past, beside the version in force. Nothing but the draft is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.core.actor import Actor
from portal.core.calendars import CalendarError, WorkCalendar
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission, holds
from portal.core.standards import Reckoning, Standard, reckon, subjects
from portal.core.text import N_
from portal.infra import jobs
from portal.infra.db import to_json
from portal.insight.queries import standards as queries
from portal.insight.queries.standards import CaseFacts
from portal.insight.rules.standards_trial import PERIODS, Period, Trial, period
from portal.standards import queries as published
from portal.standards.models import StandardDraft
from portal.tenants import queries as tenants

#: So many cases are tried within the request; more are the work of a job.
AT_ONCE = 300
BATCH = 200
JOB = "standards.what_if"


def digest(definition: object) -> str:
    """What tells one wording of a draft from another."""
    return hashlib.sha256(to_json(definition).encode()).hexdigest()[:16]


def try_out(draft: StandardDraft, code: str, actor: Actor, now: datetime) -> bool:
    """Try a draft out on the cases of a period, at once when they are few, else by a job.

    :param code: which period, one of ``rules.standards_trial.PERIODS``; :param now: UTC.
    :returns: whether the result is there already.
    :raises NotAllowed: unless the actor manages standards. :raises Invalid: for an unknown period.
    :raises StandardError: when the draft cannot be used yet, naming every key at fault.
    """
    if not holds(actor, Permission.STANDARDS_MANAGE):
        raise NotAllowed
    if code not in PERIODS:
        raise Invalid({"period": N_("Choose one of the periods in the list.")})
    queries.parsed_draft(draft)
    span = period(code, tenants.by_id(draft.tenant_id).zone, now)
    cases = queries.count_cases(draft.instrument, draft.process, span)
    if cases <= AT_ONCE:
        _keep(draft, reckoned(draft, span, now), now)
        return True
    job = jobs.enqueue(
        JOB, {"draft": str(draft.id), "period": code, "now": now.isoformat()}, tenant_id=draft.tenant_id, now=now
    )
    waiting = {"status": "running", "job": str(job), "period": code, "cases": cases}
    draft.what_if = waiting | {"wording": digest(draft.definition)}
    draft.what_if_at = now
    return False


def work(draft_id: UUID, code: str, now: datetime, job_id: UUID, report: Callable[[int], None]) -> None:
    """Do what ``try_out`` left to a job; a draft that is gone, or was asked anew since, is left alone.

    :param report: told the per cent done between batches; ends the transaction each time.
    """
    draft = queries.draft(draft_id)
    if not _is_waited_for(draft, job_id):
        return
    span = period(code, tenants.by_id(draft.tenant_id).zone, now)
    result = reckoned(draft, span, now, report)
    draft = queries.draft(draft_id)
    if _is_waited_for(draft, job_id):
        _keep(draft, result, now)


def _is_waited_for(draft: StandardDraft, job_id: UUID) -> bool:
    return (draft.what_if or {}).get("job") == str(job_id)


def _keep(draft: StandardDraft, result: dict[str, Any], now: datetime) -> None:
    draft.what_if = result
    draft.what_if_at = now


def reckoned(
    draft: StandardDraft, span: Period, now: datetime, report: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """The figures of a draft and of the version in force over a period's cases, as plain data.

    :param now: UTC; how clocks stand at this instant.
    """
    instrument, process, wording = draft.instrument, draft.process, digest(draft.definition)
    new = queries.parsed_draft(draft)
    row = queries.newest(instrument, process, draft.code)
    old, against = (published.parsed(row), row.version) if row is not None else (None, None)
    calendar = tenants.by_id(draft.tenant_id).work_calendar
    kinds = new.event_kinds() | (old.event_kinds() if old else frozenset())
    total = queries.count_cases(instrument, process, span) if report else 0
    trial, done = Trial(span), 0
    for batch in queries.case_batches(instrument, process, span, kinds, BATCH):
        for case in batch:
            _try_case(trial, case, instrument, new, old, calendar, now)
        done += len(batch)
        if report is not None:
            report(min(99, done * 100 // max(1, total)))
    return trial.to_data(done, old is not None) | {
        "wording": wording,
        "against": against,
        "unit": new.count_unit,
        "force_unit": old.count_unit if old else None,
    }


def _try_case(
    trial: Trial,
    case: CaseFacts,
    instrument: str,
    new: Standard,
    old: Standard | None,
    calendar: WorkCalendar,
    now: datetime,
) -> None:
    try:
        after = _clocks(new, case, instrument, calendar, now)
        before = _clocks(old, case, instrument, calendar, now) if old is not None else {}
    except CalendarError:  # an event lacks the date or the amount that the standard takes from it
        trial.faults += 1
        return
    for subject in sorted({*after, *before}):
        trial.add(case.reference, subject, after.get(subject), before.get(subject), old is not None)


def _clocks(
    standard: Standard, case: CaseFacts, instrument: str, calendar: WorkCalendar, now: datetime
) -> dict[str, Reckoning]:
    if not standard.applies.to(instrument, case.route, amount=case.amount):
        return {}
    return {
        subject or "": reckon(standard, case.events, calendar, now, subject, explained=False)
        for subject in subjects(standard, case.events)
    }
