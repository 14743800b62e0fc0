"""Where an application stands, for whoever has its reference and access code."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from flask import g, make_response, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.service import TooManyTries
from portal.cases import queries as cases
from portal.cases.service import outside
from portal.core.errors import Invalid, NotFound
from portal.infra.access import public_page
from portal.infra.i18n import ngettext
from portal.infra.web import keep_changes
from portal.public import queries, service
from portal.public.views.base import blueprint, shown


@blueprint.get("/<tenant>/status/")
@public_page
def status() -> str:
    """Ask for reference and access code."""
    _offered()
    return _ask({})


@blueprint.post("/<tenant>/status/")
@public_page
def look_up() -> Response:
    """Show the public state and the clocks, without names; nothing of it stands in an address."""
    _offered()
    now = datetime.now(UTC)
    form = request.form
    try:
        case = service.look_up(form.get("reference", ""), form.get("code", ""), request.remote_addr or "", now)
    except Invalid as refusal:
        keep_changes()
        return make_response(_ask(shown(refusal.problems)), 422)
    except TooManyTries as refusal:
        return _wait(refusal, now)
    clocks = outside.clocks(case, cases.events_of(case.id), now, include_not_started=False)
    case = outside.face(case)
    page = render_template("pages/public/status_shown.html", case=case, state=queries.public_state(case), clocks=clocks)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _offered() -> None:
    if not g.tenant.policy.access_code_on_status:
        raise NotFound


def _ask(problems: dict[str, str]) -> str:
    return render_template("pages/public/status.html", form=request.form, problems=problems)


def _wait(refusal: TooManyTries, now: datetime) -> Response:
    seconds = max(1, ceil((refusal.until - now).total_seconds()))
    text = ngettext(
        "There were too many tries. Try again in %(num)s minute.",
        "There were too many tries. Try again in %(num)s minutes.",
        ceil(seconds / 60),
    )
    answer = make_response(_ask({"wait": text}), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
