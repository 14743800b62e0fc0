"""Decide several cases of a call together: one outcome and its grounds, each case in its own right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move, workflow_of
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.text import N_, Message
from portal.core.workflow import Move
from portal.infra.db import db

#: effects by which a move decides
DECIDES = "record_decision:"
#: how many cases one page offers; after a decision the next ones move up
MOST = 200
#: what features ask of one case besides the move concerns no other
MORE_IS_ASKED = N_("More is asked about this case. Answer it with the decision, or decide it on its own page.")


@dataclass(frozen=True)
class Told:
    """How it went with one case: ``refusal`` says why it was not decided, None when it was."""

    reference: str
    title: str
    language: str
    refusal: Message | None


def deciding_states(call: Call, actor: Actor) -> tuple[str, ...]:
    """The states of a call's workflow in which the actor may decide, in their order."""
    workflow = instruments.workflow(call.instrument, instruments.APPLICATION, call.workflow_version)
    roles = actor.acts_as(None)
    return tuple(code for code in workflow.states if any(_decides(m) for m in workflow.moves_for(code, roles)))


def _decides(move: Move) -> bool:
    texts_only = all(ask.kind in ("text", "longtext") for ask in move.asks)
    return texts_only and any(name.startswith(DECIDES) for name in move.effects)


def decisions_from(case: Case, actor: Actor) -> tuple[Move, ...]:
    """The moves by which the actor may decide a case where it stands, but for those that ask for sections."""
    moves = workflow_of(case).moves_for(case.state, actor.acts_as(case.organisation_id))
    return tuple(move for move in moves if _decides(move))


def decide_together(
    call: Call, case_ids: Iterable[UUID], code: str, inputs: Mapping[str, Any], actor: Actor, now: datetime
) -> list[Told]:
    """Make one deciding move on several cases of a call, each for itself: its guards, four eyes, its own event.

    What is refused for one case is undone for this case alone; the others are decided all the same.

    :param code: the move's verb; :param inputs: what it asks, the same for all.
    :raises NotAllowed: for anybody but a programme manager. :raises NotNow: when they do not stand at the same state.
    :raises NotFound: for a case of another call. :raises Invalid: when none is chosen or the grounds are missing.
    """
    if not actor.has(Role.PROGRAMME_MANAGER):
        raise NotAllowed(N_("Only a programme manager may decide."))
    chosen = [cases.by_id(case_id) for case_id in dict.fromkeys(case_ids)]
    if not chosen:
        raise Invalid({"cases": N_("Choose at least one case.")})
    if any(case.call_id != call.id or not case.is_submitted for case in chosen):
        raise NotFound
    if len({case.state for case in chosen}) > 1:
        raise NotNow(N_("These cases do not stand at the same step any more. Look at the list again."))
    if code not in {move.code for move in decisions_from(chosen[0], actor)}:
        raise Invalid({"outcome": N_("Choose how the cases are decided.")})
    asked = frozenset(ask.code for ask in workflow_of(chosen[0]).moves[code].asks)
    return [_decide(case, code, inputs, asked, actor, now) for case in sorted(chosen, key=lambda row: row.reference)]


def _decide(
    case: Case, code: str, inputs: Mapping[str, Any], asked: frozenset[str], actor: Actor, now: datetime
) -> Told:
    told = (case.reference, case.title, case.language)
    try:
        with db.session.begin_nested():
            make_move(case, code, actor, now, inputs)
    except (NotNow, NotAllowed, Invalid) as error:
        if isinstance(error, Invalid) and asked.intersection(error.problems):
            raise
        # The savepoint took back the rows; what the session remembers of them has to be read again.
        db.session.expire_all()
        return Told(*told, MORE_IS_ASKED if isinstance(error, Invalid) else error.message)
    return Told(*told, None)
