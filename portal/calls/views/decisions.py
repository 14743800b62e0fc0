"""Decisions about a call's time, and the record of all decisions on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls import queries
from portal.calls.models import Call, CallChange
from portal.calls.rules import announcing, instruments
from portal.calls.rules.call_form import WrongError, instant
from portal.calls.service import decide
from portal.calls.views.base import blueprint, said, words
from portal.calls.views.manage import tabs
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_, Message
from portal.infra.access import requires
from portal.infra.i18n import (
    gettext,
    show_instant,
    show_language,
    show_list,
    show_message,
    show_money,
    show_number,
    show_text,
)
from portal.organisations import queries as organisations

KINDS: dict[str, Message] = {
    "announced": N_("Announced"),
    "changed": N_("Changed"),
    "extension": N_("Closing moved"),
    "late_entry": N_("Late entry granted"),
}


@blueprint.get("/<tenant>/admin/calls/<code>/decisions/")
@requires(Permission.CALL_MANAGE)
def decisions(code: str) -> str:
    """What was decided on a call, and the forms for a later closing and a late entry."""
    return _page(_announced(code), {}, {})


@blueprint.post("/<tenant>/admin/calls/<code>/extend/")
@requires(Permission.CALL_MANAGE)
def extend(code: str) -> Response:
    """Move the closing."""
    call, form, now = _announced(code), request.form, datetime.now(UTC)

    def made() -> CallChange:
        return decide.extend(call, _instant("until", call), form.get("reason", ""), g.actor, now)

    return _decided(call, made, gettext("The closing is moved. Whoever is writing an application is told by mail."))


@blueprint.post("/<tenant>/admin/calls/<code>/late-entry/")
@requires(Permission.CALL_MANAGE)
def late_entry(code: str) -> Response:
    """Let one organisation submit late."""
    call, form, now = _announced(code), request.form, datetime.now(UTC)

    def made() -> CallChange:
        until, reason = _instant("late_until", call), form.get("late_reason", "")
        return decide.grant_late_entry(call, form.get("organisation", ""), until, reason, g.actor, now)

    return _decided(call, made, gettext("The late entry is granted. The organisation is told by mail."))


def _decided(call: Call, made: Callable[[], CallChange], words_after: str) -> Response:
    try:
        made()
    except Invalid as refusal:
        return make_response(_page(call, request.form, said(refusal.problems)), 422)
    flash(words_after, "success")
    return redirect(url_for("calls.decisions", code=call.code), 303)


def _instant(field: str, call: Call) -> datetime | None:
    try:
        return instant(request.form.get(field, ""), call.zone)
    except WrongError as error:
        raise Invalid({field: error.message}) from None


def _announced(code: str) -> Call:
    call = queries.for_managers(code)
    if call.is_draft:
        raise NotFound
    return call


def _page(call: Call, form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    kinds = instruments.instrument(call.instrument).applicant_kinds
    changes = queries.changes_of(call)
    names = organisations.names_of(row.organisation_id for row in changes if row.organisation_id)
    return render_template(
        "pages/calls/manage_decisions.html",
        call=call,
        words=words(call),
        tabs=tabs(call, "decisions"),
        instrument=instruments.instrument(call.instrument),
        form=form,
        problems=problems,
        is_open=call.is_open(datetime.now(UTC)),
        choices=organisations.names_of_kinds(kinds),
        rows=[
            (
                row,
                show_message(KINDS[row.kind]),
                names.get(row.organisation_id) if row.organisation_id else None,
                changed(row.details, call),
            )
            for row in changes
        ],
    )


def changed(details: Mapping[str, Any], call: Call) -> list[tuple[str, str, str]]:
    """What a change changed: the field's name, before, after; texts language by language."""
    found = []
    for name, (before, after) in details.items():
        if name in announcing.TEXTS:
            label = show_message(announcing.TEXTS[name])
            found += [
                (f"{label}, {show_language(code)}", before.get(code, ""), after.get(code, ""))
                for code in call.languages
                if before.get(code) != after.get(code)
            ]
        else:
            found.append((_LABELS[name](), _shown(name, before, call), _shown(name, after, call)))
    return found


_LABELS: dict[str, Callable[[], str]] = {
    "languages": lambda: gettext("Languages"),
    "envelope": lambda: gettext("Money for all"),
    "questions_until": lambda: gettext("Questions until"),
    "next_instrument": lambda: gettext("Next stage"),
    "next_months": lambda: gettext("Months for the full proposal"),
}


def _shown(name: str, value: Any, call: Call) -> str:
    if value in (None, "", []):
        return ""
    if name == "languages":
        return show_list(map(show_language, value))
    if name == "envelope":
        return show_money(str(value), g.tenant.currency)
    if name == "questions_until":
        return show_instant(datetime.fromisoformat(value), call.zone)
    if name == "next_instrument":
        return show_text(instruments.instrument(value).title)
    return show_number(value)
