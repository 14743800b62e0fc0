"""The secretariat's pages: rounds, coverage, a case with its scores side by side, evaluators."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.engine.numbers import NotANumber, parse_number
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.core.errors import Invalid, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.evaluation import queries, show
from portal.evaluation.models import EvaluationRound
from portal.evaluation.rules import assignment, conflicts
from portal.evaluation.service import assign, consensus, people
from portal.evaluation.service import rounds as service
from portal.evaluation.views.base import blueprint
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext

Refused = tuple[str, int]


@blueprint.get("/<tenant>/admin/evaluation/")
@requires(Permission.EVALUATION_READ)
def rounds() -> str:
    """Every round, and the evaluators."""
    return _rounds({})


def _rounds(problems: dict[str, Message], place: str = "") -> str:
    people_rows = queries.profiles(g.tenant.id)
    return render_template(
        "pages/evaluation/rounds.html",
        rounds=queries.rounds(g.actor),
        people=people_rows,
        instruments=[
            (code, i18n.show_text(one.title))
            for code, one in instruments.all_instruments().items()
            if "review" in one.forms
        ],
        languages=[(code, i18n.show_language(code)) for code in i18n.offered()],
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        place=place,
        typed=request.form if request.method == "POST" else {},
        now=datetime.now(UTC),
    )


@blueprint.post("/<tenant>/admin/evaluation/")
@requires(Permission.EVALUATION_MANAGE)
def add_round() -> Response | Refused:
    """Add a round."""
    form = request.form
    problems: dict[str, Message] = {}
    opens, closes = _instant(form.get("opens_at", "")), _instant(form.get("closes_at", ""))
    if opens is None:
        problems["opens_at"] = N_("Enter a day and a time.")
    if closes is None:
        problems["closes_at"] = N_("Enter a day and a time.")
    fee = _decimal(form.get("honorarium", ""))
    if fee is None and form.get("honorarium", "").strip():
        problems["honorarium"] = N_("Enter an amount, or nothing.")
    try:
        if problems or opens is None or closes is None:
            raise Invalid(problems)  # noqa: TRY301 (one way back to the form)
        row = service.add_round(
            g.actor,
            form.get("code", "").strip(),
            {g.actor.language: form.get("title", "").strip()[:200]},
            form.get("instrument", ""),
            call_id=None,
            opens_at=opens,
            closes_at=closes,
            needed=int(form["needed"]) if form.get("needed", "").isdecimal() else 0,
            blind=form.get("blind") == "yes",
            shows_others=form.get("shows_others") == "yes",
            honorarium=fee,
            now=datetime.now(UTC),
        )
    except Invalid as error:
        return _rounds(dict(error.problems), "round"), 422
    flash(gettext("The round is kept."), "success")
    return redirect(url_for("evaluation.one_round", code=row.code), 303)


def _instant(written: str) -> datetime | None:
    """A local day and time of the tenant's zone, as browsers send it."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(g.tenant.zone)).astimezone(UTC)
    except ValueError:
        return None


def _decimal(written: str) -> Decimal | None:
    try:
        return Decimal(parse_number(written, i18n.locale_code())) if written.strip() else None
    except (NotANumber, ArithmeticError):
        return None


@blueprint.post("/<tenant>/admin/evaluation/people/")
@requires(Permission.EVALUATION_MANAGE)
def invite() -> Response | Refused:
    """Invite an evaluator."""
    form = request.form
    try:
        name, language = form.get("name", ""), form.get("language", "")
        people.invite(g.actor, form.get("email", ""), name, language, datetime.now(UTC))
    except Invalid as error:
        return _rounds(dict(error.problems), "people"), 422
    flash(gettext("The invitation is on its way."), "success")
    return redirect(url_for("evaluation.rounds"), 303)


@blueprint.get("/<tenant>/admin/evaluation/<code>/")
@requires(Permission.EVALUATION_READ)
def one_round(code: str) -> str:
    """A round: what is covered, what is overdue."""
    row, now = queries.round_by_code(g.actor, code), datetime.now(UTC)
    by_case: dict[UUID, list[Any]] = {}
    for one, name in queries.evaluations_of(row.id):
        by_case.setdefault(one.case_id, []).append((one, name))
    rows = []
    for case in queries.cases_of(row):
        found = by_case.get(case.id, [])
        at_work = [one for one, _ in found if one.state in queries.AT_WORK]
        filed = [one for one in at_work if one.state == queries.FILED]
        score, apart = consensus.result(row, case.id) if filed else (None, None)
        rows.append(
            {
                "case": case,
                "dir": i18n.direction(case.language),
                "asked": len(at_work),
                "filed": len(filed),
                "score": score,
                "spread": apart,
                "covered": len(at_work) >= row.needed,
                "overdue": row.closes_at <= now and len(filed) < row.needed,
            }
        )
    return render_template(
        "pages/evaluation/round.html",
        round=row,
        rows=rows,
        running=row.state == queries.OPEN and row.opens_at <= now < row.closes_at,
        over=row.state != queries.OPEN or row.closes_at <= now,
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
    )


