"""The register of members: their periods, and the people who speak for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.members.queries import membership
from portal.members.service import register as service
from portal.members.views import blueprint
from portal.organisations.rules import is_member_on

Answered = Response | tuple[str, int]


@blueprint.get("/<tenant>/circulars/members/")
@requires(Permission.MEMBER_MANAGE)
def register() -> str:
    """Every member, present and former; the forms already chosen for the one that an address names."""
    chosen = request.args.get("member", "")[:60]
    return _page({"member": chosen, "organisation": chosen}, {})


def _page(form: dict[str, str], problems: dict[str, str]) -> str:
    today = membership.local_day(g.tenant.id, datetime.now(UTC))
    members, periods = membership.all_members(), membership.periods()
    people = membership.focal_points(member.id for member in members)
    rows: list[dict[str, Any]] = [
        {
            "member": member,
            "periods": periods.get(member.id, []),
            "present": is_member_on(periods.get(member.id, ()), today),
            "people": people.get(member.id, []),
        }
        for member in members
    ]
    return render_template(
        "pages/members/register.html",
        rows=rows,
        choices=[(str(member.id), member.name) for member in members],
        languages_offered=[(language.code, language.name) for language in i18n.offered().values()],
        form=form,
        problems=problems,
    )


@blueprint.post("/<tenant>/circulars/members/periods/")
@requires(Permission.MEMBER_MANAGE)
def record_period() -> Answered:
    """Record from when to when an organisation is a member."""
    form = {name: request.form.get(name, "")[:60] for name in ("organisation", "starts_on", "ends_on")}
    try:
        starts = read_day(form["starts_on"], "starts_on")
        ends = read_day(form["ends_on"], "ends_on") if form["ends_on"] else None
        service.record_period(_key(form["organisation"]), starts, ends, g.actor, datetime.now(UTC))
    except Invalid as error:
        return _again(form, error)
    flash(gettext("The period is recorded."), "success")
    return redirect(url_for("members.register"), 303)


@blueprint.post("/<tenant>/circulars/members/people/")
@requires(Permission.MEMBER_MANAGE)
def invite_focal_point() -> Answered:
    """Invite somebody to speak for a member."""
    form = {name: request.form.get(name, "")[:300] for name in ("member", "email", "name", "language")}
    try:
        key = _key(form["member"], "member")
        service.invite_focal_point(key, form["email"], form["name"], form["language"], g.actor, datetime.now(UTC))
    except Invalid as error:
        return _again(form, error)
    flash(gettext("The invitation is on its way."), "success")
    return redirect(url_for("members.register"), 303)


def _again(form: dict[str, str], error: Invalid) -> tuple[str, int]:
    problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
    db.session.rollback()
    return _page(form, problems), 422


def _key(written: str, field: str = "organisation") -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Invalid({field: N_("Choose one of the members.")}) from None


def read_day(written: str, field: str) -> date:
    """A day as a browser writes it. :raises Invalid: naming the field."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid({field: N_("Enter a day such as 2026-03-31.")}) from None
