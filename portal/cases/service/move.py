"""Make a move on a case: the one way its state changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.calls.rules import instruments
from portal.cases import mail, queries
from portal.cases.models import Attempted, Case
from portal.cases.rules.inputs import check_inputs
from portal.cases.service import events, steps
from portal.cases.service.search import index
from portal.cases.service.steps import Step
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound, NotNow
from portal.core.text import N_, Message
from portal.core.workflow import Move, State, Workflow
from portal.infra.db import db

#: Answers that must not stand in the record: the password, and what the event says otherwise.
NOT_RECORDED = frozenset({"password", "confirm"})


@dataclass(frozen=True)
class Offer:
    """A move an actor may make now, or the refusal that says what would allow it."""

    move: Move
    refusal: Message | None


def workflow_of(case: Case) -> Workflow:
    """The workflow a case follows, in the version it keeps."""
    return instruments.workflow(case.instrument, case.process, case.workflow_version)


def state_of(case: Case) -> State:
    """The state a case is in."""
    return workflow_of(case).states[case.state]


def offers(case: Case, actor: Actor, now: datetime, places: frozenset[str] | None = None) -> list[Offer]:
    """The moves the actor's roles allow in this state, each with its guard's refusal if there is one.

    :param places: only moves that are made in one of these places; the guards of others are not even asked.
    """
    workflow = workflow_of(case)
    found = []
    for move in workflow.moves_for(case.state, actor.acts_as(case.organisation_id)):
        if places is not None and move.place not in places:
            continue
        step = Step(case, workflow, move, actor, now, {})
        found.append(Offer(move, steps.refusal(step)))
    return found


def make_move(
    case: Case,
    code: str,
    actor: Actor,
    now: datetime,
    inputs: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    address: str = "",
) -> Case:
    """Make a move: role, state, guards, effects, event, clocks, mails; all or nothing.

    :param code: the move's verb, from the case's workflow.
    :param inputs: answers to what the move asks.
    :param key: the form's own key; a second post with the same key changes nothing (double click, retry).
    :param address: the network address of whoever accepts an agreement, kept as evidence.
    :raises NotFound: no such move. :raises NotAllowed: not with these roles. :raises NotNow: not in this state, or a
        guard refuses. :raises Invalid: an answer is missing or wrong.
    """
    case = queries.locked(case.id)
    if key and _made_before(case, key):
        return case
    workflow = workflow_of(case)
    move = workflow.moves.get(code)
    if move is None:
        raise NotFound
    roles = actor.acts_as(case.organisation_id)
    if roles.isdisjoint(move.who):
        raise NotAllowed(N_("Your role does not allow this step."))
    if case.state not in move.sources:
        raise NotNow(N_("The case has moved on since this page was opened. Look at it again before you go on."))
    if key:
        db.session.add(Attempted(case_id=case.id, key=key, move=code, at=now))
    sections = tuple(section.code for section in form_of(case).sections)
    move, facts = steps.with_beside(case, move)
    given = check_inputs(move, inputs or {}, sections)
    step = Step(case, workflow, move, actor, now, given, facts, address=address)
    refused = steps.refusal(step)
    if refused is not None:
        raise NotNow(refused)
    _carry_out(step, roles)
    if move.then:
        make_move(case, move.then, Actor.system(case.tenant_id), now)
    return case


def form_of(case: Case) -> Any:
    """The form a case answers, in the version it keeps."""
    return instruments.form(case.instrument, case.process, case.form_version)


def _made_before(case: Case, key: str) -> bool:
    found = db.session.scalars(select(Attempted).where(Attempted.case_id == case.id, Attempted.key == key)).first()
    return found is not None


def _carry_out(step: Step, roles: frozenset[str]) -> None:
    """Choose the target, write the events, change the state, do the effects, work the clocks out, queue the mails.

    The state changes before the effects run: what they make (a grant, a report) is made of the case as it then is.
    """
    move, case = step.move, step.case
    target = next(t for t in move.targets if not t.when or steps.holds(step, t.when))
    step.target = target.state or case.state
    step.facts |= {key: value for key, value in step.inputs.items() if key not in NOT_RECORDED}
    step.facts |= {"from": case.state, "to": step.target}
    _enter(step)
    for name in move.effects:
        head, step.argument = steps.split(name)
        steps.EFFECTS[head](step)
    role = next(iter(sorted(roles & set(move.who))), "")
    events.append(case, move.event, step.actor, step.now, step.facts, subject=step.subject, role=role)
    if target.event:
        events.append(case, target.event, step.actor, step.now, {}, role=role)
    events.refresh_clocks(case, step.now)
    index(case)
    for row in move.mails:
        mail.send(row.template, row.to, step)


def _enter(step: Step) -> None:
    """Put the case into its new state, with what lists show of it."""
    case = step.case
    state = step.workflow.states[step.target]
    if case.state != state.code:
        case.state, case.state_since = state.code, step.now
    case.owner, case.tab, case.is_open = state.owner, state.tab, not state.is_end
