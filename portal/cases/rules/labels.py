"""What the facts and states of a case are called, for either side."""

from __future__ import annotations

from portal.core.text import Message, Text
from portal.core.workflow import State
from portal.standards.rules.words import EVENTS, event_words

__all__ = ["EVENTS", "QUIET", "event_label", "state_name", "tone_of"]

#: Facts that stand elsewhere on the page (messages, reminders) and would only lengthen the timeline.
QUIET = frozenset({"message_sent", "note_written", "conflict_settled", "file_added", "file_removed", "warned"})

_TONES = {"applicant": "soon", "recipient": "soon", "translator": "waiting", "nobody": "plain"}


def event_label(kind: str, *, staff: bool = True) -> Message:
    """What an event is called; for the applicant nothing that tells a decision before its letter."""
    return event_words(kind, staff=staff)


def state_name(state: State, staff: bool) -> Text:
    """The name of a state: the secretariat's own one, or the public one."""
    return state.name if staff else state.public_name


def tone_of(state: State) -> str:
    """The colour of a state's pill for the applicant: amber when it waits for her."""
    return _TONES.get(state.owner, "plain")
