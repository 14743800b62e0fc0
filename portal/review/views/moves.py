"""Moves from the workflow's own data: the buttons on a case, and a page for a move that asks something."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import tracks
from portal.cases.service.move import form_of, make_move, offers, workflow_of
from portal.cases.service.steps import with_beside
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.core.workflow import Move
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.beside import brought
from portal.infra.i18n import gettext
from portal.review.rules.desk import TABS
from portal.review.views import blueprint

#: Moves that are made on a page of their own, by the place their workflow names.
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "assessment": ("review.case", {"tab": "assessment"}),
    "evaluation": ("evaluation.of_case", {}),
    "letter": ("review.letter", {}),
    "translation": ("translation.translate", {}),
}


#: The buttons in the order in which they stand, by their class.
ORDER = {"btn-primary": 0, "btn-outline-primary": 1, "btn-outline-danger": 2}


def fresh_key() -> str:
    """A key that makes a double click one move."""
    return secrets.token_urlsafe(18)


def buttons(case: Case, now: datetime) -> list[dict[str, Any]]:
    """The moves the actor may make on a case, each with its address, or with the reason why not now.

    What leads on stands first, what ends or refuses after it, and what is not possible now last.
    """
    found = []
    for offer in offers(case, g.actor, now):
        if offer.refusal and tracks.is_settled(case, offer.move):
            continue
        move = with_beside(case, offer.move)[0]
        endpoint, more = PAGES.get(move.place, ("review.move", {"move_code": move.code}))
        at_once = move.place == "case" and not move.asks and move.tone != "danger"
        found.append(
            {
                "code": move.code,
                "label": i18n.show_text(move.label),
                "hint": i18n.show_text(move.hint) if move.hint else "",
                "tone": {"primary": "btn-primary", "danger": "btn-outline-danger"}.get(
                    move.tone, "btn-outline-primary"
                ),
                "url": url_for(endpoint, reference=case.reference, **more),
                "at_once": at_once,
                # A page of its own says itself what is missing.
                "refusal": i18n.show_message(offer.refusal) if offer.refusal and move.place not in PAGES else "",
            }
        )
    return sorted(found, key=lambda one: (bool(one["refusal"]), ORDER[one["tone"]]))


@blueprint.route("/<tenant>/desk/<reference>/moves/<move_code>/", methods=["GET", "POST"])
@requires(Permission.DESK_WORK)
def move(reference: str, move_code: str) -> str | Response | tuple[str, int]:
    """Make a move: what it asks, and what it answers."""
    case = cases.for_staff(g.actor, reference)
    found = workflow_of(case).moves.get(move_code)
    if found is None:
        raise NotFound
    if request.method == "GET":
        return _page(case, found, {}, {})
    given = _given(with_beside(case, found)[0])
    try:
        make_move(case, move_code, g.actor, datetime.now(UTC), given, key=request.form.get("key", "")[:64])
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        return _page(case, found, given, problems), 422
    flash(gettext("Done: %(what)s", what=i18n.show_text(found.label).rstrip("…")), "success")
    queue = request.form.get("in", "")
    more: dict[str, Any] = {"in": queue} if queue in TABS else {}
    return redirect(url_for("review.case", reference=reference, **more), 303)


def _given(move: Move) -> dict[str, Any]:
    """What was typed, as the move's rules read it."""
    given: dict[str, Any] = {}
    for ask in move.asks:
        if ask.kind == "sections":
            chosen = request.form.getlist(ask.code)
            given[ask.code] = {code: request.form.get(f"{ask.code}-{code}", "") for code in chosen}
        else:
            given[ask.code] = request.form.get(ask.code, "")
    return given


def _page(case: Case, move: Move, given: dict[str, Any], problems: dict[str, str]) -> str:
    """The form of a move; a refusal of role, state or guard is said before anything is typed."""
    roles = g.actor.acts_as(case.organisation_id)
    if roles.isdisjoint(move.who):
        raise NotAllowed(N_("Your role does not allow this step."))
    if case.state not in move.sources:
        raise NotNow(N_("The case has moved on since this page was opened. Look at it again before you go on."))
    refusal = next((o.refusal for o in offers(case, g.actor, datetime.now(UTC)) if o.move.code == move.code), None)
    return render_template(
        "pages/review/move.html",
        case=case,
        dir=i18n.direction(case.language),
        move=with_beside(case, move)[0],
        brought=brought("desk_move", case, g.actor, datetime.now(UTC), move=move),
        label=i18n.show_text(move.label).rstrip("…"),
        refusal=i18n.show_message(refusal) if refusal else "",
        sections=[(section.code, i18n.show_text(section.title)) for section in form_of(case).sections],
        given=given,
        chosen=request.args.getlist("section"),
        problems=problems,
        key=fresh_key(),
        queue=request.args.get("in", ""),
    )
