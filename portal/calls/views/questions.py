"""Questions about a call: asked on its page, answered by those who manage calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls import queries
from portal.calls.models import Call, Clarification
from portal.calls.rules import announcing, instruments
from portal.calls.service import questions as service
from portal.calls.views.base import blueprint, said, words
from portal.calls.views.manage import tabs
from portal.calls.views.public import call_page
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.infra.access import requires
from portal.infra.i18n import gettext, locale_code, show_language


@blueprint.post("/<tenant>/calls/<code>/questions/")
@requires(Permission.CASE_START)
def ask(code: str) -> Response:
    """Ask a question about a call."""
    call = queries.by_code(code)
    try:
        service.ask(call, request.form.get("question", ""), locale_code(), g.actor, datetime.now(UTC))
    except Invalid as refusal:
        return make_response(call_page(call, request.form, said(refusal.problems)), 422)
    flash(
        gettext("Your question is sent. The answer will stand on this page, for everybody, without your name."),
        "success",
    )
    return redirect(url_for("calls.call", code=code, _anchor="questions"), 303)


@blueprint.get("/<tenant>/admin/calls/<code>/questions/")
@requires(Permission.CALL_MANAGE)
def questions(code: str) -> str:
    """The questions about a call: what waits for an answer first."""
    call = _announced(code)
    return render_template(
        "pages/calls/manage_questions.html",
        call=call,
        words=words(call),
        tabs=tabs(call, "questions"),
        instrument=instruments.instrument(call.instrument),
        rows=queries.questions(call),
        closed=service.why_not(call, datetime.now(UTC)),
    )


@blueprint.get("/<tenant>/admin/calls/<code>/questions/<int:number>/")
@requires(Permission.CALL_MANAGE)
def question(code: str, number: int) -> str:
    """One question, and the form of its answer in every language the call is announced in."""
    call = _announced(code)
    row = queries.question(call, number)
    return _form(call, row, _shown(call, row), {})


@blueprint.post("/<tenant>/admin/calls/<code>/questions/<int:number>/")
@requires(Permission.CALL_MANAGE)
def answer_question(code: str, number: int) -> Response:
    """Answer a question for everybody."""
    call = _announced(code)
    row, form = queries.question(call, number), request.form
    languages = announcing.whole_in(call)
    asked = {language: form.get(f"question-{language}", "") for language in languages}
    told = {language: form.get(f"answer-{language}", "") for language in languages}
    try:
        service.answer(call, row, asked, told, g.actor, datetime.now(UTC))
    except Invalid as refusal:
        return make_response(_form(call, row, form, said(refusal.problems)), 422)
    flash(gettext("The answer is published. Whoever is writing an application is told by mail."), "success")
    return redirect(url_for("calls.questions", code=code), 303)


@blueprint.post("/<tenant>/admin/calls/<code>/questions/<int:number>/set-aside/")
@requires(Permission.CALL_MANAGE)
def set_aside(code: str, number: int) -> Response:
    """Put a question aside that is none."""
    call = _announced(code)
    service.set_aside(queries.question(call, number), g.actor, datetime.now(UTC))
    flash(gettext("The question is put aside. It will not be published."), "success")
    return redirect(url_for("calls.questions", code=code), 303)


def _announced(code: str) -> Call:
    call = queries.for_managers(code)
    if call.is_draft:
        raise NotFound
    return call


def _shown(call: Call, row: Clarification) -> dict[str, str]:
    """The form of an answer: what was asked stands in its own language already."""
    asked = row.public_question or {row.language: row.question}
    return {
        **{f"question-{code}": asked.get(code, "") for code in announcing.whole_in(call)},
        **{f"answer-{code}": row.answer.get(code, "") for code in announcing.whole_in(call)},
    }


def _form(call: Call, row: Clarification, form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    labels = {"question": gettext("Question"), "answer": gettext("Answer")}
    summary = {}
    for name, text in problems.items():
        part, _, language = name.partition("-")
        summary[name] = f"{labels[part]}, {show_language(language)}: {text}"
    return render_template(
        "pages/calls/manage_question.html",
        call=call,
        words=words(call),
        tabs=tabs(call, "questions"),
        instrument=instruments.instrument(call.instrument),
        row=row,
        form=form,
        problems=problems,
        summary=summary,
        languages=announcing.whole_in(call),
    )
