"""Freeze what is submitted, and open or close sections for mending."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from portal.calls import queries as calls
from portal.cases import queries
from portal.cases.models import APPLICATION, Case, Submission
from portal.cases.rules.chain import canonical
from portal.cases.service import document
from portal.cases.service.move import form_of
from portal.cases.service.steps import Step, effect
from portal.core.text import Text
from portal.infra.db import db
from portal.standards.service import NEVER
from portal.tenants import queries as tenants

MOMENT = timedelta(microseconds=1)
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@effect("freeze_submission")
def freeze_submission(step: Step) -> None:
    """Keep the answers as a numbered snapshot that never changes, with its digest; ask for its PDF."""
    case, definition = step.case, form_of(step.case)
    answers = queries.answers_of(case.id)
    number = 1 + (db.session.scalar(select(func.max(Submission.number)).where(Submission.case_id == case.id)) or 0)
    snapshot = Submission(
        case_id=case.id,
        number=number,
        answers=answers,
        sha256=hashlib.sha256(canonical(answers)).hexdigest(),
        form_version=case.form_version,
        form_checksum=definition.checksum,
        submitted_at=step.now,
        submitted_by=step.actor.person_id,
        signed_by_name=signed_by(step),
    )
    db.session.add(snapshot)
    case.is_submitted = True
    if number == 1:
        if case.kind == APPLICATION:
            step.facts["deadline"] = deadline_day(case, step.now).isoformat()
        case.submitted_at = step.now
        case.urgent_at = NEVER
        code = give_access_code(step)
        step.mail_context["access_code"] = code
        # Not a column: whoever submits sees the code once, on the page after, and then only its digest is left.
        case.fresh_access_code = code  # type: ignore[attr-defined]
    step.facts |= {"submission": number, "sha256": snapshot.sha256}
    document.request_submission(case, snapshot, step.now)


def deadline_day(case: Case, submitted_at: datetime) -> date:
    """The day from which a promise counts that begins with the deadline of the call.

    That is the last day on which the call took applications, in its own zone; the day of the submission, in the
    tenant's zone, where the call has no closing or this one came later.
    """
    call = calls.by_id(case.call_id)
    submitted = submitted_at.astimezone(ZoneInfo(tenants.by_id(case.tenant_id).zone)).date()
    if call is None or call.closes_at is None:
        return submitted
    return max(submitted, (call.closes_at - MOMENT).astimezone(ZoneInfo(call.zone)).date())


def signed_by(step: Step) -> str:
    """The name under which the newest sign-off was given, or nothing."""
    event = queries.newest_event(step.case.id, ("signed_off",))
    return str(event.data.get("typed_name", event.actor_name)) if event else ""


def give_access_code(step: Step) -> str:
    """A code by which anybody who has it may look the status up; only its digest is kept."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    step.case.access_code_digest = access_code_digest(step.case.reference, code)
    return f"{code[:5]}-{code[5:]}"


def access_code_digest(reference: str, code: str) -> str:
    """The digest under which a status code is kept: of the reference and the code, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(f"{reference.upper()}:{plain}".encode()).hexdigest()


@effect("open_sections")
def open_sections(step: Step) -> None:
    """Open the named sections for the applicant, each with what is to be mended."""
    reasons = dict(step.inputs["sections"])
    step.case.returned_sections = reasons
    titles = {section.code: section.title for section in form_of(step.case).sections}
    step.mail_context["sections"] = [
        {"title": dict(_wordings(titles[code])), "reason": reason} for code, reason in reasons.items()
    ]


def _wordings(text: Text) -> list[tuple[str, str]]:
    return [(code, text.get(code)) for code in text.languages]


@effect("close_sections")
def close_sections(step: Step) -> None:
    """Close the sections that were open for mending."""
    step.facts["sections"] = sorted(step.case.returned_sections)
    step.case.returned_sections = {}
