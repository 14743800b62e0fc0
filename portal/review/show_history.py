"""The history of a case as the secretariat reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from portal.cases.models import Event
from portal.cases.rules.labels import event_label
from portal.core.role_names import role_name
from portal.infra import i18n
from portal.infra.i18n import gettext
from portal.standards.rules.reasons import REASONS

#: What of a fact's data are words, kept to be read again.
NOTED = ("reason", "note", "grounds", "conditions", "question", "answer", "monitor")


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
                "tone": "late" if event.kind in ("breached", "lapsed") else None,
                "inside": event.audience == "staff",
                "subject": _subject(event.subject),
                "number": event.seq,
                "hash": event.hash[:12],
            }
        )
    return found[::-1]


def _subject(subject: str | None) -> str:
    """What a fact is about, where that has a name or a number; a key of the database tells a reader nothing."""
    try:
        UUID(subject or "")
    except ValueError:
        return subject or ""
    return ""


def _note(data: Mapping[str, Any]) -> str:
    words = [str(data[key]) for key in NOTED if isinstance(data.get(key), str) and data[key]]
    words = [i18n.show_message(REASONS[word]) if word in REASONS else word for word in words]
    sections = data.get("sections")
    if isinstance(sections, Mapping):
        words += [str(reason) for reason in sections.values()]
    return " · ".join(words)
