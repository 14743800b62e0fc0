"""What waits for a focal point: cases to answer, requests to sponsor, the last circulars."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g, render_template

from portal.core.permissions import Permission
from portal.infra.access import requires
from portal.members import show
from portal.members.queries import circulars, sponsors
from portal.members.rules.words import SPONSOR_STATES
from portal.members.views import blueprint

SHOWN = 5


@blueprint.get("/<tenant>/members/")
@requires(Permission.MEMBER_ANSWER)
def inbox() -> str:
    """Everything that waits for the members the reader speaks for, what ends first first."""
    now = datetime.now(UTC)
    rows = show.rows_of(circulars.waiting(g.actor), g.actor, now)
    open_rows = [row for row in rows if row.item is not None and show.is_open(row.item, row.case, now)]
    return render_template(
        "pages/members/inbox.html",
        unanswered=[row for row in open_rows if row.tone == "soon"],
        answered=[row for row in open_rows if row.tone != "soon"],
        sponsorships=[(row, case, name, SPONSOR_STATES[row.state]) for row, case, name in sponsors.of_members(g.actor)],
        circulars=circulars.listed(g.actor)[:SHOWN],
    )
