"""Which promises still lie ahead of a case. Pure."""

from __future__ import annotations

from portal.core.workflow import Workflow


def kinds_ahead(workflow: Workflow, state: str, *, past_ends: bool = False) -> frozenset[str]:
    """The facts that may still happen from a state to an end.

    :param past_ends: also what happens after an end: an appeal, a reopening.
    """
    seen, todo, kinds = {state}, [state], set()
    while todo:
        here = todo.pop()
        over = workflow.states[here].is_end and not past_ends
        for move in () if over else workflow.moves_from(here):
            kinds.add(move.event)
            for target in move.targets:
                kinds |= {target.event} - {""}
                if target.state and target.state not in seen:
                    seen.add(target.state)
                    todo.append(target.state)
    return frozenset(kinds)