@blueprint.post("/<tenant>/admin/evaluation/<code>/assign/")
@requires(Permission.EVALUATION_MANAGE)
def assign_all(code: str) -> Response:
    """Give every case the evaluators it still needs."""
    row = queries.round_by_code(g.actor, code)
    count = len(assign.assign_by_rule(row, g.actor, datetime.now(UTC)))
    flash(gettext("Evaluators asked: %(count)s.", count=i18n.show_number(count)), "success" if count else "warning")
    return redirect(url_for("evaluation.one_round", code=code), 303)


@blueprint.post("/<tenant>/admin/evaluation/<code>/close/")
@requires(Permission.EVALUATION_MANAGE)
def close(code: str) -> Response:
    """End the round now."""
    service.close(queries.round_by_code(g.actor, code), g.actor)
    flash(gettext("The round is closed."), "success")
    return redirect(url_for("evaluation.one_round", code=code), 303)


@blueprint.get("/<tenant>/admin/evaluation/<code>/<reference>/")
@requires(Permission.EVALUATION_READ)
def round_case(code: str, reference: str) -> str:
    """A case of a round: evaluators, scores side by side, consensus."""
    row = queries.round_by_code(g.actor, code)
    return _case(row, queries.case_of(row, reference), {})


def _case(row: EvaluationRound, case: Case, problems: dict[str, Message]) -> str:
    found = queries.evaluations_of(row.id, case.id)
    subject = queries.subjects([case])[0]
    asked = {one.person_id for one, _ in found}
    offers = []
    for one in queries.evaluators(g.tenant.id, row.id):
        if one.person_id not in asked:
            hints = [{"kind": hint.kind, "what": hint.what} for hint in conflicts.hints(one, subject)]
            offers.append((one, assignment.weigh(one, subject), show.hints(hints)))
    filed = [(one, name) for one, name in found if one.state == queries.FILED]
    score, apart = consensus.result(row, case.id)
    now = datetime.now(UTC)
    return render_template(
        "pages/evaluation/round_case.html",
        round=row,
        case=case,
        dir=i18n.direction(case.language),
        rows=[
            (one, name, *show.state_name(one), show.why(one), show.hints(one.reasons.get("hints", [])))
            for one, name in found
        ],
        offers=offers,
        judged=[(one, name, show.judged(row, case, one.answers, now)) for one, name in filed],
        score=score,
        spread=apart,
        agreed=queries.consensus_of(row.id, case.id),
        enough=len(filed) >= row.needed,
        over=row.state != queries.OPEN or row.closes_at <= now,
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
        honoraria={key: i18n.show_message(text) for key, text in show.HONORARIA.items()},
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        typed=request.form if request.method == "POST" else {},
    )


@blueprint.post("/<tenant>/admin/evaluation/<code>/<reference>/")
@requires(Permission.EVALUATION_MANAGE)
def change_case(code: str, reference: str) -> Response | Refused:
    """Ask somebody, release somebody, record an honorarium, or write the consensus down."""
    row = queries.round_by_code(g.actor, code)
    case, form, now = queries.case_of(row, reference), request.form, datetime.now(UTC)
    try:
        match form.get("do", ""):
            case "assign":
                assign.assign_by_hand(row, case, _id(form.get("person", ""), "person"), g.actor, now)
            case "release":
                assign.release(_id(form.get("evaluation", ""), "evaluation"), row, g.actor, now)
            case "honorarium":
                key = _id(form.get("evaluation", ""), "evaluation")
                assign.settle_honorarium(key, row, form.get("honorarium", ""), g.actor, now)
            case "consensus":
                consensus.moderate(row, case, _decimal(form.get("score", "")), form.get("summary", ""), g.actor, now)
            case _:
                raise NotNow(N_("This page has changed. Open it again."))
    except Invalid as error:
        return _case(row, case, dict(error.problems)), 422
    flash(gettext("Saved."), "success")
    return redirect(url_for("evaluation.round_case", code=code, reference=reference), 303)


def _id(written: str, field: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Invalid({field: N_("Choose one of the evaluators in the list.")}) from None
