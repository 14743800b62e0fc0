"""What a standard may speak of: the facts of a process, and the secretariat's roles. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from portal.calls.rules import instruments
from portal.core.actor import STAFF_ROLES, Role
from portal.core.standards import Standard, parse_standard
from portal.standards.rules.words import EVENTS

#: facts that begin a case and belong to no move
BEGINNINGS = {instruments.APPLICATION: "started"}
REPORT_BEGINS = "report_opened"
#: effects of a workflow → facts that a service states on its cases beside the moves
BESIDE = {
    "make_conditions": ("condition_claimed", "condition_met", "condition_waived", "conditions_settled"),
    "make_obligations": ("condition_claimed", "condition_met", "condition_waived", "conditions_settled"),
}
#: who may be told that a promise is late
ROLES = tuple(str(role) for role in Role if role in STAFF_ROLES and role is not Role.AUDITOR)


def known_events(instrument: str, process: str) -> tuple[str, ...]:
    """Every fact that a case of a process may come to hold, in the order in which a process goes.

    That is what its workflow states, how it begins, what follows from what its moves make, and what the standards it
    came with listen to.
    """
    workflow = instruments.workflow(instrument, process, instruments.instrument(instrument).workflow)
    kinds = {*workflow.event_kinds(), BEGINNINGS.get(process, REPORT_BEGINS)}
    kinds.update(kind for move in workflow.moves.values() for effect in move.effects for kind in BESIDE.get(effect, ()))
    for row in instruments.standards_data(instrument, process):
        kinds |= parse_standard(row).event_kinds()
    return tuple(in_order(kinds))


def carried(instrument: str, process: str) -> dict[str, frozenset[str]]:
    """Which dates and numbers the facts of a process carry that a standard may count from, by kind of fact.

    They are what the standards take that the instrument came with, and the deadline of the call.
    """
    found: dict[str, set[str]] = {"submitted": {"deadline"}}
    for row in instruments.standards_data(instrument, process):
        for _, kind, name in taken(parse_standard(row)):
            found.setdefault(kind, set()).add(name)
    return {kind: frozenset(names) for kind, names in found.items()}


def taken(standard: Standard) -> list[tuple[str, str, str]]:
    """What a standard takes from facts: the key that says so, the kind of fact, and the name of the date or number."""
    found = []
    if standard.due_from_event_data is not None:
        found += [("due_from_event_data", match.kind, standard.due_from_event_data) for match in standard.start]
    for i, allowance in enumerate(standard.allowances):
        if allowance.amount_from is not None:
            found += [(f"allowances.{i}.amount_from", match.kind, allowance.amount_from) for match in allowance.on]
    return found


def in_order(kinds: Iterable[str]) -> list[str]:
    """Kinds of events in the order in which a process goes; those without a place come last."""
    places = {kind: place for place, kind in enumerate(EVENTS)}
    return sorted(kinds, key=lambda kind: (places.get(kind, len(places)), kind))
