"""Administration of calls: the list, a draft that is written and announced, and what may be changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls import queries
from portal.calls.models import Call
from portal.calls.rules import announcing, instruments
from portal.calls.rules.call_form import ALWAYS, Typed, read
from portal.calls.service import announce as service
from portal.calls.views.base import blueprint, said, words
from portal.core import local_time
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.infra.access import requires
from portal.infra.i18n import all_languages, gettext, locale_code, show_language, show_message, show_text


@blueprint.get("/<tenant>/admin/calls/")
@requires(Permission.CALL_MANAGE)
def manage() -> str:
    """Every call with how it stands, and a form that begins another."""
    return _list({}, {})


@blueprint.post("/<tenant>/admin/calls/")
@requires(Permission.CALL_MANAGE)
def begin() -> Response:
    """Begin a call."""
    form = request.form
    try:
        call = service.begin(form.get("code", ""), form.get("instrument", ""), g.actor, datetime.now(UTC))
    except Invalid as refusal:
        return make_response(_list(form, said(refusal.problems)), 422)
    return redirect(url_for("calls.edit", code=call.code), 303)


def _list(form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    now = datetime.now(UTC)
    calls = queries.managed()
    return render_template(
        "pages/calls/manage.html",
        rows=[(call, words(call), show_text(instruments.instrument(call.instrument).title)) for call in calls],
        waiting=queries.waiting_questions(calls),
        now=now,
        form=form,
        problems=problems,
        choices=[(code, show_text(known.title)) for code, known in instruments.all_instruments().items()],
    )


@blueprint.get("/<tenant>/admin/calls/<code>/")
@requires(Permission.CALL_MANAGE)
def edit(code: str) -> str:
    """A call as it is written; with ``?check=1`` a draft says what is missing before it can be announced."""
    call = queries.for_managers(code)
    found = service.faults(call, datetime.now(UTC)) if call.is_draft and request.args.get("check") else {}
    return _page(call, _shown(call), said(found), checked=bool(request.args.get("check")))


@blueprint.post("/<tenant>/admin/calls/<code>/")
@requires(Permission.CALL_MANAGE)
def save_call(code: str) -> Response:
    """Keep what was typed; announce the call, or record what was changed of one that is announced."""
    call, now = queries.for_managers(code), datetime.now(UTC)
    typed = _read(call)
    if not call.is_draft:
        return _changed(call, typed, now)
    if typed.problems:
        return make_response(_page(call, request.form, said(typed.problems)), 422)
    service.save(call, typed.values, g.actor)
    if request.form.get("do") != "publish":
        flash(gettext("The draft is saved."), "success")
        return redirect(url_for("calls.edit", code=code), 303)
    if service.faults(call, now):
        return redirect(url_for("calls.edit", code=code, check=1), 303)
    service.publish(call, g.actor, now)
    flash(gettext("The call is announced."), "success")
    return redirect(url_for("calls.edit", code=code), 303)


@blueprint.post("/<tenant>/admin/calls/<code>/discard/")
@requires(Permission.CALL_MANAGE)
def discard_call(code: str) -> Response:
    """Throw a draft away."""
    service.discard(queries.for_managers(code), g.actor)
    flash(gettext("The draft is thrown away."), "success")
    return redirect(url_for("calls.manage"), 303)


def _changed(call: Call, typed: Typed, now: datetime) -> Response:
    # What is fixed is not in the form of a call that is announced, so that it cannot be wrong either.
    problems = {name: text for name, text in said(typed.problems).items() if name not in service.FIXED}
    shown = {**_shown(call), **request.form.to_dict()}
    if not problems:
        try:
            service.change(call, typed.values, request.form.get("reason", ""), g.actor, now)
        except Invalid as refusal:
            problems = said(refusal.problems)
    if problems:
        return make_response(_page(call, shown, problems), 422)
    flash(gettext("The change is made and kept with its reason."), "success")
    return redirect(url_for("calls.edit", code=call.code), 303)


def _languages(call: Call) -> list[str]:
    """The languages in which a call may be announced: the tenant's, as far as its form speaks them."""
    known = instruments.instrument(call.instrument).languages
    return [code for code in g.tenant.languages if code in known]


