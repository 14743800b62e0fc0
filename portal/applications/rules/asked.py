"""Whether an approval that was told asks something of the client that is followed one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Told(Protocol):
    """An event as far as this question looks at it."""

    kind: Any
    data: Any


def how_many(events: Iterable[Told]) -> int:
    """How many conditions and obligations the decision that was told last asks for; 0 before its letter was sent.

    :param events: of one case, in their order; what a decision asks for stands in its data as ``followed``.
    """
    decided, told = 0, 0
    for event in events:
        data: Mapping[str, Any] = event.data
        if "decision" in data:
            decided, told = int(data.get("followed", 0)), 0
        elif event.kind in ("undone", "reopened"):
            decided, told = 0, 0
        elif event.kind == "letter_sent":
            told = decided
    return told
