"""The promises that were broken, with the reason of each, for the secretariat."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for

from portal.core.actor import Role
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.infra.access import requires
from portal.infra.i18n import show_message, show_text
from portal.insight import show_performance as show
from portal.insight.queries import breaches as queries
from portal.insight.queries import performance as published
from portal.insight.rules import performance as rules
from portal.insight.views.base import blueprint
from portal.review.rules.desk import Place, read_place, write_place
from portal.standards.rules.reasons import REASONS
from portal.translation import queries as translations


@blueprint.get("/<tenant>/admin/breaches/")
@requires(Permission.STANDARDS_READ)
def breaches() -> str:
    """The broken promises, the newest first, by standard and reason."""
    ours = [one for one in published.published() if one.newest.side in rules.OURS]
    names = {"/".join(one.which): one for one in ours}
    standard, reason = request.args.get("standard", ""), request.args.get("reason", "")
    if (standard and standard not in names) or reason not in ("", queries.UNEXPLAINED, *REASONS):
        raise NotFound
    place = read_place(request.args.get("after", ""), request.args.get("before", ""))
    rows, more = queries.breaches(rules.OURS, names[standard].which if standard else None, reason, place)
    return render_template(
        "pages/insight/breaches.html",
        rows=[(row, show.reason_name(row.reason) if row.reason else "") for row in rows],
        standards=[
            (key, f"{show_text(one.newest.name)} ({show.process_title(one.instrument, one.process)})")
            for key, one in names.items()
        ],
        reasons=[(code, show_message(name)) for code, name in REASONS.items()],
        unexplained=queries.UNEXPLAINED,
        form={"standard": standard, "reason": reason},
        pages=_pages(rows, more, place, standard=standard, reason=reason),
        opened=_opened({row.reference for row in rows}),
    )


def _opened(references: set[str]) -> set[str]:
    """Of the cases on a page those that the reader may open: a translator, what waits for her or was translated."""
    if not holds(g.actor, Permission.DESK_READ):
        return set()
    return translations.readable_among(references) if g.actor.roles == {Role.TRANSLATOR} else references


def _pages(rows: list[queries.Breach], more: bool, place: Place | None, **asked: str) -> dict[str, str | None]:
    kept: dict[str, Any] = {key: value for key, value in asked.items() if value}
    backwards = place is not None and place.backwards
    has_before, has_after = (more, bool(rows)) if backwards else (place is not None, more)

    def address(name: str, row: queries.Breach) -> str:
        return url_for("insight.breaches", **kept | {name: write_place(row.breached_at, row.id)})

    return {
        "previous": address("before", rows[0]) if rows and has_before else None,
        "next": address("after", rows[-1]) if rows and has_after else None,
    }
