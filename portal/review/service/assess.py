"""Assess by the review form: keep a draft, file it, begin anew when it is sent back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forms.engine import answers as reading
from forms.engine.definition import FormDefinition
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.context import form_context
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.review.models import Assessment
from portal.review.queries import record as queries

REVIEW = "review"
DRAFT, FILED, REOPENED = "draft", "filed", "reopened"


def form_version(case: Case) -> int:
    """The version of the review form with which a new assessment begins.

    :raises NotFound: when the instrument is not assessed by a form.
    """
    forms = instruments.instrument(case.instrument).forms
    if REVIEW not in forms:
        raise NotFound
    return forms[REVIEW][1]


def review_form(case: Case, version: int) -> FormDefinition:
    """The review form of a case's instrument."""
    return instruments.form(case.instrument, REVIEW, version)


def draft_of(case: Case) -> Assessment | None:
    """The assessment that may still be changed."""
    found = queries.latest_assessment(case.id)
    return found if found is not None and found.state == DRAFT else None


def save_assessment(case: Case, answers: Mapping[str, Mapping[str, Any]], actor: Actor, now: datetime) -> Assessment:
    """Keep what the officer has judged so far; nothing need be complete.

    :param answers: section → question → value, of the review form.
    :raises NotAllowed: for anybody but an officer. :raises NotNow: when the case is not being assessed.
    """
    case = cases.locked(case.id)
    if not holds(actor, Permission.CASE_ASSESS):
        raise NotAllowed(N_("Only a programme officer may assess."))
    if case.state != "assessing":
        raise NotNow(N_("This case is not being assessed now."))
    draft = draft_of(case) or _begin(case, {}, now)
    draft.answers = {section: dict(values) for section, values in answers.items()}
    draft.assessor_id, draft.assessor_name, draft.changed_at = actor.person_id, actor.name, now
    db.session.flush()
    return draft


def _begin(case: Case, answers: Mapping[str, Any], now: datetime) -> Assessment:
    last = queries.latest_assessment(case.id)
    row = Assessment(
        case_id=case.id,
        number=1 if last is None else last.number + 1,
        form_version=form_version(case),
        answers=dict(answers),
        state=DRAFT,
        changed_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


@guard("assessment_finished")
def assessment_finished(step: Step) -> Message | None:
    """The review form is complete and its answers are right."""
    draft = draft_of(step.case)
    if draft is None:
        return N_("Nothing has been assessed yet: judge each criterion and save.")
    context = form_context(step.case, step.actor.language, step.now)
    found = reading.problems(review_form(step.case, draft.form_version), draft.answers, context, "submit")
    if not found:
        return None
    return N_("The assessment is not finished. Answers missing or to be mended: %(count)s.", count=len(found))


@effect("file_assessment")
def file_assessment(step: Step) -> None:
    """Freeze the assessment in the name of whoever files it."""
    draft = draft_of(step.case)
    if draft is None:
        raise NotNow(N_("Nothing has been assessed yet: judge each criterion and save."))
    known = reading.promote(review_form(step.case, draft.form_version), draft.answers)
    draft.state, draft.filed_at, draft.changed_at = FILED, step.now, step.now
    draft.assessor_id, draft.assessor_name = step.actor.person_id, step.actor.name
    draft.recommendation = str(known.get("recommendation") or "")
    step.facts |= {"assessment": draft.number, "recommendation": draft.recommendation}


@effect("reopen_assessment")
def reopen_assessment(step: Step) -> None:
    """Mark the filed assessment as sent back and begin a new one with its answers; the old one stays as it was."""
    filed = queries.filed_assessment(step.case.id)
    if filed is None:
        return
    filed.state = REOPENED
    _begin(step.case, filed.answers, step.now)
