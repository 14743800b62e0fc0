"""An evaluator's pages: her list, a case with declaration and review form, her profile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.evaluation import queries, show
from portal.evaluation.models import Evaluation, EvaluationRound, EvaluatorProfile
from portal.evaluation.service import consensus, evaluate, people
from portal.evaluation.views.base import blueprint, whole
from portal.infra import autosave as wire
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.infra.web import keep_changes

Refused = tuple[str, int]
#: what people write between names: Arabic has commas of its own
COMMA = re.compile(r"\s*[,،;؛\n]+\s*")


@blueprint.get("/<tenant>/inbox/evaluations/")
@requires(Permission.EVALUATION_WRITE)
def inbox() -> str:
    """What one is asked to evaluate now, what waits for a signature, and what is done with its honorarium."""
    now = datetime.now(UTC)
    rows = [show.facts(one, row, case) for one, row, case in db.session.execute(queries.listed(g.actor, now))]
    return render_template(
        "pages/evaluation/inbox.html",
        rows=rows,
        signing=[show.facts(one, row, case) for one, row, case in queries.to_sign(g.actor)],
        done=[(one, row, show.honorarium(one)) for one, row in queries.past(g.actor, now)],
        complete=_is_complete(queries.profile_of(g.actor.person_id)),
        now=now,
    )


def _is_complete(profile: EvaluatorProfile | None) -> bool:
    return profile is not None and bool(profile.expertise) and bool(profile.languages)


@blueprint.get("/<tenant>/inbox/evaluations/<uuid:evaluation_id>/")
@requires(Permission.EVALUATION_WRITE)
def evaluation(evaluation_id: UUID) -> str:
    """A case: the declaration first; then the application and the review form."""
    return _page(evaluation_id)


def _page(evaluation_id: UUID, *, problems: Any = None, review: Any = None, found: Any = ()) -> str:
    now = datetime.now(UTC)
    try:
        one, row, case = queries.one_listed(g.actor, evaluation_id, now)
    except NotFound:
        return _signing(evaluation_id, now)
    facts = show.facts(one, row, case)
    said = {key: i18n.show_message(text) for key, text in (problems or {}).items()}
    typed = request.form if request.method == "POST" else {}
    if one.state == queries.ASSIGNED or row.opens_at > now:
        return render_template(
            "pages/evaluation/declare.html",
            facts=facts,
            parties=show.parties(row, case),
            noticed=show.noticed(row, case, one),
            declared=one.state != queries.ASSIGNED,
            problems=said,
            typed=typed,
        )
    one, row, case = queries.one_readable(g.actor, evaluation_id, now)
    offered = show.languages(case)
    asked = request.args.get("text", "")
    profile = queries.profile_of(g.actor.person_id)
    spoken = profile.languages if profile else [g.actor.language]
    language = asked if asked in offered else next((code for code in offered if code in spoken), offered[0])
    filed = one.state == queries.FILED
    return render_template(
        "pages/evaluation/evaluate.html",
        facts=facts,
        one=one,
        blind=row.blind,
        title="" if row.blind else (case.title if language == case.language else case.title_translated or case.title),
        sections=show.application(case, row, language, now),
        language=language,
        dir=i18n.direction(language),
        offered=[(code, i18n.show_language(code)) for code in offered],
        review=None if filed else review or show.bound(row, case, one.answers, now),
        revs={path: stamp["rev"] for path, stamp in one.stamps.items()},
        judged=show.judged(row, case, one.answers, now) if filed else [],
        problems=found,
        said=said,
        typed=typed,
        **_afterwards(one, row, filed=filed),
    )


def _signing(evaluation_id: UUID, now: datetime) -> str:
    """The consensus and one's own evaluation when the window is over: the application itself is closed."""
    one, row, case = queries.one_with_consensus(g.actor, evaluation_id)
    return render_template(
        "pages/evaluation/evaluate.html",
        facts=show.facts(one, row, case),
        one=one,
        judged=show.judged(row, case, one.answers, now),
        over=True,
        offered=[],
        problems=[],
        **_afterwards(one, row, filed=True),
    )


def _afterwards(one: Evaluation, row: EvaluationRound, *, filed: bool) -> dict[str, Any]:
    """What is shown once she has filed: the others' scores where the round allows, and the consensus to sign."""
    writer = str(g.actor.person_id)
    if not filed:
        return {"others": [], "agreed": None, "signed": False, "writer": writer}
    others = consensus.filed_of(row, one.case_id) if row.shows_others else []
    agreed = queries.consensus_of(row.id, one.case_id)
    return {
        "others": [other for other in others if other.id != one.id],
        "agreed": agreed,
        "signed": agreed is not None and writer in agreed.signatures,
        "writer": writer,
    }


