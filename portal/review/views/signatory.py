"""Who signs an agreement: the organisation's lead or an officer names her before it is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import agreements, signatories
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.review.views import blueprint


@blueprint.get("/<tenant>/cases/<reference>/signatory/")
@requires(Permission.CASE_READ_OWN, Permission.DESK_WORK)
def signatory(reference: str) -> str:
    """Who signs now, and who may sign instead."""
    case = cases.by_reference(g.actor, reference)
    if case.state not in signatories.UNSIGNED:
        raise NotNow(N_("There is no agreement that waits to be signed."))
    if not signatories.may_name(case, g.actor):
        raise NotAllowed(N_("Only the lead of the organisation or a programme officer may name the signatory."))
    found = signatories.signatory_of(case)
    typed = {"person": str(found.person.id), "position": found.position} if found else {}
    return _page(case, typed, {})


@blueprint.post("/<tenant>/cases/<reference>/signatory/")
@requires(Permission.CASE_EDIT, Permission.DESK_WORK)
def name_signatory(reference: str) -> Response | tuple[str, int]:
    """Name the signatory."""
    case = cases.by_reference(g.actor, reference)
    typed = {name: request.form.get(name, "") for name in ("person", "position")}
    try:
        agreements.name_signatory(case, _person(typed["person"]), typed["position"], g.actor, datetime.now(UTC))
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        db.session.rollback()
        return _page(cases.by_reference(g.actor, reference), typed, problems), 422
    flash(gettext("The agreement names her now; its papers are made anew."), "success")
    return redirect(_back(case), 303)


def _person(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def _back(case: Case) -> str:
    staff = not g.actor.in_organisation(case.organisation_id)
    return url_for("review.case" if staff else "applications.case", reference=case.reference)


def _page(case: Case, typed: dict[str, str], problems: dict[str, str]) -> str:
    return render_template(
        "pages/review/signatory.html",
        case=case,
        dir=i18n.direction(case.language),
        people=signatories.people_who_sign(case),
        typed=typed,
        problems=problems,
        back=_back(case),
    )
