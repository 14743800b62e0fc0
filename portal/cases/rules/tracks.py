"""What goes on beside a case's own state, worked out from its events; and what the parts are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from portal.core.text import N_, Message

CONCURRENCE, PANEL = "concurrence", "panel"
OPEN, ENDED, WAIVED = "open", "ended", "waived"
OPENED_EVENT, CLOSED_EVENT, WAIVED_EVENT = "track_opened", "track_closed", "track_waived"
#: the outcome with which a track ends that nobody may pass over in silence
OBJECTS = "objects"

NAMES: dict[str, Message] = {
    CONCURRENCE: N_("Concurrence of the country"),
    PANEL: N_("External evaluation"),
}


class FactLike(Protocol):
    """What is read of an event."""

    at: Any
    kind: Any
    subject: Any
    actor_name: Any
    data: Any


@dataclass(frozen=True)
class Track:
    """One thing that goes on beside a case's state.

    :param opened_at: UTC; :param ended_at: UTC, or None while it is open.
    :param outcome: how it ended; :param grounds: why it was waived.
    """

    code: str
    state: str
    opened_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    outcome: str = ""
    grounds: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether the case may go on: it ended without an objection, or was waived."""
        return self.state == WAIVED or (self.state == ENDED and self.outcome != OBJECTS)


def name_of(code: str) -> Message:
    """What a track is called; one that an instrument brings of its own is called by its code."""
    return NAMES.get(code, Message("%(code)s", {"code": code}))


def tracks(events: Iterable[FactLike]) -> dict[str, Track]:
    """The tracks of a case by code, as its events tell them, in their order."""
    found: dict[str, Track] = {}
    for event in events:
        code = str(event.subject or "")
        if event.kind == OPENED_EVENT:
            found[code] = Track(code, OPEN, event.at)
        elif event.kind in (CLOSED_EVENT, WAIVED_EVENT) and code in found:
            found[code] = Track(
                code,
                ENDED if event.kind == CLOSED_EVENT else WAIVED,
                found[code].opened_at,
                event.at,
                str(event.actor_name),
                str(event.data.get("outcome") or ""),
                str(event.data.get("grounds") or ""),
            )
    return found
