"""The chain of a case's events: each carries a digest of itself and of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol


class EventLike(Protocol):
    """The fields of an event that its digest covers."""

    tenant_id: Any
    case_id: Any
    seq: Any
    at: Any
    kind: Any
    subject: Any
    actor_id: Any
    actor_name: Any
    actor_role: Any
    audience: Any
    data: Any
    previous_hash: Any
    hash: Any


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: the number of the event and what is wrong with it."""

    seq: int
    reason: str


def digest(event: EventLike) -> str:
    """SHA-256 of an event's fields and of the digest before it, over canonical JSON (sorted keys, UTC instants)."""
    fields = {
        "tenant": event.tenant_id,
        "case": str(event.case_id),
        "seq": event.seq,
        "at": _instant(event.at),
        "kind": event.kind,
        "subject": event.subject,
        "actor": str(event.actor_id) if event.actor_id else None,
        "name": event.actor_name,
        "role": event.actor_role,
        "audience": event.audience,
        "data": event.data,
        "before": event.previous_hash,
    }
    return hashlib.sha256(canonical(fields)).hexdigest()


def canonical(value: Mapping[str, Any]) -> bytes:
    """One byte string for equal values, whatever order their keys came in."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def breaks(events: Iterable[EventLike], last_seq: int, last_hash: str) -> list[Break]:
    """Where a case's chain does not hold: an event edited, removed, added or moved.

    :param events: every event of one case, by number; :param last_seq, last_hash: what the case says of its last one.
    """
    found: list[Break] = []
    before, number = "", 0
    for event in events:
        number += 1
        if event.seq != number:
            found.append(Break(event.seq, f"number {number} is missing"))
            number = event.seq
        if event.previous_hash != before:
            found.append(Break(event.seq, "does not follow the event before it"))
        if digest(event) != event.hash:
            found.append(Break(event.seq, "was changed after it was written"))
        before = event.hash
    if number != last_seq or before != last_hash:
        found.append(Break(last_seq, "the last events are missing"))
    return found
