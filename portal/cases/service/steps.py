"""What moves are made of: guards that may refuse, conditions that choose, effects that do. Features register theirs.

A workflow names them in its data; the application refuses to start when a name is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.cases.models import Case
from portal.core.actor import Actor
from portal.core.text import Message
from portal.core.workflow import NOTHING, Ask, Move, Takes, Workflow


@dataclass
class Step:
    """A move while it is being made.

    :param facts: what goes into the event's data; effects may add to it.
    :param argument: what stands behind the colon of a guard's or an effect's name, e.g. ``outcome:approved``.
    """

    case: Case
    workflow: Workflow
    move: Move
    actor: Actor
    now: datetime
    inputs: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    subject: str | None = None
    argument: str = ""
    target: str = ""
    address: str = ""
    mail_context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What a feature adds to a move on one case: what else is asked, and what else its event states."""

    asks: tuple[Ask, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Step], Message | None]
Condition = Callable[[Step], bool]
Effect = Callable[[Step], None]

GUARDS: dict[str, Guard] = {}
CONDITIONS: dict[str, Condition] = {}
EFFECTS: dict[str, Effect] = {}
#: what stands behind the colon of each of these names
TAKES: dict[str, Takes] = {}
#: what features add to moves, asked for each move on a case: None where they have nothing to add
BESIDE: list[Callable[[Case, Move], Beside | None]] = []


def guard(name: str, takes: Takes = NOTHING) -> Callable[[Guard], Guard]:
    """Register a guard: None lets the move pass, a message refuses it and says what would satisfy it.

    :param takes: what stands behind the colon of its name in a workflow; also of conditions and effects.
    """
    return _register(GUARDS, name, takes)


def condition(name: str, takes: Takes = NOTHING) -> Callable[[Condition], Condition]:
    """Register a condition by which a move chooses among its targets."""
    return _register(CONDITIONS, name, takes)


def effect(name: str, takes: Takes = NOTHING) -> Callable[[Effect], Effect]:
    """Register an effect: what a move does besides changing the state; it runs before the event is written."""
    return _register(EFFECTS, name, takes)


def with_beside(case: Case, move: Move) -> tuple[Move, dict[str, Any]]:
    """A move on a case with what features ask besides its workflow, and what they state in its event."""
    added = [found for find in BESIDE if (found := find(case, move)) is not None]
    asks = tuple(ask for one in added for ask in one.asks)
    facts = {key: value for one in added for key, value in one.facts.items()}
    return (replace(move, asks=(*move.asks, *asks)) if asks else move), facts


def _register(registry: dict[str, Any], name: str, takes: Takes) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        known = registry.get(name)
        if known is not None and known.__qualname__ != function.__qualname__:
            raise ValueError(f"{name} is registered twice")
        registry[name], TAKES[name] = function, takes
        return function

    return register


def split(name: str) -> tuple[str, str]:
    """``outcome:approved`` → (``outcome``, ``approved``)."""
    head, _, argument = name.partition(":")
    return head, argument


def refusal(step: Step) -> Message | None:
    """The first guard's refusal of a move, or None."""
    for name in step.move.guards:
        head, step.argument = split(name)
        message = GUARDS[head](step)
        if message is not None:
            return message
    return None


def holds(step: Step, name: str) -> bool:
    """Whether a condition holds."""
    head, step.argument = split(name)
    return CONDITIONS[head](step)
