"""A case as everybody outside the secretariat sees it: one that is veiled still stands where it came from.

A decision may be taken and kept back (an embargo). Until it is told, no page, list, clock or look-up outside may say
anything else than it said before. Every view from outside asks here instead of reading the case's state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service.move import state_of, workflow_of


@dataclass(frozen=True)
class _Face:
    """A case with its state before the veil; everything else is the case's own."""

    _case: Case
    state: str
    owner: str
    state_since: datetime
    decided_at: None = None
    is_open: bool = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name)


def face(case: Case) -> Case:
    """The case as it is seen from outside: itself, or with the state it was in before it was veiled."""
    if not state_of(case).veiled:
        return case
    workflow, events = workflow_of(case), _newest_first(case)
    entry = _entry(case, events)
    before = workflow.states[str(entry.data["from"]) if entry is not None else workflow.start]
    since = next(
        (e.at for e in events if entry is not None and e.seq < entry.seq and _comes_to(e, before.code)), case.created_at
    )
    return cast("Case", _Face(case, before.code, before.owner, since))


def told(case: Case, events: Iterable[Event]) -> list[Event]:
    """The events of a case that may shape what is seen outside: of a veiled one, none of the secretariat's since then.

    :param events: of the case, in their order.
    """
    found = list(events)
    entry = _entry(case, _newest_first(case)) if state_of(case).veiled else None
    if entry is None:
        return found
    return [event for event in found if event.seq < entry.seq or event.audience == "applicant"]


def _newest_first(case: Case) -> list[Event]:
    return queries.events_of(case.id)[::-1]


def _comes_to(event: Event, state: str) -> bool:
    return event.data.get("to") == state and event.data.get("from") != state


def _entry(case: Case, newest_first: Iterable[Event]) -> Event | None:
    """The event that brought the case under the veil."""
    return next((event for event in newest_first if _comes_to(event, case.state)), None)
