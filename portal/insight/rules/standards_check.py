"""Whether a definition can become a standard of a process: every fault, named by its key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.standards import StandardError, parse_standard
from portal.core.text import Message
from portal.insight.rules.standards_known import ROLES, known_events


def problems_of(
    instrument: str, process: str, definition: Mapping[str, Any], languages: Sequence[str]
) -> list[tuple[str, Message]]:
    """What is wrong with a definition, as pairs of key and message; empty when nothing is.

    :param languages: those in which its texts are needed.
    """
    try:
        parse_standard(
            definition,
            languages=languages,
            events=known_events(instrument, process),
            calendars=("default",),
            roles=ROLES,
        )
    except StandardError as fault:
        return list(fault.problems)
    return []
