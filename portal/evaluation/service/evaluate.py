"""An evaluator declares herself, judges and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Kept:
    """How one answer was kept.

    :param status: ``saved``, or ``stale``: what stands was typed later, in another window or on another device.
    :param rev: the revision of the answer now.
    :param stands: the value that stands; :param at: when it was typed (ISO 8601), empty when nobody knows.
    """

    status: str
    rev: int
    stands: Any = None
    at: str = ""


def save(evaluation_id: UUID, answers: Mapping[str, Mapping[str, Any]], actor: Actor, now: datetime) -> Evaluation:
    """Keep what she has judged so far; nothing need be complete.

    :param answers: section → question → value, of the review form.
    :raises NotFound: when it is not hers to read now. :raises NotNow: when it is filed.
    """
    one, row = _unfiled(evaluation_id, actor, now)
    _keep(one, row, {section: dict(values) for section, values in answers.items()}, now, now)
    return one


def save_answer(
    evaluation_id: UUID, path: tuple[str, str], value: Any, actor: Actor, now: datetime, *, rev: int, typed_at: datetime
) -> Kept:
    """Keep one answer while it is typed; what was typed before that which stands changes nothing.

    Only she writes here, so another value is always her own: of another window, or of a device that was off the line.

    :param path: section and question of the review form; :param rev: the revision it was typed against.
    :param typed_at: when it was typed on the device (UTC); a time in the future counts as now.
    :raises NotFound: when it is not hers to read now. :raises NotNow: when it is filed.
    """
    one, row = _unfiled(evaluation_id, actor, now)
    section, question = path
    stands = one.answers.get(section, {}).get(question)
    stamp = _stamp(one, section, question)
    typed_at = min(typed_at, now)
    if value == stands:
        return Kept("saved", stamp["rev"])
    if rev != stamp["rev"] and stamp["at"] and datetime.fromisoformat(stamp["at"]) > typed_at:
        return Kept("stale", stamp["rev"], stands, stamp["at"])
    values = {**one.answers.get(section, {}), question: value}
    given = {**one.answers, section: {code: kept for code, kept in values.items() if kept is not None}}
    _keep(one, row, given, typed_at, now)
    return Kept("saved", _stamp(one, section, question)["rev"])


def _stamp(one: Evaluation, section: str, question: str) -> dict[str, Any]:
    stamp: dict[str, Any] = one.stamps.get(f"{section}.{question}", {"rev": 0, "at": ""})
    return stamp


def _keep(
    one: Evaluation, row: EvaluationRound, answers: dict[str, dict[str, Any]], typed_at: datetime, now: datetime
) -> None:
    """Put answers in the place of those there were: each changed one gets its next revision, the whole its score."""
    stamps = dict(one.stamps)
    for section in {*one.answers, *answers}:
        before, after = one.answers.get(section, {}), answers.get(section, {})
        for question in {*before, *after}:
            if before.get(question) != after.get(question):
                rev = _stamp(one, section, question)["rev"] + 1
                stamps[f"{section}.{question}"] = {"rev": rev, "at": typed_at.isoformat()}
    one.answers, one.stamps = answers, stamps
    found = scores.score(scoring_of(row), answers.get(scoring_of(row).section, {}), criteria_of(row))
    one.state, one.score, one.passed, one.changed_at = queries.DRAFT, found.value, found.passed, now
    db.session.flush()


def problems(one: Evaluation, row: EvaluationRound, language: str, now: datetime) -> list[Problem]:
    """What is missing or to be mended before it can be filed."""
    context = form_context(cases.by_id(one.case_id), language, now)
    return reading.problems(review_form(row), one.answers, context, "submit")


def file(evaluation_id: UUID, actor: Actor, now: datetime) -> Evaluation:
    """File the evaluation; it cannot be changed from then on, and the honorarium is due.

    :raises NotFound: when it is not hers to read now.
    :raises NotNow: when it is filed already, not begun, or not complete.
    """
    one, row = _unfiled(evaluation_id, actor, now)
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


def _unfiled(evaluation_id: UUID, actor: Actor, now: datetime) -> tuple[Evaluation, EvaluationRound]:
    one, row = _mine(evaluation_id, actor, now, readable=True)
    if one.state == queries.FILED:
        raise NotNow(N_("This evaluation is filed and cannot be changed."))
    return one, row


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
