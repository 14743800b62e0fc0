"""Check the answers, sign, submit, and the other steps an applicant makes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import flash, g, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.engine import answers as reading
from portal.applications import show
from portal.applications.views.base import PLACES, blueprint, client_case, load_draft, see
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import outside, pages
from portal.cases.service.guards import last_signature
from portal.cases.service.move import Offer, make_move, offers, workflow_of
from portal.core.actor import CLIENT_ROLES
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission
from portal.core.text import N_, Message
from portal.core.workflow import Move
from portal.infra.access import requires
from portal.infra.i18n import gettext, show_text
from portal.standards.show import OURS

CLIENT = frozenset(str(role) for role in CLIENT_ROLES)
#: where in the cookie the codes wait that are shown once, on the page after submission
CODES = "access_codes"


def new_key() -> str:
    """A key for a form, so that sending it twice is sending it once."""
    return secrets.token_urlsafe(18)


@blueprint.get("/<tenant>/cases/<reference>/check/")
@requires(Permission.CASE_READ_OWN)
def check(reference: str) -> str:
    """All answers to be read through, what is missing, who has signed, and the buttons that sign and submit."""
    case = client_case(reference)
    now = datetime.now(UTC)
    draft = load_draft(case, now)
    is_editable = draft.state.editable != "none"
    signature = last_signature(case) if is_editable else None
    whole = (draft.definition, draft.answers, draft.context)
    return render_template(
        "pages/applications/check.html",
        case=case,
        kind=show.kind_name(case),
        sections=reading.show(draft.definition, draft.answers, draft.language, draft.context),
        problems=reading.problems(*whole, "submit") if is_editable else [],
        warnings=reading.warnings(*whole) if is_editable else [],
        uncounted=pages.uncounted(case) if is_editable else None,
        hrefs={task.code: f"{task.url}?check=1" for task in draft.tasks() if task.url},
        conflicts=draft.conflicts(),
        is_editable=is_editable,
        signature=signature,
        signature_name=str(signature.data.get("typed_name", signature.actor_name)) if signature else "",
        offers=[o for o in _offered(case, now) if o.move.place in ("sign", "submit")] if is_editable else [],
        needs_signature=g.tenant.policy.sign_off_required
        and any(m.code == "sign" for m in workflow_of(case).moves_from(case.state)),
        new_key=new_key,
        files=_files(draft.answers),
    )


def _files(answers: Any) -> list[dict[str, Any]]:
    """Every file the answers name, for their links."""
    if isinstance(answers, dict):
        own = [answers] if {"id", "size", "type", "name"} <= set(answers) and answers["id"] else []
        return own + [item for value in answers.values() for item in _files(value)]
    return [item for value in answers for item in _files(value)] if isinstance(answers, list) else []


def _offered(case: Case, now: datetime) -> list[Offer]:
    return [offer for offer in offers(case, g.actor, now) if offer.move.place in PLACES]


def _move_of(case: Case, code: str) -> Move:
    """A move that people of the applying organisation may make on these pages.

    :raises NotFound: for any other.
    """
    move = workflow_of(case).moves.get(code)
    if move is None or move.place not in PLACES or CLIENT.isdisjoint(move.who):
        raise NotFound
    return move


@blueprint.get("/<tenant>/cases/<reference>/moves/<move>/")
@requires(Permission.CASE_READ_OWN)
def move(reference: str, move: str) -> str:
    """What a step asks, on a page of its own."""
    case = client_case(reference)
    found = _move_of(case, move)
    if g.actor.acts_as(case.organisation_id).isdisjoint(found.who):
        raise NotAllowed(N_("Your role does not allow this step."))
    offer = next((o for o in _offered(case, datetime.now(UTC)) if o.move.code == found.code), None)
    if offer is None:
        raise NotNow(N_("The case has moved on since this page was opened. Look at it again before you go on."))
    return _move_page(case, found, offer.refusal, {})


def _move_page(case: Case, found: Move, refusal: Message | None, problems: dict[str, Message]) -> str:
    return render_template(
        "pages/applications/move.html",
        case=case,
        kind=show.kind_name(case),
        move=found,
        refusal=refusal,
        problems=problems,
        typed=request.form,
        key=request.form.get("key") or new_key(),
    )


@blueprint.post("/<tenant>/cases/<reference>/moves/<move>/")
@requires(Permission.CASE_READ_OWN)
def make(reference: str, move: str) -> Response | tuple[str, int]:
    """Make a step; sent twice with the same key it is made once."""
    case = client_case(reference)
    found = _move_of(case, move)
    inputs = {ask.code: request.form.get(ask.code, "") for ask in found.asks}
    key = request.form.get("key", "")[:64]
    try:
        case = make_move(case, found.code, g.actor, datetime.now(UTC), inputs, key=key)
    except Invalid as error:
        return _move_page(case, found, None, error.problems), 422
    return see(_after(case, found))


def _after(case: Case, found: Move) -> str:
    if found.place == "submit":
        code = getattr(case, "fresh_access_code", "")
        if code:
            session[CODES] = {**session.get(CODES, {}), case.reference: code}
        return url_for("applications.submitted", reference=case.reference)
    flash(gettext("Done: %(what)s", what=show_text(found.label).rstrip("….")), "success")
    if found.place == "discard":
        return url_for("applications.my_cases")
    return url_for("applications.check" if found.place == "sign" else "applications.case", reference=case.reference)


@blueprint.get("/<tenant>/cases/<reference>/submitted/")
@requires(Permission.CASE_READ_OWN)
def submitted(reference: str) -> str:
    """It has arrived: the reference, the code for looking it up (shown once), and what happens next by when."""
    case = client_case(reference)
    snapshot = queries.last_submission(case.id)
    if snapshot is None:
        raise NotFound
    codes = dict(session.get(CODES, {}))
    code = codes.pop(case.reference, "")
    if code:
        session[CODES] = codes
    views = outside.clocks(case, queries.events_of(case.id), datetime.now(UTC))
    return render_template(
        "pages/applications/submitted.html",
        case=case,
        kind=show.kind_name(case),
        code=code,
        snapshot=snapshot,
        clocks=[view for view in views if view.side in OURS and view.state in ("running", "late", "not_started")],
    )
