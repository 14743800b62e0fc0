"""What a standard may speak of: the facts of a process, and the secretariat's roles. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from portal.calls.rules import instruments
from portal.core.actor import STAFF_ROLES, Role
from portal.core.standards import parse_standard
from portal.standards.rules.words import EVENTS

#: facts that begin a case and belong to no move
BEGINNINGS = {instruments.APPLICATION: "started"}
REPORT_BEGINS = "report_opened"
#: who may be told that a promise is late
ROLES = tuple(str(role) for role in Role if role in STAFF_ROLES and role is not Role.AUDITOR)


def known_events(instrument: str, process: str) -> tuple[str, ...]:
    """Every fact that a case of a process may come to hold, in the order in which a process goes.

    That is what its workflow states, how it begins, and what the standards it came with listen to.
    """
    workflow = instruments.workflow(instrument, process, instruments.instrument(instrument).workflow)
    kinds = {*workflow.event_kinds(), BEGINNINGS.get(process, REPORT_BEGINS)}
    for row in instruments.standards_data(instrument, process):
        kinds |= parse_standard(row).event_kinds()
    return tuple(in_order(kinds))


def in_order(kinds: Iterable[str]) -> list[str]:
    """Kinds of events in the order in which a process goes; those without a place come last."""
    places = {kind: place for place, kind in enumerate(EVENTS)}
    return sorted(kinds, key=lambda kind: (places.get(kind, len(places)), kind))
