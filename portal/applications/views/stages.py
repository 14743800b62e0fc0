"""Two stages: from an application that was approved in principle to its full proposal."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, render_template, url_for
from werkzeug.wrappers import Response

from portal.applications import show
from portal.applications.views.base import blueprint, client_case, see, writes
from portal.calls import queries as calls
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.cases.service import next_stage, stages
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.infra.access import requires
from portal.infra.i18n import gettext, show_message
from portal.standards.show import due_words


@blueprint.get("/<tenant>/cases/<reference>/full-proposal/")
@requires(Permission.CASE_READ_OWN)
def full_proposal(reference: str) -> str | Response:
    """What the full proposal begins with, by when it is due, and the button that begins it; or the proposal itself."""
    note = client_case(reference)
    found = stages.next_of(note)
    if found is not None:
        return see(url_for("applications.case", reference=found.reference))
    call = calls.by_id(note.call_id)
    if not stages.awaits(note) or call is None or not call.next_instrument:
        raise NotFound
    return render_template(
        "pages/applications/full_proposal.html",
        case=note,
        kind=show.kind_name(note),
        instrument=instruments.instrument(call.next_instrument).title,
        due=stages.due_of(note),
        refusal=stages.why_not(note, datetime.now(UTC)),
        may_write=writes(note),
    )


@blueprint.post("/<tenant>/cases/<reference>/full-proposal/")
@requires(Permission.CASE_START)
def start_full_proposal(reference: str) -> Response:
    """Begin the full proposal with what the note said, or go on with the one that was begun."""
    found = next_stage.begin_next(client_case(reference), g.actor, datetime.now(UTC))
    flash(gettext("Your draft is there, with what you wrote in the note."), "success")
    return see(url_for("applications.case", reference=found.reference))


def proposal_step(note: Case) -> show.NextStep:
    """The card of an application that was approved in principle: begin the full proposal, or go on with it."""
    begun, due = stages.next_of(note) is not None, stages.due_of(note)
    title = gettext("Finish and submit your full proposal") if begun else gettext("Your full proposal is due")
    label = gettext("Go on with the full proposal") if begun else gettext("Begin the full proposal")
    text = gettext("Your note was approved in principle.")
    if due is not None:
        text += " " + gettext("Please do it by %(when)s.", when=due_words(due, g.tenant.zone))
    url = url_for("applications.full_proposal", reference=note.reference)
    return show.NextStep(title, text, "soon", ((label, url, True),))


def stage_links(case: Case) -> list[tuple[str, str]]:
    """The applications before and after this one, where it is one of two stages: label and address."""
    return [
        (show_message(label), url_for("applications.case", reference=row.reference))
        for label, row in stages.neighbours(case)
    ]
