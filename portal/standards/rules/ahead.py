"""Which promises still lie ahead of a case. Pure."""

from __future__ import annotations

from portal.core.workflow import Workflow


def kinds_ahead(workflow: Workflow, state: str) -> frozenset[str]:
    """The facts that may still happen from a state to an end, without reopening what has ended."""
    seen, todo, kinds = {state}, [state], set()
    while todo:
        here = todo.pop()
        for move in () if workflow.states[here].is_end else workflow.moves_from(here):
            kinds.add(move.event)
            for target in move.targets:
                kinds |= {target.event} - {""}
                if target.state and target.state not in seen:
                    seen.add(target.state)
                    todo.append(target.state)
    return frozenset(kinds)
