"""Sponsors: the applicant asks, the member answers, staff records a document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import BinaryIO, cast
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.applications.show import kind_name
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import outside
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.permissions import Permission, holds_in
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.members import show
from portal.members.queries import membership
from portal.members.queries import sponsors as queries
from portal.members.rules.words import SPONSOR_STATES
from portal.members.service import sponsors as service
from portal.members.views import blueprint


@blueprint.get("/<tenant>/sponsorships/<uuid:sponsorship_id>/")
@requires(Permission.SPONSOR_ANSWER)
def sponsorship(sponsorship_id: UUID) -> str:
    """What a member is asked to sponsor, and the form to answer."""
    return _page(sponsorship_id, "", {})


def _page(sponsorship_id: UUID, note: str, problems: dict[str, str]) -> str:
    row, case = queries.for_member(g.actor, sponsorship_id)
    names = membership.names([row.organisation_id, case.organisation_id])
    return render_template(
        "pages/members/sponsorship.html",
        row=row,
        case=case,
        kind=kind_name(case),
        dir=i18n.direction(case.language),
        applicant=names.get(case.organisation_id, ""),
        member=names.get(row.organisation_id, ""),
        state=SPONSOR_STATES[row.state],
        note=note,
        problems=problems,
    )


@blueprint.post("/<tenant>/sponsorships/<uuid:sponsorship_id>/")
@requires(Permission.SPONSOR_ANSWER)
def answer_sponsorship(sponsorship_id: UUID) -> Response | tuple[str, int]:
    """Confirm or decline."""
    row, _ = queries.for_member(g.actor, sponsorship_id)
    confirms, note = request.form.get("answer") == "confirm", request.form.get("note", "")
    try:
        service.answer(row, confirms, note, g.actor, datetime.now(UTC))
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        db.session.rollback()
        return _page(sponsorship_id, note, problems), 422
    flash(gettext("Confirmed. The applicant is told.") if confirms else gettext("Declined. The applicant is told."),
          "success")  # fmt: skip
    return redirect(url_for("members.inbox"), 303)


def may_still_ask(case: Case, actor: Actor) -> bool:
    """Whether the actor may ask members to sponsor this case now; a decision kept back changes nothing yet."""
    seen = outside.face(case)
    open_still = seen.is_open and seen.decided_at is None
    return open_still and holds_in(actor, Permission.SPONSOR_INVITE, case.organisation_id)


def members_to_ask(case: Case, now: datetime, rows: list[show.Sponsor]) -> list[tuple[str, str]]:
    """The present members that may still be asked, as (id, name)."""
    taken = {row.id for row in rows if row.state in ("invited", "confirmed", "proved")}
    found = membership.members_on(membership.local_day(case.tenant_id, now))
    return [(str(member.id), member.name) for member in found if member.id not in taken]


@blueprint.get("/<tenant>/cases/<reference>/sponsors/")
@requires(Permission.SPONSOR_INVITE)
def ask_sponsors(reference: str) -> str:
    """The sponsors of a case: who is named, who was asked, and the form that asks."""
    case, now = cases.for_client(g.actor, reference), datetime.now(UTC)
    rows, may_ask = show.sponsor_rows(case), may_still_ask(case, g.actor)
    return render_template(
        "pages/members/sponsors.html",
        case=case,
        kind=kind_name(case),
        rows=rows,
        may_ask=may_ask,
        members=members_to_ask(case, now, rows) if may_ask else [],
    )


@blueprint.post("/<tenant>/cases/<reference>/sponsors/")
@requires(Permission.SPONSOR_INVITE)
def invite_sponsor(reference: str) -> Response:
    """Ask a member to sponsor, or ask it no longer."""
    case, now = cases.for_client(g.actor, reference), datetime.now(UTC)
    key = _organisation(request.form.get("organisation", ""))
    if request.form.get("do") == "withdraw":
        service.withdraw(case, key, g.actor, now)
        flash(gettext("The member is asked no longer."), "success")
    else:
        service.invite(case, key, request.form.get("role", ""), g.actor, now)
        flash(gettext("The member is asked by mail. You see its answer here."), "success")
    return redirect(url_for("members.ask_sponsors", reference=reference), 303)


@blueprint.post("/<tenant>/desk/<reference>/sponsors/")
@requires(Permission.SPONSOR_RECORD)
def record_proof(reference: str) -> Response:
    """Record a document by which a member confirms."""
    case = cases.for_staff(g.actor, reference)
    sent = request.files.get("document")
    if sent is None:
        raise Invalid({"document": N_("Choose the document that proves it.")})
    key, note = _organisation(request.form.get("organisation", "")), request.form.get("note", "")
    content = cast("BinaryIO", sent.stream)
    service.record_proof(case, key, sent.filename or "", content, note, g.actor, datetime.now(UTC))
    flash(gettext("The document is kept; the sponsor counts as confirmed."), "success")
    return redirect(url_for("review.case", reference=reference, tab="members"), 303)


def _organisation(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Invalid({"organisation": N_("Choose one of the present members.")}) from None
