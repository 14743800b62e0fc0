"""The list of circulars, a circular as it reads on paper, and who has answered it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases.models import Case
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.members import show
from portal.members.models import Circular, CircularItem
from portal.members.queries import circulars as queries
from portal.members.queries import membership
from portal.members.rules import silence
from portal.members.rules.windows import APPROVED, RECOMMENDED
from portal.members.rules.words import ARRIVALS
from portal.members.service import circular as service
from portal.members.views import blueprint


@blueprint.get("/<tenant>/circulars/")
@requires(Permission.CIRCULAR_READ)
def circulars() -> str:
    """Every circular the reader may see, the newest first."""
    after = request.args.get("before", "")
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 8 else None
    rows = queries.listed(g.actor, before)
    more = len(rows) > queries.PAGE
    rows = rows[: queries.PAGE]
    return render_template(
        "pages/members/circulars.html",
        rows=rows,
        may_make=holds(g.actor, Permission.CIRCULAR_MANAGE),
        draft=next((row for row in rows if row.state == queries.DRAFT), None),
        next_url=url_for("members.circulars", before=rows[-1].number) if more else None,
        first_url=url_for("members.circulars") if before is not None else None,
    )


@blueprint.get("/<tenant>/circulars/<int:number>/")
@requires(Permission.CIRCULAR_READ)
def circular(number: int) -> str:
    """A circular as it reads on paper: number, date, three parts. Its draft is a preview for the secretariat."""
    row, now = queries.by_number(g.actor, number), datetime.now(UTC)
    found = queries.items(row.id)
    is_draft = row.state == queries.DRAFT
    may_manage = holds(g.actor, Permission.CIRCULAR_MANAGE)
    mine = [one for one in queries.addressees(row.id) if one.row.person_id == g.actor.person_id]
    members = membership.members_on(membership.local_day(g.tenant.id, now)) if is_draft else []
    people = membership.focal_points(member.id for member in members)
    return render_template(
        "pages/members/circular.html",
        circular=row,
        is_draft=is_draft,
        parts=show.parts(found, g.actor, now),
        may_manage=may_manage,
        is_staff=queries.is_staff_reader(g.actor),
        to_confirm=bool(mine) and all(one.row.seen_at is None for one in mine),
        is_member=bool(g.actor.member_organisations),
        members=[(member.name, [person.name for person in people.get(member.id, ())]) for member in members],
        approved=APPROVED,
    )


@blueprint.post("/<tenant>/circulars/<int:number>/received/")
@requires(Permission.MEMBER_ANSWER)
def received(number: int) -> Response:
    """Confirm that a circular has arrived, whatever became of the mail."""
    row = queries.by_number(g.actor, number)
    service.mark_seen(row.id, g.actor, datetime.now(UTC))
    flash(gettext("Thank you: the secretariat sees that the circular has reached you."), "success")
    return redirect(url_for("members.circular", number=number), 303)


@blueprint.get("/<tenant>/circulars/<int:number>/answers/")
@requires(Permission.CIRCULAR_READ)
def answers(number: int) -> str:
    """For the secretariat: whom a circular reached, and what each member has said of each case."""
    row = _staff_circular(number)
    found = queries.items(row.id)
    return render_template(
        "pages/members/answers.html",
        circular=row,
        addressees=[(one, ARRIVALS[one.arrival]) for one in queries.addressees(row.id)],
        items=_answers_of(row, [(item, case) for item, case in found if item.part != APPROVED]),
        may_manage=holds(g.actor, Permission.CIRCULAR_MANAGE),
        recommended=RECOMMENDED,
    )


def _answers_of(row: Circular, found: list[tuple[CircularItem, Case]]) -> list[dict[str, object]]:
    """What was said of each case, and who kept silent so far; as many queries as for one."""
    keys = [item.id for item, _ in found]
    said, comments, sent = queries.stances_by_item(keys), queries.comments_by_item(keys), queries.sent(row.id)
    names = membership.names({one.organisation for one in sent})
    told = []
    for item, case in found:
        stands = {one.organisation_id: one.stance for one in said.get(item.id, ()) if one.ended_at is None}
        count = silence.count(sent, stands)
        told.append(
            {
                "item": item,
                "case": case,
                "stances": show.stances(said.get(item.id, ()), names),
                "comments": show.comments(comments.get(item.id, ()), names),
                "silent": sorted(names[key] for key in count.silent),
                "unreached": sorted(names[key] for key in count.unreached),
                "reached": len(count.reached),
                "asked": len(count.asked),
            }
        )
    return told


def _staff_circular(number: int) -> Circular:
    """A circular that was sent, for the secretariat. :raises NotFound: for members, and for a draft."""
    row = queries.by_number(g.actor, number)
    if not queries.is_staff_reader(g.actor) or row.state != queries.SENT:
        raise NotFound
    return row


@blueprint.post("/<tenant>/circulars/<int:number>/addressees/<uuid:addressee_id>/bounced/")
@requires(Permission.CIRCULAR_MANAGE)
def bounced(number: int, addressee_id: UUID) -> Response:
    """Record that a mail came back."""
    _addressee(number, addressee_id)
    service.record_bounce(addressee_id, g.actor, datetime.now(UTC))
    flash(gettext("Recorded: the mail came back. Silence of this member does not count as consent."), "success")
    return redirect(url_for("members.answers", number=number), 303)


@blueprint.post("/<tenant>/circulars/<int:number>/addressees/<uuid:addressee_id>/again/")
@requires(Permission.CIRCULAR_MANAGE)
def again(number: int, addressee_id: UUID) -> Response:
    """Send the circular to a focal point once more."""
    _addressee(number, addressee_id)
    service.send_again(addressee_id, g.actor, datetime.now(UTC))
    flash(gettext("The circular is sent again. The time to answer stays as it was."), "success")
    return redirect(url_for("members.answers", number=number), 303)


def _addressee(number: int, addressee_id: UUID) -> None:
    """The addressee must be one of this circular's. :raises NotFound: when it is not."""
    row = _staff_circular(number)
    if all(one.row.id != addressee_id for one in queries.addressees(row.id)):
        raise NotFound
