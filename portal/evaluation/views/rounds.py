"""The secretariat's pages: rounds, coverage, a case with its scores side by side, evaluators."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.engine.numbers import NotANumber, parse_number
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import tracks
from portal.cases.service.move import offers
from portal.core import local_time
from portal.core.errors import Invalid, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.evaluation import queries, show
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.rules import assignment, conflicts
from portal.evaluation.service import assign, consensus, evaluate, people
from portal.evaluation.service import rounds as service
from portal.evaluation.views.base import blueprint, whole
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
        scopes=_scopes(),
        zone=i18n.zone_city(g.tenant.zone),
        subjects=list(show.topic_names().items()),
        names=show.topic_names(),
        every_language=[(code, i18n.show_language(code)) for code in i18n.all_languages()],
        languages=[(code, i18n.show_language(code)) for code in i18n.offered()],
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        place=place,
        typed=request.form if request.method == "POST" else {},
        now=datetime.now(UTC),
    )


def _scopes() -> list[tuple[str, str]]:
    """What a round may be about: the applications of one call, or all of a kind."""
    kinds = [
        (code, i18n.show_text(one.title))
        for code, one in instruments.all_instruments().items()
        if "review" in one.forms
    ]
    known = dict(kinds)
    of_calls = [
        (f"call:{call.id}", gettext("Call: %(title)s", title=i18n.show_text(call.title)))
        for call in queries.calls()
        if call.instrument in known
    ]
    return of_calls + [(code, gettext("All of this kind: %(title)s", title=title)) for code, title in kinds]


def _scope(written: str) -> tuple[UUID | None, str]:
    """The call, if one was chosen, and the instrument; a call nobody knows gives no instrument."""
    call = next((one for one in queries.calls() if f"call:{one.id}" == written), None)
    return (call.id, call.instrument) if call is not None else (None, written)


@blueprint.post("/<tenant>/admin/evaluation/")
@requires(Permission.EVALUATION_MANAGE)
def add_round() -> Response | Refused:
    """Add a round."""
    form = request.form
    problems: dict[str, Message] = {}
    opens, closes = _instant("opens_at", problems), _instant("closes_at", problems)
    call_id, instrument = _scope(form.get("instrument", ""))
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
            instrument,
            call_id=call_id,
            opens_at=opens,
            closes_at=closes,
            needed=whole(form.get("needed", "")),
            blind=form.get("blind") == "yes",
            shows_others=form.get("shows_others") == "yes",
            honorarium=fee,
            now=datetime.now(UTC),
        )
    except Invalid as error:
        return _rounds(dict(error.problems), "round"), 422
    flash(gettext("The round is kept."), "success")
    return redirect(url_for("evaluation.one_round", code=row.code), 303)


def _instant(field: str, problems: dict[str, Message]) -> datetime | None:
    """A local day and time of the tenant's zone, as browsers send it; None with a problem when it is none."""
    try:
        return local_time.instant(request.form.get(field, ""), g.tenant.zone)
    except local_time.LocalTimeError as error:
        problems[field] = error.message
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
        people.invite(
            g.actor,
            form.get("email", ""),
            name,
            language,
            datetime.now(UTC),
            expertise=form.getlist("expertise"),
            languages=form.getlist("languages"),
            ties=form.get("ties", "").splitlines(),
        )
    except Invalid as error:
        return _rounds(dict(error.problems), "people"), 422
    flash(gettext("The invitation is on its way."), "success")
    return redirect(url_for("evaluation.rounds"), 303)


@blueprint.get("/<tenant>/admin/evaluation/<code>/")
@requires(Permission.EVALUATION_READ)
def one_round(code: str) -> str:
    """A round: what is covered, what is overdue."""
    return _round(queries.round_by_code(g.actor, code), {})


def _round(row: EvaluationRound, problems: dict[str, Message]) -> str:
    now = datetime.now(UTC)
    found = [one for one, _name in queries.evaluations_of(row.id)]
    over = row.state != queries.OPEN or row.closes_at <= now
    owed = {state: sum(one.honorarium_state == state for one in found) for state in show.HONORARIA}
    rows = _coverage(row, found, now)
    return render_template(
        "pages/evaluation/round.html",
        round=row,
        call=queries.call_of(row),
        rows=rows,
        unfiled=sum(one.state in queries.AT_WORK and one.state != queries.FILED for one in found),
        short=sum(one["filed"] < row.needed for one in rows),
        people=_load(row),
        honoraria=[
            (i18n.show_message(name), owed[state], owed[state] * (row.honorarium or Decimal(0)))
            for state, name in show.HONORARIA.items()
            if owed[state]
        ],
        over=over,
        now=now,
        zone=i18n.zone_city(row.zone),
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        typed=request.form if request.method == "POST" else {},
    )


def _load(row: EvaluationRound) -> list[tuple[str, int, int, int]]:
    """Who was asked in a round: name, how many cases she has in it, how many of them are filed, how many she takes."""
    most = {person.id: profile.most_cases for profile, person in queries.profiles(g.tenant.id)}
    asked: dict[UUID, list[Any]] = {}
    for one, name in queries.evaluations_of(row.id):
        if one.state in queries.AT_WORK:
            mine = asked.setdefault(one.person_id, [name, 0, 0, most.get(one.person_id, 0)])
            mine[1] += 1
            mine[2] += one.state == queries.FILED
    return sorted((name, count, filed, limit) for name, count, filed, limit in asked.values())


def _coverage(row: EvaluationRound, found: list[Evaluation], now: datetime) -> list[dict[str, Any]]:
    """The cases of a round with how many were asked, how many filed, and what they say."""
    results = consensus.results(row)
    rows = []
    for case in queries.cases_of(row):
        at_work = [one for one in found if one.case_id == case.id and one.state in queries.AT_WORK]
        filed = [one for one in at_work if one.state == queries.FILED]
        score, apart = results.get(case.id, (None, None))
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
    return rows


