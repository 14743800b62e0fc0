"""What members' matters show on the pages of a case: the applicant's, and the secretariat's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, url_for
from flask import request as asked
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import APPLICATION, Case
from portal.cases.service import route, tracks
from portal.cases.service.move import form_of
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.beside import bring
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.members import show
from portal.members.queries import circulars as queries
from portal.members.queries import sponsors
from portal.members.rules.windows import PARTS
from portal.members.rules.words import ANSWERS, BODIES
from portal.members.service import answer
from portal.members.views import blueprint
from portal.members.views.sponsors import may_still_ask, members_to_ask
from portal.review.views import case as desk
from portal.review.views.tabs import bring_tab


@bring("applicant_case")
def sponsors_of_mine(
    case: Case, actor: Actor, _now: datetime, known: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]] | None:
    """The sponsors on the applicant's own page, told from the events that the page has read, and the way to ask one."""
    if not has_sponsors(case):
        return None
    events = known.get("events")
    rows = show.asked_sponsors(case) if events is None else show.sponsors_told(events)
    may_ask = may_still_ask(case, actor)
    if not rows and not may_ask:
        return None
    return "pages/members/beside_applicant.html", {"case": case, "rows": rows, "may_ask": may_ask}


def has_sponsors(case: Case) -> bool:
    """Whether a case is of the kind that members sponsor, and therefore hear of."""
    return case.kind == APPLICATION and any(section.code == sponsors.SECTION for section in form_of(case).sections)


def fill(case: Case, now: datetime) -> dict[str, Any]:
    """The members' tab: sponsors, circulars, what was said and how it is answered."""
    rows = show.sponsor_rows(case)
    sent = queries.items_of(case.id)
    body = route.policy_of(case).objection_body
    may_record = holds(g.actor, Permission.SPONSOR_RECORD) and case.is_open and case.decided_at is None
    return {
        "rows": rows,
        "may_record": may_record,
        "members": members_to_ask(case, now, rows) if may_record else [],
        "sent": [(item, circular, PARTS[item.part]) for item, circular in sent],
        "may_manage": holds(g.actor, Permission.CIRCULAR_MANAGE),
        "may_read": queries.is_staff_reader(g.actor),
        "comments": show.comments(queries.comments_of(case.id)),
        "stances": show.stances(queries.stances_of(case.id)),
        "tracks": tracks.shown(case),
        "objection_to": i18n.show_message(BODIES[body]) if case.state == "contested" and body else "",
        "is_contested": case.state == "contested",
        "answers": [(code, i18n.show_message(words)) for code, words in ANSWERS.items()],
        "typed": {},
        "problems": {},
    }


bring_tab("members", N_("Members"), "pages/members/beside_desk.html", has_sponsors, fill)


@blueprint.post("/<tenant>/desk/<reference>/comments/<uuid:comment_id>/")
@requires(Permission.CIRCULAR_MANAGE)
def answer_comment(reference: str, comment_id: UUID) -> Response | tuple[str, int]:
    """Answer a member's comment."""
    case, now = cases.for_staff(g.actor, reference), datetime.now(UTC)
    kind, words = asked.form.get("kind", ""), asked.form.get("answer", "")
    try:
        answer.answer_comment(case, comment_id, kind, words, g.actor, now)
    except Invalid as error:
        problems = {f"{key}-{comment_id}": i18n.show_message(message) for key, message in error.problems.items()}
        db.session.rollback()
        typed = {f"kind-{comment_id}": kind, f"answer-{comment_id}": words}
        again = cases.for_staff(g.actor, reference)
        return desk.page(again, "members", problems=problems, typed=typed), 422
    flash(gettext("The answer is kept; whoever reads the comment reads it."), "success")
    return redirect(url_for("review.case", reference=reference, tab="members"), 303)
