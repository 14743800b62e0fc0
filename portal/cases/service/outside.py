"""A case as everybody outside the secretariat sees it: one that is veiled still stands where it came from.

A decision may be taken and kept back (an embargo). Until it is told, no page, list, clock or look-up outside may say
anything else than it said before. Every view from outside asks here instead of reading the case's state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service.move import state_of, workflow_of
from portal.standards.show import ClockView, clock_views


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


def clocks(case: Case, events: Sequence[Event], now: datetime, *, include_not_started: bool = True) -> list[ClockView]:
    """The clocks of a case as they are seen from outside, in the reader's language.

    A clock that a decision behind the veil has stopped is not shown: running on it would say that we are late, stopped
    it would tell.

    :param events: every event of the case, in their order. :param now: UTC.
    """
    seen = clock_views(face(case), told(case, events), now, include_not_started=include_not_started)
    if not state_of(case).veiled:
        return seen
    true = {(view.code, view.subject): view.state for view in clock_views(case, events, now)}
    ended = {key for key, state in true.items() if state in ("kept", "missed", "void")}
    return [view for view in seen if view.state in ("kept", "missed") or (view.code, view.subject) not in ended]


def _newest_first(case: Case) -> list[Event]:
    return queries.events_of(case.id)[::-1]


def _comes_to(event: Event, state: str) -> bool:
    return event.data.get("to") == state and event.data.get("from") != state


def _entry(case: Case, newest_first: Iterable[Event]) -> Event | None:
    """The event that brought the case under the veil."""
    return next((event for event in newest_first if _comes_to(event, case.state)), None)
