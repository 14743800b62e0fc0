"""Write a message or a note on a case, and change one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.cases.service import message, rewording
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.review.views import blueprint
from portal.review.views.case import only_translates, open_case, page


@blueprint.post("/<tenant>/desk/<reference>/messages/")
@requires(Permission.CASE_NOTE)
def write(reference: str) -> Response | tuple[str, int]:
    """Write a note, or, when that was chosen, a message that the applicant reads."""
    case, now = open_case(reference), datetime.now(UTC)
    if only_translates():
        raise NotFound
    body, to_applicant = request.form.get("body", ""), request.form.get("to") == "applicant"
    tab = "messages" if to_applicant else "notes"
    try:
        if to_applicant:
            message.send_message(case, body, g.actor, now)
        else:
            message.write_note(case, body, g.actor, now)
    except Invalid as error:
        problem = i18n.show_message(error.problems["body"])
        return page(case, tab, typed=body, problem=problem), 422
    flash(gettext("Sent to the applicant.") if to_applicant else gettext("Kept as an internal note."), "success")
    return redirect(url_for("review.case", reference=reference, tab=tab), 303)


@blueprint.post("/<tenant>/desk/<reference>/messages/<uuid:message_id>/")
@requires(Permission.CASE_NOTE)
def reword(reference: str, message_id: UUID) -> Response:
    """Change one's own message or note; who reads it stays as it was."""
    case = open_case(reference)
    if only_translates():
        raise NotFound
    row = rewording.reword(case, message_id, request.form.get("body", ""), g.actor, datetime.now(UTC))
    flash(gettext("Changed. What it said before is kept."), "success")
    tab = "notes" if row.visibility == message.STAFF else "messages"
    return redirect(url_for("review.case", reference=reference, tab=tab, _anchor=f"m-{message_id}"), 303)