def _read(call: Call) -> Typed:
    form = request.form.to_dict()
    if not call.is_draft:
        # Times of a call that is announced are in its own zone, which the form does not hold any more.
        form |= {name: value for name, value in _shown(call).items() if name in service.FIXED or name == "term"}
    return read(form, request.form.getlist("languages"), _languages(call), locale_code())


def _shown(call: Call) -> dict[str, Any]:
    """A call as its form holds it."""
    overrides = call.policy_overrides
    limit = overrides.get("amount_limit")
    return {
        **{f"{name}-{code}": text for name in announcing.TEXTS for code, text in getattr(call, name).items()},
        **{f"language-{code}": "1" for code in call.languages},
        "zone": call.zone,
        "term": "" if call.closes_at else ALWAYS,
        "opens_at": local_time.typed(call.opens_at, call.zone),
        "closes_at": local_time.typed(call.closes_at, call.zone),
        "questions_until": local_time.typed(call.questions_until, call.zone),
        "eligible_on": call.eligible_on.isoformat(),
        "envelope": _plain(call.envelope),
        "amount_limit": _plain(Decimal(limit) if limit else None),
        "page_limit": str(overrides.get("page_limits", {}).get(call.instrument, "")),
        "all_countries": "" if overrides.get("eligible_from_oda_list", True) else "1",
        "next_instrument": call.next_instrument,
        "next_months": str(call.next_months),
    }


def _plain(amount: Decimal | None) -> str:
    """An amount as any of our languages reads it: digits, with a decimal point only where there are cents."""
    if amount is None:
        return ""
    return str(int(amount)) if amount == int(amount) else f"{amount:.2f}"


def _page(call: Call, form: Mapping[str, Any], problems: Mapping[str, str], *, checked: bool = False) -> str:
    posted = request.method == "POST"
    chosen = request.form.getlist("languages") if posted else call.languages
    policy = g.tenant.policy
    texts = [(code, all_languages()[code]) for code in _languages(call) if code in all_languages()]
    return render_template(
        "pages/calls/manage_call.html",
        call=call,
        words=words(call),
        form=form,
        problems=problems,
        summary={name: f"{_label(name)}: {text}" for name, text in problems.items()},
        checked=checked,
        tabs=tabs(call, "edit"),
        texts=texts,
        chosen=chosen,
        missing=announcing.holes(call, [code for code, _ in texts]),
        instrument=instruments.instrument(call.instrument),
        nexts=[(code, show_text(instruments.instrument(code).title)) for code in service.nexts(call.instrument)],
        zones=sorted(available_timezones()),
        usual_limit=policy.limit_for(call.instrument),
        usual_pages=policy.page_limits.get(call.instrument),
    )


def tabs(call: Call, current: str) -> list[dict[str, Any]]:
    """The pages of one call."""
    found = [("edit", gettext("The call"), url_for("calls.edit", code=call.code))]
    if not call.is_draft:
        found.append(("decisions", gettext("Closing and decisions"), url_for("calls.decisions", code=call.code)))
        found.append(("questions", gettext("Questions"), url_for("calls.questions", code=call.code)))
    return [{"label": label, "url": url, "current": code == current} for code, label, url in found]


def _label(field: str) -> str:
    """What a field of the form is called in a list of what is to be mended."""
    name, _, language = field.partition("-")
    if name in announcing.TEXTS:
        return f"{show_message(announcing.TEXTS[name])}, {show_language(language)}"
    return {
        "languages": gettext("Languages"),
        "opens_at": gettext("Opens"),
        "closes_at": gettext("Closes"),
        "zone": gettext("Time zone"),
        "eligible_on": gettext("List of aid recipients of"),
        "questions_until": gettext("Questions until"),
        "envelope": gettext("Money for all"),
        "amount_limit": gettext("Most one may ask for"),
        "page_limit": gettext("Most pages"),
        "next_instrument": gettext("Next stage"),
        "next_months": gettext("Months for the full proposal"),
        "reason": gettext("Reason"),
    }[name]