@blueprint.post("/<tenant>/inbox/evaluations/<uuid:evaluation_id>/declaration/")
@requires(Permission.EVALUATION_WRITE)
def declare(evaluation_id: UUID) -> Response | Refused:
    """Declare oneself free or bound."""
    answer = request.form.get("answer", "")
    try:
        evaluate.declare(evaluation_id, answer, request.form.get("statement", ""), g.actor, datetime.now(UTC))
    except Invalid as error:
        return _page(evaluation_id, problems=error.problems), 422
    if answer == evaluate.FREE:
        return redirect(url_for("evaluation.evaluation", evaluation_id=evaluation_id), 303)
    flash(gettext("Thank you for telling us. The case is no longer in your list."), "success")
    return redirect(url_for("evaluation.inbox"), 303)


@blueprint.post("/<tenant>/inbox/evaluations/<uuid:evaluation_id>/review/")
@requires(Permission.EVALUATION_WRITE)
def save(evaluation_id: UUID) -> Response | Refused:
    """Keep the evaluation; with the button "file" also file it, when it is finished."""
    now = datetime.now(UTC)
    one, row, case = queries.one_readable(g.actor, evaluation_id, now)
    review = show.bound(row, case, one.answers, now, request.form)
    one = evaluate.save(evaluation_id, {b.section.code: b.stored() for b in review}, g.actor, now)
    if request.form.get("do") != "file":
        flash(gettext("Your evaluation is saved as a draft."), "success")
        return redirect(url_for("evaluation.evaluation", evaluation_id=evaluation_id), 303)
    found = evaluate.problems(one, row, i18n.locale_code(), now)
    if found:
        for part in review:
            part.mark([problem for problem in found if problem.section == part.section.code])
        keep_changes()
        return _page(evaluation_id, review=review, found=found), 422
    evaluate.file(evaluation_id, g.actor, now)
    flash(gettext("Your evaluation is filed. Thank you."), "success")
    return redirect(url_for("evaluation.evaluation", evaluation_id=evaluation_id), 303)


@blueprint.post("/<tenant>/inbox/evaluations/<uuid:evaluation_id>/autosave")
@requires(Permission.EVALUATION_WRITE)
def autosave(evaluation_id: UUID) -> Response:
    """Keep one answer while it is typed; what she typed later in another window stands, and is shown beside it."""
    now = datetime.now(UTC)
    sent = wire.read(request.form, now)
    one, row, case = queries.one_readable(g.actor, evaluation_id, now)
    path, value, found = show.typed(row, case, one.answers, sent.question, request.form, now)
    kept = evaluate.save_answer(evaluation_id, path, value, g.actor, now, rev=sent.rev, typed_at=sent.at)
    stale = kept.status == "stale"
    other = {"by": "", "at": kept.at, "text": show.one_answer(row, case, path, kept.stands, now)} if stale else None
    return wire.answer(kept.status, kept.rev, now, found, other, unkept=stale)


@blueprint.post("/<tenant>/inbox/evaluations/<uuid:evaluation_id>/signature/")
@requires(Permission.EVALUATION_WRITE)
def sign(evaluation_id: UUID) -> Response:
    """Sign the consensus."""
    consensus.sign(evaluation_id, request.form.get("seen", ""), g.actor, datetime.now(UTC))
    flash(gettext("You have signed the consensus."), "success")
    return redirect(url_for("evaluation.evaluation", evaluation_id=evaluation_id), 303)


@blueprint.route("/<tenant>/inbox/evaluations/profile/", methods=["GET", "POST"])
@requires(Permission.EVALUATION_WRITE)
def profile() -> str | Response | Refused:
    """What one knows, reads and is bound to."""
    row, form = queries.profile_of(g.actor.person_id), request.form
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            people.save_profile(
                g.actor,
                expertise=form.getlist("expertise"),
                languages=form.getlist("languages"),
                countries=map(show.country_code, COMMA.split(form.get("countries", "").strip())),
                ties=form.get("ties", "").splitlines(),
                most_cases=whole(form.get("most_cases", "")),
                active=form.get("active") == "yes",
                now=datetime.now(UTC),
            )
            flash(gettext("Your profile is kept."), "success")
            return redirect(url_for("evaluation.profile"), 303)
        except Invalid as error:
            problems = {key: i18n.show_message(text) for key, text in error.problems.items()}
    typed = {
        "expertise": form.getlist("expertise") if problems else (row.expertise if row else []),
        "languages": form.getlist("languages") if problems else (row.languages if row else [g.actor.language]),
        "countries": form.get("countries", "")
        if problems
        else ", ".join(map(i18n.show_country, row.countries if row else [])),
        "ties": form.get("ties", "") if problems else "\n".join(row.ties if row else []),
        "most_cases": form.get("most_cases", "") if problems else str(row.most_cases if row else 5),
        "active": form.get("active") == "yes" if problems else (row.active if row else True),
    }
    page = render_template(
        "pages/evaluation/profile.html",
        typed=typed,
        problems=problems,
        subjects=list(show.topic_names().items()),
        offered=[(code, i18n.show_language(code)) for code in i18n.all_languages()],
    )
    return (page, 422) if problems else page
