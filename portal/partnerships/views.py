"""A partnership agreement: its text in every language, its period, and its acceptance by the signatory it names."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.service import confirm_password
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.cases.rules import labels
from portal.cases.service.move import make_move, state_of
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import Message
from portal.infra import i18n, pdf
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext, ngettext
from portal.infra.web import keep_changes
from portal.partnerships import queries
from portal.partnerships.models import Partnership

blueprint = Blueprint("partnerships", __name__)


@blueprint.get("/<tenant>/partnerships/")
@requires(Permission.PARTNERSHIP_READ)
def partnerships() -> str:
    """Every partnership the actor may read, newest first, with its period."""
    after = request.args.get("after", "")[:40] or None
    rows = queries.listed(g.actor, after)
    more = len(rows) > queries.PAGE
    rows = rows[: queries.PAGE]
    states = [state_of(row.case) for row in rows]
    return render_template(
        "pages/partnerships/partnerships.html",
        rows=rows,
        states=[i18n.show_text(labels.state_name(state, g.actor.is_staff)) for state in states],
        tones=[labels.tone_of(state) for state in states],
        lengths=[_length(row.partnership.years) for row in rows],
        next_url=url_for("partnerships.partnerships", after=rows[-1].case.reference) if more else None,
        first_url=url_for("partnerships.partnerships") if after else None,
    )


@blueprint.get("/<tenant>/partnerships/<reference>/")
@requires(Permission.PARTNERSHIP_READ)
def partnership(reference: str) -> str:
    """The agreement in every language it has, and its acceptance for the signatory it names."""
    return _page(*queries.visible(g.actor, reference))


@blueprint.post("/<tenant>/partnerships/<reference>/")
@requires(Permission.PARTNERSHIP_ACCEPT)
def accept_agreement(reference: str) -> BaseResponse | tuple[str, int]:
    """Accept the agreement: password, typed name, consent; the time and the network address are kept."""
    case, _ = queries.visible(g.actor, reference)
    now, address = datetime.now(UTC), request.remote_addr or ""
    typed = {"typed_name": request.form.get("typed_name", "")[:200], "confirm": request.form.get("confirm", "")}
    password = request.form.get("password", "")
    try:
        if password:
            _check_password(password, address, now)
        inputs = {**typed, "password": password}
        make_move(case, "accept_agreement", g.actor, now, inputs, key=request.form.get("key", "")[:64], address=address)
    except Invalid as refused:
        if not g.get("keep_changes"):
            db.session.rollback()
        return _page(*queries.visible(g.actor, reference), refused.problems, typed), 422
    flash(gettext("You have accepted the agreement. It is in force."), "success")
    return redirect(url_for("partnerships.partnership", reference=reference), 303)


def _check_password(password: str, address: str, now: datetime) -> None:
    """Ask for the password again before anything is changed; a wrong one is counted."""
    try:
        confirm_password(g.person, password, address, now)
    except Invalid:
        keep_changes()
        raise


def _page(
    case: Case, found: Partnership, problems: dict[str, Message] | None = None, typed: dict[str, str] | None = None
) -> str:
    staff = g.actor.is_staff
    papers = [paper for paper in queries.agreements_of(case.id) if staff or paper.audience == "applicant"]
    mine = g.actor.person_id is not None and g.actor.person_id == found.signatory_id
    state = state_of(case)
    return render_template(
        "pages/partnerships/partnership.html",
        case=case,
        partnership=found,
        instrument=i18n.show_text(instruments.instrument(case.instrument).title),
        recipient=papers[0].source["recipient"] if papers else case.reference,
        state=i18n.show_text(labels.state_name(state, staff)),
        tone=labels.tone_of(state),
        period=_period(found),
        papers=papers,
        directions=[i18n.direction(paper.language) for paper in papers],
        back=url_for("review.case" if staff else "applications.case", reference=case.reference),
        may_accept=case.state == "signing" and mine,
        problems=problems or {},
        typed=typed or {},
        key=secrets.token_urlsafe(24),
        can_render=pdf.available(),
        title_dir=i18n.direction(case.language),
    )


def _period(found: Partnership) -> list[tuple[str, str]]:
    """How long the agreement runs, and from when to when once it is in force."""
    rows = [(gettext("Length"), _length(found.years))]
    if found.in_force_from is None:
        return [*rows, (gettext("In force from"), gettext("the day it is accepted"))]
    return [
        *rows,
        (gettext("In force from"), i18n.show_date(found.in_force_from)),
        (gettext("Last day"), i18n.show_date(found.ends_on)),
    ]


def _length(years: int) -> str:
    return ngettext("%(number)s year", "%(number)s years", years, number=i18n.show_number(years))
