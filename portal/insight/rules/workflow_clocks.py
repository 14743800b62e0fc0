"""In which states of a workflow a standard's clock runs on the usual way, for telling it to people.

A case that went round, was sent back or reopened may show a clock elsewhere; a manual tells the road, not the detours.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.core.standards import Standard
from portal.core.standards.standard import EventMatch
from portal.core.workflow import Move, Workflow


def runs_in(workflow: Workflow, standard: Standard) -> frozenset[str]:
    """The states in which the clock runs until it stops, is paused, or the case ends."""
    begin = {match.kind: match for match in standard.start}
    paused = [match for pause in standard.pauses for match in pause.begin]
    ends = {match.kind for match in (*standard.stop, *standard.void, *standard.reset, *paused)} - set(begin)
    todo = [
        state
        for move in workflow.moves.values()
        for state in _after(move, begin, ends)
        if not workflow.states[state].is_end
    ]
    seen: set[str] = set()
    while todo:
        state = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        for move in workflow.moves_from(state):
            todo += [
                target.state
                for target in move.targets
                if target.state and not {move.event, target.event} & (ends | set(begin))
                if not workflow.states[target.state].is_end
            ]
    return frozenset(seen)


def _after(move: Move, begin: dict[str, EventMatch], ends: set[str]) -> Iterator[str]:
    """The states that a move leads to with a running clock."""
    for target in move.targets:
        match = begin.get(target.event) or begin.get(move.event)
        if match is None or target.event in ends or not _fits(move, target.when, target.state, match):
            continue
        yield from (target.state,) if target.state else move.sources


def _fits(move: Move, when: str, state: str, match: EventMatch) -> bool:
    """Whether the start's own conditions allow this target; outcomes are read from the conditions of the move."""
    if "to" in match.where:
        return state in match.where["to"]
    outcomes = match.where.get("outcome")
    if not outcomes:
        return True
    named = {target.when.partition(":")[2] for target in move.targets if target.when.startswith("outcome:")}
    own = when.partition(":")[2]
    return own in outcomes if own else bool(set(map(str, outcomes)) - named)
