"""An evaluator declares herself, judges and files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from forms.engine import answers as reading
from forms.engine.definition import FormDefinition, Problem
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.service import events
from portal.cases.service.context import form_context
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.evaluation import queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.rules import scores
from portal.infra.db import db

REVIEW = "review"
FREE, CONFLICT, NO_TIME = "free", "conflict", "decline"
LONGEST = 2000


def review_form(row: EvaluationRound) -> FormDefinition:
    """The review form of a round, in the version it began with."""
    return instruments.form(row.instrument, REVIEW, row.form_version)


def scoring_of(row: EvaluationRound) -> scores.Scoring:
    """How the instrument of a round scores its review form."""
    return scores.Scoring.parse(instruments.instrument(row.instrument).extra.get("scoring"))


def criteria_of(row: EvaluationRound) -> tuple[str, ...]:
    """The questions of the review form that are scored."""
    scoring = scoring_of(row)
    section = next((one for one in review_form(row).sections if one.code == scoring.section), None)
    kinds = ("choice", "number")
    return tuple(question.code for question in section.questions if question.kind in kinds) if section else ()


def declare(evaluation_id: UUID, answer: str, statement: str, actor: Actor, now: datetime) -> Evaluation:
    """Say whether one is free to evaluate; only ``free`` opens the case.

    It is said once; but who discovers a conflict while she reads declares it until she has filed, and reads no further.

    :param answer: ``free``, ``conflict`` or ``decline`` (no time); :param statement: what the conflict is.
    :raises NotFound: when it is not hers, or not now. :raises NotNow: when she has declared herself already.
    :raises Invalid: (``answer``) when nothing was chosen, (``statement``) when a conflict is not described.
    """
    one, _row = _mine(evaluation_id, actor, now)
    discovered = answer == CONFLICT and one.state in (queries.DECLARED, queries.DRAFT)
    if one.state != queries.ASSIGNED and not discovered:
        raise NotNow(N_("You have declared yourself on this case already."))
    statement = statement.strip()
    if answer not in (FREE, CONFLICT, NO_TIME):
        raise Invalid({"answer": N_("Choose one of the answers.")})
    if answer == CONFLICT and not statement:
        raise Invalid({"statement": N_("Say in a few words what the conflict is.")})
    if len(statement) > LONGEST:
        raise Invalid({"statement": N_("Use at most %(most)s characters.", most=LONGEST)})
    states = {FREE: queries.DECLARED, CONFLICT: queries.CONFLICTED, NO_TIME: queries.DECLINED}
    one.state, one.declaration = states[answer], statement
    one.declared_at = one.changed_at = now
    db.session.flush()
    return one


def save(evaluation_id: UUID, answers: Mapping[str, Mapping[str, Any]], actor: Actor, now: datetime) -> Evaluation:
    """Keep what she has judged so far; nothing need be complete.

    :param answers: section → question → value, of the review form.
    :raises NotFound: when it is not hers to read now. :raises NotNow: when it is filed.
    """
    one, row = _mine(evaluation_id, actor, now, readable=True)
    if one.state == queries.FILED:
        raise NotNow(N_("This evaluation is filed and cannot be changed."))
    one.answers = {section: dict(values) for section, values in answers.items()}
    found = scores.score(scoring_of(row), one.answers.get(scoring_of(row).section, {}), criteria_of(row))
    one.state, one.score, one.passed, one.changed_at = queries.DRAFT, found.value, found.passed, now
    db.session.flush()
    return one


def problems(one: Evaluation, row: EvaluationRound, language: str, now: datetime) -> list[Problem]:
    """What is missing or to be mended before it can be filed."""
    context = form_context(cases.by_id(one.case_id), language, now)
    return reading.problems(review_form(row), one.answers, context, "submit")


def file(evaluation_id: UUID, actor: Actor, now: datetime) -> Evaluation:
    """File the evaluation; it cannot be changed from then on, and the honorarium is due.

    :raises NotFound: when it is not hers to read now.
    :raises NotNow: when it is filed already, not begun, or not complete.
    """
    one, row = _mine(evaluation_id, actor, now, readable=True)
    if one.state == queries.FILED:
        raise NotNow(N_("This evaluation is filed and cannot be changed."))
    if one.state != queries.DRAFT or problems(one, row, actor.language, now):
        raise NotNow(N_("The evaluation is not finished."))
    known = reading.promote(review_form(row), one.answers)
    one.recommendation = str(known.get("recommendation") or "")[:40]
    one.state, one.filed_at, one.changed_at = queries.FILED, now, now
    one.honorarium_state = "due" if row.honorarium else ""
    db.session.flush()
    case = cases.locked(one.case_id)
    events.append(case, "evaluation_filed", actor, now, {"round": row.code, "score": str(one.score)})
    return one


def _mine(
    evaluation_id: UUID, actor: Actor, now: datetime, *, readable: bool = False
) -> tuple[Evaluation, EvaluationRound]:
    if not holds(actor, Permission.EVALUATION_WRITE):
        raise NotAllowed
    ask = queries.one_readable if readable else queries.one_listed
    found = ask(actor, evaluation_id, now)
    one = db.session.scalars(
        select(Evaluation)
        .where(Evaluation.id == evaluation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if one is None or one.state not in (queries.READABLE if readable else queries.AT_WORK):
        raise NotFound  # somebody released it while we waited
    return one, found[1]
