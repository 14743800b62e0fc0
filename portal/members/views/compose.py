"""Make the next circular: choose what stands in each part, look at it, send it or throw it away."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.members import show
from portal.members.queries import circulars as queries
from portal.members.queries import waiting
from portal.members.rules.windows import PARTS
from portal.members.service import circular as service
from portal.members.views import blueprint


@blueprint.get("/<tenant>/circulars/new/")
@requires(Permission.CIRCULAR_MANAGE)
def compose() -> str:
    """What waits for the next circular; everything is chosen unless the draft says otherwise."""
    draft = queries.draft()
    chosen = {str(case.id) for _, case in queries.items(draft.id)} if draft else None
    return _page(draft.introduction if draft else "", chosen, {})


def _page(introduction: str, chosen: set[str] | None, problems: dict[str, str]) -> str:
    """:param chosen: the ids of the chosen cases; None: all of them."""
    now = datetime.now(UTC)
    draft = queries.draft()
    return render_template(
        "pages/members/compose.html",
        parts=show.candidates(waiting.candidates(now)),
        introduction=introduction,
        chosen=chosen,
        problems=problems,
        number=draft.number if draft else queries.last_number() + 1,
        draft=draft,
    )


@blueprint.post("/<tenant>/circulars/new/")
@requires(Permission.CIRCULAR_MANAGE)
def save() -> Response | tuple[str, int]:
    """Keep the draft and look at it."""
    written = {part: request.form.getlist(part) for part in PARTS}
    introduction = request.form.get("introduction", "")
    try:
        row = service.compose(
            {part: _keys(values) for part, values in written.items()}, introduction, g.actor, datetime.now(UTC)
        )
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        return _page(introduction, {value for values in written.values() for value in values}, problems), 422
    return redirect(url_for("members.circular", number=row.number), 303)


def _keys(values: list[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@blueprint.post("/<tenant>/circulars/<int:number>/send/")
@requires(Permission.CIRCULAR_MANAGE)
def send(number: int) -> Response:
    """Send the circular to every member of the day."""
    service.send(number, g.actor, datetime.now(UTC))
    flash(gettext("The circular is on its way to the members."), "success")
    return redirect(url_for("members.circular", number=number), 303)


@blueprint.post("/<tenant>/circulars/<int:number>/discard/")
@requires(Permission.CIRCULAR_MANAGE)
def discard(number: int) -> Response:
    """Throw the draft away."""
    service.discard(number, g.actor)
    flash(gettext("The draft is thrown away. Its cases wait for the next circular."), "success")
    return redirect(url_for("members.circulars"), 303)