@blueprint.post("/<tenant>/admin/evaluation/<code>/assign/")
@requires(Permission.EVALUATION_MANAGE)
def assign_all(code: str) -> Response:
    """Give every case the evaluators it still needs."""
    row = queries.round_by_code(g.actor, code)
    count = len(assign.assign_by_rule(row, g.actor, datetime.now(UTC)))
    flash(gettext("Evaluators asked: %(count)s.", count=i18n.show_number(count)), "success" if count else "warning")
    lacking = assign.lacking(row)
    if lacking:
        names = i18n.show_list(case.reference for case in lacking)
        flash(gettext("Nobody suits who could still be asked about: %(references)s.", references=names), "warning")
    return redirect(url_for("evaluation.one_round", code=code), 303)


@blueprint.post("/<tenant>/admin/evaluation/<code>/close/")
@requires(Permission.EVALUATION_MANAGE)
def close(code: str) -> Response:
    """End the round now; what follows from it was said where the button stands."""
    service.close(queries.round_by_code(g.actor, code), g.actor, datetime.now(UTC))
    flash(gettext("The round is closed."), "success")
    return redirect(url_for("evaluation.one_round", code=code), 303)


@blueprint.post("/<tenant>/admin/evaluation/<code>/extension/")
@requires(Permission.EVALUATION_MANAGE)
def extend(code: str) -> Response | Refused:
    """Let a round close later, or open it again."""
    problems: dict[str, Message] = {}
    row, closes = queries.round_by_code(g.actor, code), _instant("closes_at", problems)
    try:
        if closes is None:
            raise Invalid(problems)  # noqa: TRY301 (one way back to the form)
        service.extend(row, closes, g.actor, datetime.now(UTC))
    except Invalid as error:
        return _round(row, dict(error.problems)), 422
    flash(gettext("The round closes later."), "success")
    return redirect(url_for("evaluation.one_round", code=code), 303)


@blueprint.get("/<tenant>/desk/<reference>/evaluation/")
@requires(Permission.EVALUATION_READ)
def of_case(reference: str) -> Response:
    """From a case to its newest round, to one that it may come into, or to all of them."""
    case = cases.for_staff(g.actor, reference)
    known = queries.rounds_with(case.id)
    coming = (
        [] if known else [row for row in queries.rounds(g.actor) if case.id in {one.id for one in queries.waiting(row)}]
    )
    for row in (*known, *coming):
        return redirect(url_for("evaluation.round_case", code=row.code, reference=reference))
    return redirect(url_for("evaluation.rounds"))


@blueprint.get("/<tenant>/admin/evaluation/<code>/<reference>/")
@requires(Permission.EVALUATION_READ)
def round_case(code: str, reference: str) -> str:
    """A case of a round: evaluators, scores side by side, consensus."""
    row = queries.round_by_code(g.actor, code)
    return _case(row, queries.case_of(row, reference), {})


def _case(row: EvaluationRound, case: Case, problems: dict[str, Message]) -> str:
    found = queries.evaluations_of(row.id, case.id)
    hints = show.hints_now(row, case, [one for one, _ in found])
    filed = [(one, name) for one, name in found if one.state == queries.FILED]
    score, apart = consensus.result(row, case.id)
    now = datetime.now(UTC)
    return render_template(
        "pages/evaluation/round_case.html",
        round=row,
        case=case,
        dir=i18n.direction(case.language),
        rows=[(one, name, *show.state_name(one), show.why(one), show.hints(hints[one.id])) for one, name in found],
        offers=_offers(row, case, {one.person_id for one, _ in found}),
        topics=show.topic_names(),
        ends=[
            (i18n.show_text(offer.move.label), i18n.show_message(offer.refusal) if offer.refusal else "")
            for offer in offers(case, g.actor, now, consensus.PLACE)
            if not tracks.is_settled(case, offer.move)
        ],
        judged=[(one, name, show.judged(row, case, one.answers, now)) for one, name in filed],
        score=score,
        spread=apart,
        limit=evaluate.scoring_of(row).spread,
        agreed=queries.consensus_of(row.id, case.id),
        enough=len(filed) >= row.needed,
        over=row.state != queries.OPEN or row.closes_at <= now,
        may=holds(g.actor, Permission.EVALUATION_MANAGE),
        honoraria={key: i18n.show_message(text) for key, text in show.HONORARIA.items()},
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        typed=request.form if request.method == "POST" else {},
    )


def _offers(row: EvaluationRound, case: Case, asked: set[UUID]) -> list[tuple[Any, ...]]:
    """Who could be asked about a case, whoever suits best first, with what speaks for and against her."""
    if case.id not in {one.id for one in queries.waiting(row)}:
        return []
    subject = queries.subjects([case])[0]
    found = [one for one in queries.evaluators(g.tenant.id, row.id) if one.person_id not in asked]
    weighed = [(one, assignment.weigh(one, subject), assignment.suits(one, subject)) for one in found]
    weighed.sort(key=lambda offer: (not offer[2], -offer[1].points, offer[0].name))
    return [
        (one, choice, suits, show.hints([hint.to_data() for hint in conflicts.hints(one, subject)]))
        for one, choice, suits in weighed
    ]


@blueprint.post("/<tenant>/admin/evaluation/<code>/<reference>/")
@requires(Permission.EVALUATION_MANAGE)
def change_case(code: str, reference: str) -> Response | Refused:
    """Ask somebody, release somebody, record an honorarium, write the consensus down, or end the panel."""
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
            case "end":
                if not consensus.end_panel(case, g.actor, now):
                    raise NotNow(N_("The external evaluation of this case cannot end now."))
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
