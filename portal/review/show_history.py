"""Everything that happened to a case, as the secretariat reads it: with whom it concerned and what was kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from portal.cases.models import Event
from portal.cases.rules import tracks
from portal.cases.rules.labels import event_label
from portal.core.role_names import role_name
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.i18n import gettext
from portal.standards.rules.reasons import REASONS

#: what of a fact's data are words, kept to be read again
NOTED = ("reason", "note", "grounds", "conditions", "question", "answer", "monitor", "against_panel")
#: the lists of members that an approval by silence keeps, in the order in which they are read
SILENCE: dict[str, Message] = {
    "asked": N_("Asked"),
    "reached": N_("Reached"),
    "agreed": N_("No objection"),
    "recused": N_("Abstained"),
    "silent": N_("Silent"),
    "unreached": N_("Not reached"),
}


def history(events: Iterable[Event], zone: str) -> list[dict[str, Any]]:
    """Every fact of a case, the newest first: what, when, by whom, and the words that were kept with it."""
    found = []
    for event in events:
        by = event.actor_name or gettext("The portal itself")
        if event.actor_name and event.actor_role:
            by = f"{by} ({i18n.show_message(role_name(event.actor_role))})"
        found.append(
            {
                "what": i18n.show_message(event_label(event.kind, staff=True)),
                "when": i18n.show_instant(event.at, zone),
                "instant": event.at.isoformat(timespec="seconds"),
                "by": by,
                "note": _note(event.data),
                "members": _members(event.data),
                "tone": "late" if event.kind in ("breached", "lapsed") else None,
                "inside": event.audience == "staff",
                "subject": _subject(event),
                "number": event.seq,
                "hash": event.hash[:12],
            }
        )
    return found[::-1]


def _subject(event: Event) -> str:
    """Whom or what a fact concerns, by a name people know; a key of a row is none."""
    if isinstance(event.data.get("track"), str):
        return i18n.show_message(tracks.name_of(event.data["track"]))
    if isinstance(event.data.get("member"), str):
        return str(event.data["member"])
    subject = event.subject or ""
    try:
        UUID(subject)
    except ValueError:
        return subject
    return ""


def _members(data: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Whose silence approved: each list that is not empty, with what it is called."""
    if not {"asked", "silent"} <= data.keys():
        return []
    return [(i18n.show_message(name), data[key]) for key, name in SILENCE.items() if data.get(key)]


def _note(data: Mapping[str, Any]) -> str:
    words = [str(data[key]) for key in NOTED if isinstance(data.get(key), str) and data[key]]
    words = [i18n.show_message(REASONS[word]) if word in REASONS else word for word in words]
    sections = data.get("sections")
    if isinstance(sections, Mapping):
        words += [str(reason) for reason in sections.values()]
    return " · ".join(words)
