"""What an approval asks for: the secretariat follows it on the case, the client answers on a page of her own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import BinaryIO, cast
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.core.actor import OrgRole
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.infra.uploads import ACCEPT
from portal.review import show_followed
from portal.review.queries import followed
from portal.review.service import conditions as service
from portal.review.views import blueprint
from portal.review.views.case import only_translates, open_case, page
from portal.review.views.files import save_as

Answer = Response | tuple[str, int]


@blueprint.post("/<tenant>/desk/<reference>/conditions/<uuid:condition_id>/")
@requires(Permission.DESK_WORK)
def follow_condition(reference: str, condition_id: UUID) -> Answer:
    """Accept evidence, ask for more, waive, or set a date."""
    case, now = open_case(reference), datetime.now(UTC)
    if only_translates():
        raise NotFound
    do, words = request.form.get("do", ""), request.form.get("words", "")
    try:
        if do == "date":
            service.set_due(case, condition_id, _day(request.form.get("due_on", "")), g.actor, now)
        elif do in service.VERBS:
            service.VERBS[do][0](case, condition_id, words, g.actor, now)
        else:
            raise NotFound
    except Invalid as error:
        problem = i18n.show_message(next(iter(error.problems.values())))
        db.session.rollback()
        return page(open_case(reference), "conditions", problems={str(condition_id): problem}, typed=words), 422
    flash(gettext("Kept."), "success")
    return redirect(url_for("review.case", reference=reference, tab="conditions", _anchor=f"c-{condition_id}"), 303)


def _day(written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid({"due_on": N_("Enter a day such as 2026-03-31.")}) from None


@blueprint.get("/<tenant>/desk/<reference>/conditions/<uuid:condition_id>/document/")
@requires(Permission.DESK_READ)
def evidence(reference: str, condition_id: UUID) -> Response:
    """The document by which the client shows that a condition is met; nothing for who only translates."""
    case = open_case(reference)
    if only_translates():
        raise NotFound
    return save_as(followed.evidence_of(followed.of_case(case.id), condition_id))


@blueprint.get("/<tenant>/cases/<reference>/conditions/<uuid:condition_id>/document/")
@requires(Permission.CASE_READ_OWN)
def own_evidence(reference: str, condition_id: UUID) -> Response:
    """The same document for the client's own people."""
    case = cases.for_client(g.actor, reference)
    return save_as(followed.evidence_of(followed.for_client(case), condition_id))


@blueprint.get("/<tenant>/cases/<reference>/conditions/")
@requires(Permission.CASE_READ_OWN)
def conditions(reference: str) -> str:
    """What the approval asks of the client, one by one."""
    return _client_page(cases.for_client(g.actor, reference), {}, "")


@blueprint.post("/<tenant>/cases/<reference>/conditions/<uuid:condition_id>/")
@requires(Permission.CASE_EDIT)
def claim_condition(reference: str, condition_id: UUID) -> Answer:
    """Say how a condition is met."""
    words, file = request.form.get("words", ""), request.files.get("document")
    sent = service.Sent(file.filename, cast("BinaryIO", file.stream)) if file is not None and file.filename else None
    try:
        service.claim(cases.for_client(g.actor, reference), condition_id, words, g.actor, datetime.now(UTC), sent)
    except Invalid as error:
        ends = {"document": "-document"}
        problems = {
            f"{condition_id}{ends.get(name, '')}": i18n.show_message(message)
            for name, message in error.problems.items()
        }
        db.session.rollback()
        return _client_page(cases.for_client(g.actor, reference), problems, words), 422
    flash(gettext("Sent. The secretariat checks it and answers here."), "success")
    return redirect(url_for("review.conditions", reference=reference, _anchor=f"c-{condition_id}"), 303)


def _client_page(case: Case, problems: dict[str, str], typed: str) -> str:
    """The client's page; before the letter, and without anything asked for, there is no such page."""
    rows = followed.for_client(case)
    if not rows:
        raise NotFound
    return render_template(
        "pages/review/conditions.html",
        case=case,
        dir=i18n.direction(case.language),
        rows=show_followed.shown(case, rows, datetime.now(UTC), client=True),
        may_claim=g.actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR),
        problems=problems,
        typed=typed,
        accept=ACCEPT,
    )
