"""A case on one page, with tabs by subject."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.engine import answers as reading
from forms.engine.build import BoundSection, bind_whole
from portal.applications.show import kind_name, made_page
from portal.calls import queries as calls
from portal.cases import queries as cases
from portal.cases.models import REPORT, Case
from portal.cases.service import message, rewording, signatories, stages
from portal.cases.service.move import make_move, state_of, workflow_of
from portal.cases.show import document_names
from portal.core.actor import Role
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.core.workflow import Move
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.infra.web import keep_changes
from portal.review import show, show_followed, show_history
from portal.review.queries import desk as lists
from portal.review.queries import followed, record
from portal.review.rules.desk import TABS
from portal.review.rules.outcomes import OUTCOMES
from portal.review.service import assess, assign, batch, conditions, embargo, explain, letter
from portal.review.views import blueprint
from portal.review.views import explain as broken
from portal.review.views.desk import mine_of
from portal.review.views.moves import buttons, fresh_key
from portal.review.views.tabs import BROUGHT
from portal.standards.show import clock_views, due_words, urgent_view
from portal.translation import queries as translations
from portal.translation.rules.texts import readable

#: The states in which the machine's own checks are shown.
CHECKED_IN = frozenset({"checking", "eligibility_doubted"})


def open_case(reference: str) -> Case:
    """The case as the secretariat sees it; a translator opens only what waits for her or was translated.

    :raises NotFound: for everybody else.
    """
    case = cases.for_staff(g.actor, reference)
    if only_translates() and not readable(case.state, translations.has_version(case.id)):
        raise NotFound
    return case


def only_translates() -> bool:
    """Whether the actor is a translator and nothing else."""
    return bool(g.actor.roles == {Role.TRANSLATOR})


@blueprint.get("/<tenant>/desk/<reference>/")
@requires(Permission.DESK_READ)
def case(reference: str) -> str:
    """A case: the answers, or another of its tabs."""
    return page(open_case(reference), request.args.get("tab", "answers"))


def page(case: Case, tab: str, *, review: list[BoundSection] | None = None, **more: Any) -> str:
    """A case's page with one of its tabs open.

    :param review: the assessment form as it was typed, when it is shown again.
    """
    now = datetime.now(UTC)
    beside = record.beside(case)
    tabs = _tabs(case, beside, tab)
    if tab not in {item["code"] for item in tabs}:
        raise NotFound
    brought = BROUGHT.get(tab)
    fill = brought.fill if brought else _FILL.get(tab)
    content = fill(case, now) if fill else _assessment(case, now, review)
    return render_template(
        brought.template if brought else f"pages/review/case_{tab}.html",
        **_head(case, beside, now),
        tabs=tabs,
        tab=tab,
        **content | more,
    )


def _head(case: Case, beside: record.Beside, now: datetime) -> dict[str, Any]:
    """What stands above the tabs: title, next step, the machine's checks, the way to the next case."""
    clock = urgent_view(case, now)
    offered = [] if only_translates() else buttons(case, now)
    title, meaning = show.next_title(case, clock, any(not item["refusal"] for item in offered))
    checks = []
    if case.state in CHECKED_IN and case.kind != REPORT:
        snapshot = cases.last_submission(case.id)
        if snapshot is not None:
            checks = show.machine_checks(case, snapshot, calls.by_id(case.call_id), g.tenant)
    state = state_of(case)
    return {
        "case": case,
        "state": i18n.show_text(state.name),
        "made": made_page(case, state),
        "stages": [
            (i18n.show_message(label), url_for("review.case", reference=row.reference))
            for label, row in stages.neighbours(case)
            if row.is_submitted
        ],
        "tone": "waiting" if case.owner in show.OTHERS else "plain",
        "instrument": kind_name(case),
        "dir": i18n.direction(case.language),
        "monitor": beside.monitor,
        "is_mine": case.monitor_id is not None and case.monitor_id == g.actor.person_id,
        "may_assign": case.is_open and holds(g.actor, Permission.CASE_ASSIGN),
        "may_write": holds(g.actor, Permission.CASE_NOTE),
        "may_message": holds(g.actor, Permission.CASE_MESSAGE),
        "clock": clock,
        "due": due_words(clock.due_at, g.tenant.zone) if clock.due_at else "",
        "kept_until": embargo.kept_until(case, now),
        "together": _together(case),
        "signs": signatories.shown_of(case, g.actor),
        "next_title": title,
        "next_meaning": meaning,
        "moves": offered,
        "key": fresh_key(),
        "checks": checks,
        "queue": _queue(case),
    }


def _together(case: Case) -> str:
    """Where a manager decides this case together with others of its call; empty where she cannot."""
    if not g.actor.has(Role.PROGRAMME_MANAGER) or not batch.decisions_from(case, g.actor):
        return ""
    call = calls.by_id(case.call_id)
    return url_for("review.decide_call", code=call.code, state=case.state) if call else ""


