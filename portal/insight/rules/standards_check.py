"""Whether a definition can become a standard of a process: every fault, named by its key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.calls.rules import instruments
from portal.core.standards import Standard, StandardError, parse_standard
from portal.core.text import N_, Message
from portal.core.workflow import Workflow
from portal.insight.rules.standards_known import ROLES, carried, known_events, taken
from portal.standards.rules.ahead import kinds_ahead
from portal.standards.rules.words import event_words

NEVER = N_("Nothing in the workflow leads from what starts the clock to any of these, so that it could never stop.")


def problems_of(
    instrument: str, process: str, definition: Mapping[str, Any], languages: Sequence[str]
) -> list[tuple[str, Message]]:
    """What is wrong with a definition, as pairs of key and message; empty when nothing is.

    :param languages: those in which its texts are needed.
    """
    try:
        standard = parse_standard(
            definition,
            languages=languages,
            events=known_events(instrument, process),
            calendars=("default",),
            roles=ROLES,
        )
    except StandardError as fault:
        return list(fault.problems)
    workflow = instruments.workflow(instrument, process, instruments.instrument(instrument).workflow)
    found = [] if can_stop(workflow, standard) else [("stop", NEVER)]
    return found + _not_carried(standard, carried(instrument, process))


def _not_carried(standard: Standard, names: Mapping[str, frozenset[str]]) -> list[tuple[str, Message]]:
    """What the standard takes from facts that do not carry it: no case with such a fact could be reckoned."""
    return [
        (
            key,
            N_(
                "“%(event)s” does not carry %(name)s. It carries: %(known)s.",
                event=event_words(kind),
                name=name,
                known=tuple(sorted(names.get(kind, ()))) or "-",
            ),
        )
        for key, kind, name in taken(standard)
        if name not in names.get(kind, ())
    ]


def can_stop(workflow: Workflow, standard: Standard) -> bool:
    """Whether something that stops a clock may still happen after something that starts it.

    What the workflow does not state (a payment, a message) is written by a service and may happen at any time.
    """
    stated = workflow.event_kinds()
    starts = {match.kind for match in (*standard.start, *standard.restart)}
    stops = {match.kind for match in standard.stop}
    if starts - stated or stops - stated:
        return True
    begun = {
        target.state or source
        for move in workflow.moves.values()
        for target in move.targets
        if not starts.isdisjoint({move.event, target.event})
        for source in move.sources
    }
    return any(not stops.isdisjoint(kinds_ahead(workflow, state, past_ends=True)) for state in begun)
