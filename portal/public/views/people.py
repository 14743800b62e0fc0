"""The people of a secretariat and their roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries as accounts
from portal.accounts import service as account_service
from portal.core.actor import Role
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.role_names import role_name
from portal.infra.access import requires
from portal.infra.i18n import gettext, offered, show_message
from portal.public import service
from portal.public.views.base import blueprint, shown


@blueprint.get("/<tenant>/admin/people/")
@requires(Permission.PEOPLE_READ)
def people() -> str:
    """Who works in the secretariat, in which roles."""
    return _page({"language": g.person.language}, {})


@blueprint.post("/<tenant>/admin/people/")
@requires(Permission.PEOPLE_MANAGE)
def invite_staff() -> Response:
    """Invite somebody, or give somebody who is here a further role."""
    form = request.form
    try:
        role = Role(form.get("role", ""))
    except ValueError:
        return make_response(_page(form, {"role": gettext("Choose one of the roles in the list.")}), 422)
    try:
        email, name, language = form.get("email", ""), form.get("name", ""), form.get("language", "")
        person = service.invite_staff(g.actor, email, name, language, role, datetime.now(UTC))
    except Invalid as refusal:
        return make_response(_page(form, shown(refusal.problems)), 422)
    flash(
        gettext("%(name)s is invited. A mail is on its way to %(email)s.", name=person.name, email=person.email),
        "success",
    )
    return redirect(url_for("public.people"), 303)


@blueprint.post("/<tenant>/admin/people/<uuid:person_id>/revoke")
@requires(Permission.PEOPLE_MANAGE)
def revoke(person_id: UUID) -> Response:
    """Take a role away."""
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        raise NotFound from None
    try:
        account_service.revoke_role(g.actor, person_id, role)
    except NotNow as refusal:
        return make_response(_page({"language": g.person.language}, {"wait": show_message(refusal.message)}), 409)
    flash(gettext("The role is taken away."), "success")
    own = person_id == g.person.id and role is Role.ADMINISTRATOR
    return redirect(url_for("public.home") if own else url_for("public.people"), 303)


def _page(form: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "entered": person.password_hash is not None,
            "last": person.last_login_at,
            "roles": [(role, show_message(role_name(role))) for role in roles],
        }
        for person, roles in accounts.people_with(g.tenant.id)
    ]
    return render_template(
        "pages/public/people.html",
        rows=rows,
        form=form,
        problems=problems,
        managed=holds(g.actor, Permission.PEOPLE_MANAGE),
        roles=[(str(role), show_message(role_name(role))) for role in Role],
        choices=[(language.code, language.name) for language in offered().values()],
    )
