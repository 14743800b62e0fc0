"""What the facts and states of a case are called, for either side."""

from __future__ import annotations

from portal.core.text import N_, Message, Text
from portal.core.workflow import State
from portal.standards.rules.words import EVENTS, event_words

__all__ = ["EVENTS", "MILESTONES", "OWNERS", "QUIET", "event_label", "state_name", "tone_of"]

#: Facts that stand elsewhere on the page (messages, reminders) and would only lengthen the timeline.
QUIET = frozenset(
    {"message_sent", "message_edited", "note_written", "conflict_settled", "file_added", "file_removed", "warned"}
)

#: The facts an applicant waits for, in their order: what of them still lies ahead is shown as such.
MILESTONES = (
    "submitted",
    "found_complete",
    "recommended",
    "letter_sent",
    "agreement_accepted",
    "completed",
    "report_submitted",
    "report_accepted",
)

#: who has a case, by the owner of its state, as the applicant reads it
OWNERS: dict[str, Message] = {
    "applicant": N_("You"),
    "recipient": N_("You"),
    "secretariat": N_("The secretariat"),
    "translator": N_("The translator"),
    "member": N_("The members"),
    "country": N_("The country concerned"),
    "evaluator": N_("The external evaluators"),
    "nobody": N_("Nobody: it has ended"),
}


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
