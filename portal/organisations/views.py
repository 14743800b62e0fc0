"""One's own organisation: the people in it, their roles, inviting colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.actor import CLIENT_ROLES, OrgRole
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import Permission, holds_in
from portal.core.role_names import role_name
from portal.core.text import Message
from portal.infra.access import requires
from portal.infra.i18n import gettext, offered, show_message
from portal.organisations import queries, service

blueprint = Blueprint("organisations", __name__)


@blueprint.get("/<tenant>/my/organisation/")
@requires(Permission.ORGANISATION_READ)
def mine() -> str:
    """The people of one's organisations, with what each may do."""
    return _page(None, {}, {})


@blueprint.post("/<tenant>/my/organisation/<uuid:organisation_id>/invite")
@requires(Permission.ORGANISATION_MANAGE)
def invite(organisation_id: UUID) -> Response:
    """Invite a colleague by e-mail."""
    _belongs(organisation_id)
    form = request.form
    try:
        role = OrgRole(form.get("role", ""))
    except ValueError:
        return make_response(
            _page(organisation_id, form, {"role": gettext("Choose one of the roles in the list.")}), 422
        )
    try:
        person = service.invite_member(
            g.actor,
            organisation_id,
            form.get("email", ""),
            form.get("name", ""),
            form.get("language", ""),
            role,
            datetime.now(UTC),
        )
    except Invalid as refusal:
        return make_response(_page(organisation_id, form, _shown(refusal.problems)), 422)
    flash(
        gettext("%(name)s is invited. A mail is on its way to %(email)s.", name=person.name, email=person.email),
        "success",
    )
    return redirect(url_for("organisations.mine"), 303)


@blueprint.post("/<tenant>/my/organisation/<uuid:organisation_id>/people/<uuid:person_id>")
@requires(Permission.ORGANISATION_MANAGE)
def change_roles(organisation_id: UUID, person_id: UUID) -> Response:
    """Give somebody exactly the roles that are ticked; ``leave`` lets her go."""
    _belongs(organisation_id)
    known = {str(role) for role in CLIENT_ROLES}
    wanted = [] if request.form.get("leave") else [OrgRole(r) for r in request.form.getlist("role") if r in known]
    if not wanted and not request.form.get("leave"):
        flash(gettext("Tick at least one role, or remove the person from the organisation."), "error")
        return redirect(url_for("organisations.mine"), 303)
    try:
        service.set_roles(g.actor, organisation_id, person_id, wanted, datetime.now(UTC))
    except NotNow as refusal:
        return make_response(_page(None, {}, {"wait": show_message(refusal.message)}), 409)
    flash(gettext("The roles are changed."), "success")
    own = person_id == g.person.id and not wanted and len(g.actor.organisations) == 1
    return redirect(url_for("public.home") if own else url_for("organisations.mine"), 303)


def _belongs(organisation_id: UUID) -> None:
    """A stranger's organisation is not found, for a lead of another one too."""
    if not g.actor.in_organisation(organisation_id):
        raise NotFound


def _shown(problems: Mapping[str, Message]) -> dict[str, str]:
    return {field: show_message(message) for field, message in problems.items()}


def _page(form_of: UUID | None, form: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    """:param form_of: in which organisation's form something was typed that could not be taken."""
    people = queries.people_by_organisation(list(g.actor.organisations))
    rows = []
    for organisation in queries.organisations_of(g.actor):
        wrong = form_of == organisation.id
        rows.append(
            {
                "id": organisation.id,
                "name": organisation.name,
                "country": organisation.country,
                "language": organisation.language,
                "people": people.get(organisation.id, []),
                "managed": holds_in(g.actor, Permission.ORGANISATION_MANAGE, organisation.id),
                "form": form if wrong else {"language": organisation.language, "role": "contributor"},
                "problems": problems if wrong else {},
            }
        )
    return render_template(
        "pages/organisations/mine.html",
        rows=rows,
        refused=problems if form_of is None else {},
        roles=[(str(role), show_message(role_name(role))) for role in CLIENT_ROLES],
        choices=[(language.code, language.name) for language in offered().values()],
        meanings=[(show_message(role_name(role)), text) for role, text in _meanings().items()],
    )


def _meanings() -> dict[OrgRole, str]:
    return {
        OrgRole.LEAD: gettext("writes, submits, answers, and decides who belongs to the organisation"),
        OrgRole.CONTRIBUTOR: gettext("writes and attaches files"),
        OrgRole.SIGNATORY: gettext("signs off before submission and accepts the grant agreement"),
        OrgRole.VIEWER: gettext("reads everything and changes nothing"),
    }