def _queue(case: Case) -> dict[str, Any] | None:
    """The cases before and after in the tab from which the reader came."""
    tab = request.args.get("in", "")
    if tab not in TABS:
        return None
    people = mine_of(datetime.now(UTC), lists.last_event()) if tab == lists.MINE else frozenset()
    found = lists.neighbours(case.urgent_at, case.id, tab, people)
    return {
        "tab": tab,
        "text": show.tab_label(tab),
        "before": _address(found.before, tab) if found.before else None,
        "after": _address(found.after, tab) if found.after else None,
    }


def _address(reference: str, queue: str) -> str:
    more: dict[str, Any] = {"in": queue}
    return url_for("review.case", reference=reference, **more)


def _tabs(case: Case, beside: record.Beside, current: str) -> list[dict[str, Any]]:
    names = {"answers": gettext("Answers")}
    if not only_translates():
        if case.kind != REPORT:
            names["assessment"] = gettext("Assessment")
            if case.decided_at is not None and beside.conditions:
                names["conditions"] = gettext("Conditions")
        names |= {code: i18n.show_message(tab.label) for code, tab in BROUGHT.items() if tab.applies(case)}
        names |= {
            "documents": gettext("Documents"),
            "messages": gettext("Messages"),
            "notes": gettext("Notes"),
            "clocks": gettext("Clocks"),
            "history": gettext("History"),
        }
    counts = {"documents": beside.documents, "messages": beside.messages, "notes": beside.notes}
    queue: dict[str, Any] = {"in": request.args["in"]} if request.args.get("in") in TABS else {}
    return [
        {
            "code": code,
            "label": name,
            "url": url_for("review.case", reference=case.reference, tab=code, **queue),
            "current": code == current,
            "count": i18n.show_number(counts[code]) if code in counts else None,
        }
        for code, name in names.items()
    ]


# -- what stands under each tab


def _answers(case: Case, now: datetime) -> dict[str, Any]:
    found = cases.submissions_of(case.id)
    if not found:
        return {"parts_shown": [], "changes": [], "snapshot": None, "version": None, "before": None, "translation": ""}
    needs_translation = case.language not in g.tenant.working_languages
    versions = translations.versions(case.id) if needs_translation else []
    version = next((v for v in versions if v.state != "draft"), None)
    before = found[-2] if len(found) > 1 else None
    parts, changes = show.parts(case, found[-1], before, version, i18n.locale_code(), now)
    return {
        "parts_shown": parts,
        "changes": changes,
        "snapshot": found[-1],
        "before": before,
        "version": version,
        "outdated": version is not None and version.submission_number != found[-1].number,
        "needs_translation": needs_translation and case.kind != REPORT,
        "translation": show.translation_state(version),
        "may_translate": holds(g.actor, Permission.TRANSLATION_READ),
        "may_return": "return_sections" in {m.code for m in _own_moves(case)},
    }


def _own_moves(case: Case) -> tuple[Move, ...]:
    """The moves the actor's roles allow in this state, whatever the guards say."""
    return workflow_of(case).moves_for(case.state, g.actor.acts_as(case.organisation_id))


def _documents(case: Case, _now: datetime) -> dict[str, Any]:
    rows = cases.documents_of(case.id)
    return {"documents": rows, "names": document_names(rows, case), "letter_waits": case.state in letter.WAITING}


def _conditions(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "rows": show_followed.shown(case, followed.of_case(case.id), now, client=False),
        "told": followed.is_told(case),
        "may_follow": g.actor.has(*conditions.OFFICERS),
        "may_waive": g.actor.has(Role.PROGRAMME_MANAGER),
        "problems": {},
        "typed": "",
    }


def _messages(case: Case, now: datetime) -> dict[str, Any]:
    return _written(case, message.BOTH, now)


def _notes(case: Case, now: datetime) -> dict[str, Any]:
    return _written(case, message.STAFF, now)


def _written(case: Case, visibility: str, now: datetime) -> dict[str, Any]:
    rows = cases.messages_of(case.id, visibility=visibility)
    return {"written": rewording.seen(case, rows, g.actor, now), "typed": "", "problem": ""}


def _clocks(case: Case, now: datetime) -> dict[str, Any]:
    return {"clocks": clock_views(case, cases.events_of(case.id), now, staff=True), **broken.shown(case)}


def _history(case: Case, _now: datetime) -> dict[str, Any]:
    return {"entries": show_history.history(cases.events_of(case.id), g.tenant.zone)}


