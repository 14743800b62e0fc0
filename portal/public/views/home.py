"""A tenant's front door: home, help, accessibility, colours."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, render_template, request

from portal.calls import queries as calls
from portal.calls.rules import announcing, instruments
from portal.cases import queries as cases
from portal.infra.access import public_page
from portal.infra.i18n import locale_code, show_message
from portal.infra.pages import kept
from portal.insight.queries import performance as figures
from portal.insight.rules.performance import OURS
from portal.insight.rules.quarters import quarter_of
from portal.public import queries, rules
from portal.public.views.base import blueprint

RECENT = 6


@blueprint.get("/<tenant>/")
@public_page
@kept(cases.whether_anything_happened)
def home() -> str:
    """Who we are, what is open, how it works, what we promise, what was funded."""
    now = datetime.now(UTC)
    open_calls = calls.open_calls(now)
    published = figures.published()
    last = quarter_of(now.astimezone(ZoneInfo(g.tenant.zone)).date()).step(-1)
    wanted = {call.instrument for call in open_calls}
    promised = [
        one
        for one in published
        if one.instrument in wanted and one.process == instruments.APPLICATION and one.newest.side in OURS
    ]
    promises = [
        (instruments.instrument(code).title, [one.newest for one in members])
        for code, members in groupby(promised, key=lambda one: one.instrument)
    ]
    return render_template(
        "pages/public/home.html",
        welcome=g.tenant.welcome,
        calls=[(call, announcing.read_in(call, locale_code())) for call in open_calls],
        promises=promises,
        last_quarter=figures.kept_in(last, published),
        projects=[(row, show_message(rules.STATE_NAMES[row.state])) for row in queries.recent_projects(RECENT)],
        sign_off=g.tenant.policy.sign_off_required,
    )


@blueprint.get("/<tenant>/help/")
@public_page
def help_page() -> str:
    """How to do what people come to do, in plain words."""
    return render_template("pages/public/help.html", status=g.tenant.policy.access_code_on_status)


@blueprint.get("/<tenant>/accessibility/")
@public_page
def accessibility() -> str:
    """What we do so that everybody can use the portal, and whom to tell when somebody cannot."""
    return render_template("pages/public/accessibility.html")


@blueprint.get("/<tenant>/brand.css")
@public_page
def brand() -> Response:
    """The tenant's colours; kept by browsers until they change."""
    text = rules.brand_css(g.tenant.brand)
    answer = current_app.response_class(text, mimetype="text/css")
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:20])
    answer.headers["Cache-Control"] = "public, max-age=300"
    made: Response = answer.make_conditional(request)  # type: ignore[assignment]
    return made
