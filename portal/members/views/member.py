"""One member: entered, changed, and who speaks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms.engine.kinds_place import countries
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.members.queries import membership
from portal.members.service import register as service
from portal.members.views import blueprint
from portal.members.views.register import read_day
from portal.organisations.rules import is_member_on

Answered = Response | tuple[str, int]
FACTS = ("name", "country", "language", "address")


@blueprint.get("/<tenant>/circulars/members/new/")
@requires(Permission.MEMBER_MANAGE)
def new_member() -> str:
    """The form for a new member."""
    return _new({"starts_on": membership.local_day(g.tenant.id, datetime.now(UTC)).isoformat()}, {})


@blueprint.post("/<tenant>/circulars/members/new/")
@requires(Permission.MEMBER_MANAGE)
def add_member() -> Answered:
    """Enter a member."""
    form = _typed(*FACTS, "starts_on")
    try:
        row = service.add(_facts(form), read_day(form["starts_on"], "starts_on"), g.actor, datetime.now(UTC))
    except Invalid as error:
        problems = _said(error)
        return _new(form, problems), 422
    flash(gettext("The member is entered. Invite somebody who speaks for it."), "success")
    return redirect(url_for("members.member", organisation_id=row.id), 303)


@blueprint.get("/<tenant>/circulars/members/<uuid:organisation_id>/")
@requires(Permission.MEMBER_MANAGE)
def member(organisation_id: UUID) -> str:
    """A member: what is known of it, its periods, who speaks for it."""
    row = membership.member(organisation_id)
    return _page(organisation_id, {name: getattr(row, name) for name in FACTS}, {})


@blueprint.post("/<tenant>/circulars/members/<uuid:organisation_id>/")
@requires(Permission.MEMBER_MANAGE)
def change_member(organisation_id: UUID) -> Answered:
    """Change what is known of a member."""
    form = _typed(*FACTS)
    try:
        service.change(organisation_id, _facts(form), g.actor)
    except Invalid as error:
        problems = _said(error)
        return _page(organisation_id, form, problems), 422
    flash(gettext("The member is changed."), "success")
    return redirect(url_for("members.member", organisation_id=organisation_id), 303)


@blueprint.post("/<tenant>/circulars/members/<uuid:organisation_id>/people/<uuid:person_id>/dismiss/")
@requires(Permission.MEMBER_MANAGE)
def dismiss_focal_point(organisation_id: UUID, person_id: UUID) -> Response:
    """Let somebody speak for the member no longer."""
    service.dismiss_focal_point(organisation_id, person_id, g.actor)
    flash(gettext("She or he does not speak for the member any more."), "success")
    return redirect(url_for("members.member", organisation_id=organisation_id), 303)


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "")[:1000] for name in names}


def _facts(form: dict[str, str]) -> service.Facts:
    return service.Facts(*(form[name].strip() for name in FACTS))


def _said(error: Invalid) -> dict[str, str]:
    db.session.rollback()
    return {key: i18n.show_message(message) for key, message in error.problems.items()}


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "countries": list(countries(i18n.locale_code())),
        "languages_offered": [(language.code, language.name) for language in i18n.offered().values()],
    }


def _new(form: dict[str, str], problems: dict[str, str]) -> str:
    return render_template("pages/members/new_member.html", form=form, problems=problems, **_choices())


def _page(organisation_id: UUID, form: dict[str, str], problems: dict[str, str]) -> str:
    row = membership.member(organisation_id)
    periods = membership.periods().get(row.id, [])
    today = membership.local_day(g.tenant.id, datetime.now(UTC))
    return render_template(
        "pages/members/member.html",
        member=row,
        present=is_member_on(periods, today),
        periods=periods,
        people=membership.focal_points([row.id]).get(row.id, []),
        form=form,
        problems=problems,
        **_choices(),
    )