def _assessment(case: Case, now: datetime, review: list[BoundSection] | None) -> dict[str, Any]:
    found = record.assessments_of(case.id)
    filed = [row for row in found if row.state != assess.DRAFT]
    may_edit = case.state == "assessing" and holds(g.actor, Permission.CASE_ASSESS)
    if may_edit and review is None:
        review = bound_review(case, found[0].answers if found else {}, now)
    return {
        "review": review if may_edit else None,
        "draft": next((row for row in found if row.state == assess.DRAFT), None),
        "filed": [
            {
                "row": row,
                "sections": reading.show(
                    assess.review_form(case, row.form_version),
                    row.answers,
                    i18n.locale_code(),
                    show.plain_context(case, i18n.locale_code(), now),
                ),
            }
            for row in filed
        ],
        "decisions": [{"row": row, "name": outcome_name(row.outcome)} for row in record.decisions_of(case.id)],
        "problems": [],
    }


_FILL: dict[str, Callable[[Case, datetime], dict[str, Any]]] = {
    "answers": _answers,
    "documents": _documents,
    "conditions": _conditions,
    "messages": _messages,
    "notes": _notes,
    "clocks": _clocks,
    "history": _history,
}


@blueprint.post("/<tenant>/desk/<reference>/explain/")
@requires(Permission.BREACH_EXPLAIN)
def explain_breach(reference: str) -> Response | tuple[str, int]:
    """Keep the reason for a broken promise."""
    case, now = open_case(reference), datetime.now(UTC)
    form = {name: request.form.get(name, "") for name in ("code", "subject", "reason", "note")}
    try:
        explain.explain(case, form["code"], form["subject"], form["reason"], form["note"], g.actor, now)
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        return page(case, "clocks", **broken.shown(case, form, problems)), 422
    flash(gettext("The reason is kept. It is published as a number, never with the case."), "success")
    return redirect(url_for("review.case", reference=reference, tab="clocks", _anchor="broken"), 303)


def outcome_name(outcome: str) -> str:
    """What an outcome is called."""
    return i18n.show_message(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome


# -- writing


def bound_review(case: Case, answers: Any, now: datetime, formdata: Any = None) -> list[BoundSection]:
    """The review form with what was judged so far, and with what was just typed."""
    draft = assess.draft_of(case)
    definition = assess.review_form(case, draft.form_version if draft else assess.form_version(case))
    context = show.plain_context(case, i18n.locale_code(), now)
    return bind_whole(definition, context=context, answers=answers, formdata=formdata)


@blueprint.post("/<tenant>/desk/<reference>/assessment/")
@requires(Permission.CASE_ASSESS)
def save_assessment(reference: str) -> Response | tuple[str, int]:
    """Keep the assessment; with the button "file" also file it, when it is finished."""
    case, now = open_case(reference), datetime.now(UTC)
    draft = assess.draft_of(case)
    review = bound_review(case, draft.answers if draft else {}, now, request.form)
    saved = assess.save_assessment(case, {b.section.code: b.stored() for b in review}, g.actor, now)
    if request.form.get("do") != "file":
        flash(gettext("The assessment is saved as a draft."), "success")
        return redirect(url_for("review.case", reference=reference, tab="assessment"), 303)
    found = reading.problems(review[0].definition, saved.answers, review[0].context, "submit")
    if found:
        for bound in review:
            bound.mark([problem for problem in found if problem.section == bound.section.code])
        keep_changes()
        return page(case, "assessment", review=review, problems=found), 422
    make_move(case, "file_assessment", g.actor, now, key=request.form.get("key", "")[:64])
    flash(gettext("The assessment is filed; a programme manager decides now."), "success")
    return redirect(url_for("review.case", reference=reference, tab="assessment"), 303)


@blueprint.route("/<tenant>/desk/<reference>/assign/", methods=["GET", "POST"])
@requires(Permission.CASE_ASSIGN)
def assign_case(reference: str) -> str | Response | tuple[str, int]:
    """Give the case to an officer."""
    case = open_case(reference)
    problem = ""
    if request.method == "POST":
        try:
            assign.assign(case, _person(request.form.get("monitor", "")), g.actor, datetime.now(UTC))
            flash(gettext("The case is given to another officer."), "success")
            return redirect(url_for("review.case", reference=reference), 303)
        except Invalid as error:
            problem = i18n.show_message(error.problems["monitor"])
    elif not case.is_open:
        raise NotNow(N_("This case has ended; nobody has to follow it any more."))
    load = record.open_cases_by_monitor()
    found = render_template(
        "pages/review/assign.html",
        case=case,
        dir=i18n.direction(case.language),
        officers=[(str(key), name, i18n.show_number(load.get(key, 0))) for key, name in record.officers(g.tenant.id)],
        current=str(case.monitor_id or ""),
        problem=problem,
    )
    return (found, 422) if problem else found


def _person(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Invalid({"monitor": N_("Choose one of the programme officers.")}) from None
