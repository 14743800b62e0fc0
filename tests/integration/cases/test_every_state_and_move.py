"""Every state × every move × every role of every workflow: only what the data allows is let through."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.cases.service import move as moving
from portal.cases.service import steps
from portal.core.actor import Actor, OrgRole, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.text import Message
from portal.core.workflow import Move
from portal.infra import tenancy
from portal.infra.db import db
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted

EVERYBODY = (
    "officer", "manager", "manager2", "translator", "finance", "administrator", "auditor", "stranger",
    "vilankulo.lead", "vilankulo.contributor", "vilankulo.signatory", "vilankulo.viewer", "aleppo.lead",
)  # fmt: skip


def processes() -> list[tuple[str, str]]:
    """Every process of every instrument."""
    return [(code, process) for code in instruments.all_instruments() for process in instruments.processes(code)]


def answers(move: Move) -> dict[str, Any]:
    """An answer to everything a move asks."""
    given: dict[str, Any] = {}
    for ask in move.asks:
        if ask.kind in ("choice", "days"):
            given[ask.code] = ask.options[0].code
        elif ask.kind == "sections":
            given[ask.code] = {"place": "Please mend this."}
        else:
            given[ask.code] = "words"
    return given


def from_outside(case: Case) -> dict[str, Actor]:
    """The system, and whoever is asked from outside: an evaluator, a member's focal point, another fund's lead."""
    tenant, other = case.tenant_id, case.tenant_id + 1

    def somebody(name: str, at: int = tenant, **more: Any) -> Actor:
        return Actor(uuid4(), name, "en", at, **more)

    return {
        "system": Actor.system(tenant),
        "evaluator": somebody("An Evaluator", roles=frozenset({Role.EVALUATOR})),
        "focal point": somebody("A Focal Point", organisations={uuid4(): frozenset({OrgRole.FOCAL_POINT})}),
        "another fund's lead": somebody("A Lead", other, organisations={uuid4(): frozenset({OrgRole.LEAD})}),
    }


def outcome(case: Case, code: str, actor: Actor, move: Move) -> str:
    """How an attempt ends: made, or the kind of refusal."""
    try:
        moving.make_move(case, code, actor, NOW, answers(move))
    except (NotAllowed, NotNow, Invalid, NotFound) as refusal:
        return type(refusal).__name__
    return "made"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # who may do what does not depend on the database
@pytest.mark.parametrize(("instrument", "process"), processes())
def test_only_the_roles_and_states_of_the_data_let_a_move_through(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, instrument: str, process: str
) -> None:
    """Guards and effects are tried elsewhere; here they are still, so that roles and states speak alone."""
    workflow = instruments.workflow(instrument, process, instruments.instrument(instrument).workflow)
    with tenancy.scope(world["alpha"].id):
        case = submitted(world)
        keep_still(monkeypatch)
        actors = {name: world.actor("alpha", name) for name in EVERYBODY} | from_outside(case)
        case.instrument, case.process, case.form_version = instrument, process, 1
        wrong = []
        for state in workflow.states:
            case.state = state
            db.session.flush()
            for code, move in workflow.moves.items():
                for name, actor in actors.items():
                    got = outcome(case, code, actor, move)
                    if got == "made":
                        # What the move changed is put back; the next attempt begins in the same state.
                        case.state = state
                        db.session.flush()
                    allowed = not actor.acts_as(case.organisation_id).isdisjoint(move.who)
                    expected = "made" if state in move.sources else "NotNow"
                    expected = expected if allowed else "NotAllowed"
                    if got != expected:
                        wrong.append((state, code, name, got, expected))
        assert not wrong, wrong[:10]


def test_every_role_there_is_has_been_tried(alpha: World) -> None:
    """A new role is tried in every state as soon as there is one."""
    case = submitted(alpha)
    actors = [*(alpha.actor("alpha", name) for name in EVERYBODY), *from_outside(case).values()]
    held = {str(role) for actor in actors for role in actor.roles}
    held |= {str(role) for actor in actors for some in actor.organisations.values() for role in some}
    assert held == {*map(str, Role), *map(str, OrgRole)}


def keep_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every guard pass, no condition hold, and no effect, event, clock or mail happen."""
    for name in steps.EFFECTS:
        monkeypatch.setitem(steps.EFFECTS, name, lambda _step: None)
    for name in steps.GUARDS:
        monkeypatch.setitem(steps.GUARDS, name, lambda _step: None)
    for name in steps.CONDITIONS:
        monkeypatch.setitem(steps.CONDITIONS, name, lambda _step: False)
    monkeypatch.setattr(moving.mail, "send", lambda *_: None)
    monkeypatch.setattr(moving.events, "append", lambda *_, **__: None)
    monkeypatch.setattr(moving.events, "refresh_clocks", lambda *_: None)
    monkeypatch.setattr(moving, "index", lambda *_: None)
    monkeypatch.setattr(moving, "check_inputs", lambda _move, given, _sections: dict(given))
    monkeypatch.setattr(moving, "make_then", lambda *_: None, raising=False)


def test_a_refusing_guard_stops_a_move_and_says_why(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = submitted(alpha)
    monkeypatch.setitem(steps.GUARDS, "complete", lambda _step: Message("Not yet"))
    offers = moving.offers(case, alpha.actor("alpha", "officer"), NOW)
    assert {offer.move.code for offer in offers} >= {"find_complete", "return_sections", "doubt_eligibility"}
