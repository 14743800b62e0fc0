"""A workflow in the reader's words: step by step who has it, how long, and who does what; nothing written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.core.role_names import role_name
from portal.core.standards import Standard
from portal.core.text import N_, Message
from portal.core.workflow import Move, State, Workflow
from portal.infra.i18n import show_list, show_message, show_text
from portal.insight import describe
from portal.insight.rules.workflow_clocks import runs_in
from portal.standards.show import days

NOBODY: Message = N_("Nobody: the case has ended")


@dataclass(frozen=True)
class Act:
    """Something that may be done in a step: the verb, by whom, and what it leads to (nothing: it stays)."""

    verb: str
    who: str
    leads_to: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """A promise that runs in a step: its name and its time."""

    name: str
    time: str
    code: str


@dataclass(frozen=True)
class StepView:
    """One state of a workflow for people.

    :param reason: why no time is promised, as the definition says it, in English.
    """

    code: str
    number: int
    name: str
    public_name: str
    owner: str
    side: str
    within: tuple[Within, ...]
    reason: str
    acts: tuple[Act, ...]
    is_end: bool


def steps(workflow: Workflow, standards: Iterable[Standard]) -> list[StepView]:
    """Every state in the order of the definition, with what runs in it and what may be done."""
    known = list(standards)
    running = {standard.code: runs_in(workflow, standard) for standard in known}
    return [
        StepView(
            code=state.code,
            number=number,
            name=show_text(state.name),
            public_name=show_text(state.public_name),
            owner=owner_name(state),
            side=state.owner,
            within=tuple(
                Within(show_text(one.name), days(one.amount, one.unit), one.code)
                for one in known
                if one.side == state.owner and state.code in running[one.code]
            ),
            reason=state.no_clock,
            acts=tuple(_act(workflow, state, move) for move in workflow.moves_from(state.code)),
            is_end=state.is_end,
        )
        for number, state in enumerate(workflow.states.values(), start=1)
    ]


def beside(workflow: Workflow, standards: Iterable[Standard]) -> list[Within]:
    """What runs beside the steps, once it was asked for: the promises whose clocks start with a track."""
    tracks = any(name.startswith("open_track:") for move in workflow.moves.values() for name in move.effects)
    return [
        Within(show_text(one.name), days(one.amount, one.unit), one.code)
        for one in standards
        if tracks and any(match.kind == "track_opened" for match in one.start)
    ]


def roles(workflow: Workflow) -> list[tuple[str, list[str]]]:
    """Each role with what it does, in the order of the steps."""
    found: dict[str, list[str]] = {}
    for move in workflow.moves.values():
        for role in move.who:
            found.setdefault(show_message(role_name(role)), []).append(verb(move))
    return [(name, list(dict.fromkeys(verbs))) for name, verbs in found.items()]


def owner_name(state: State) -> str:
    """Who everybody waits for in a state."""
    return show_message(NOBODY if state.is_end else describe.SIDES[state.owner])


def verb(move: Move) -> str:
    """What a move is called, without the dots that promise a further question."""
    return show_text(move.label).rstrip("…")


def _act(workflow: Workflow, state: State, move: Move) -> Act:
    targets = dict.fromkeys(target.state for target in move.targets if target.state and target.state != state.code)
    return Act(
        verb(move),
        show_list((show_message(role_name(role)) for role in move.who), "or"),
        tuple(show_text(workflow.states[code].name) for code in targets),
    )
