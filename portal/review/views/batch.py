"""Several cases of a call decided together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls import queries as calls
from portal.calls.models import Call
from portal.cases.models import Case
from portal.cases.service.move import workflow_of
from portal.core.actor import Role
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.core.workflow import Ask
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.beside import brought
from portal.infra.db import db
from portal.infra.i18n import gettext, ngettext
from portal.review.queries import record
from portal.review.service import batch as service
from portal.review.views import blueprint

#: what the form sends besides what its moves, and features beside them, ask
NOT_TYPED = frozenset({"csrf_token", "case", "state"})


@blueprint.get("/<tenant>/desk/calls/<code>/decide/")
@requires(Permission.DESK_WORK)
def decide_call(code: str) -> str:
    """The cases of a call that wait for a decision at the same step, and how to decide those one chooses."""
    return _page(calls.by_code(code), request.args.get("state", ""), {}, {})


@blueprint.post("/<tenant>/desk/calls/<code>/decide/")
@requires(Permission.DESK_WORK)
def make_decisions(code: str) -> Response | tuple[str, int]:
    """Decide the chosen cases, each in its own right, and tell which were refused and why."""
    call, state = calls.by_code(code), request.form.get("state", "")
    typed = {name: text for name, text in request.form.items() if name not in NOT_TYPED}
    try:
        ids = [UUID(written) for written in request.form.getlist("case")]
    except ValueError:
        ids = []
    try:
        told = service.decide_together(call, ids, typed.get("outcome", ""), typed, g.actor, datetime.now(UTC))
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
        db.session.rollback()
        return _page(calls.by_code(code), state, problems, typed, chosen={str(key) for key in ids}), 422
    decided = [one for one in told if one.refusal is None]
    if decided:
        number = i18n.show_number(len(decided))
        said = ngettext("%(number)s case decided.", "%(number)s cases decided.", len(decided), number=number)
        flash(said, "success")
    for one in told:
        if one.refusal is not None:
            why = i18n.show_message(one.refusal)
            flash(gettext("Not decided: %(reference)s. %(why)s", reference=one.reference, why=why), "error")
    return redirect(url_for("review.decide_call", code=code, state=state), 303)


def _page(
    call: Call, state: str, problems: dict[str, str], typed: dict[str, str], chosen: set[str] | None = None
) -> str:
    if not g.actor.has(Role.PROGRAMME_MANAGER):
        raise NotAllowed(N_("Only a programme manager may decide."))
    waiting = record.cases_in(call.id, service.deciding_states(call, g.actor), service.MOST)
    states = list(dict.fromkeys(case.state for case in waiting))
    state = state if state in states else (states[0] if states else "")
    here = [case for case in waiting if case.state == state]
    moves = service.decisions_from(here[0], g.actor) if here else ()
    return render_template(
        "pages/review/decide_call.html",
        call=call,
        states=[(code, _state_name(waiting, code), code == state) for code in states],
        state=state,
        cases=[
            {"row": case, "dir": i18n.direction(case.language), "chosen": str(case.id) in (chosen or set())}
            for case in here
        ],
        moves=moves,
        asks=_asks(moves),
        brought=brought("decide_call", here, g.actor, datetime.now(UTC), typed=typed),
        problems=problems,
        typed=typed,
    )


def _state_name(waiting: list[Case], code: str) -> str:
    case = next(case for case in waiting if case.state == code)
    return i18n.show_text(workflow_of(case).states[code].name)


def _asks(moves: Any) -> list[tuple[Ask, list[str]]]:
    """What the moves ask, each once, with the outcomes that ask it when not all do."""
    found: dict[str, tuple[Ask, list[str]]] = {}
    for move in moves:
        for ask in move.asks:
            found.setdefault(ask.code, (ask, []))[1].append(i18n.show_text(move.label).rstrip("…"))
    return [(ask, names if len(names) < len(moves) else []) for ask, names in found.values()]
