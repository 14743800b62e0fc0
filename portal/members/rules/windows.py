"""The time in which members may speak: the parts of a circular, what opens each, and when a window is over.

The windows are those of the members' circulars of 2009 to 2011: comments within ten weekdays, holidays included
(1 to 15 July 2011 spans 4 July); approval "on a no-objection basis" after 14 calendar days (10 to 24 December 2009,
7 to 21 June 2011). Their lengths are the standards COO and NOB; nothing is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.text import N_, Message

RECOMMENDED, COORDINATION, APPROVED = "recommended", "coordination", "approved"
#: the three parts of a circular, in their order on paper
PARTS: dict[str, Message] = {
    RECOMMENDED: N_("Recommended for approval"),
    COORDINATION: N_("For donor coordination"),
    APPROVED: N_("Approved"),
}


@dataclass(frozen=True)
class Window:
    """How a part of a circular works.

    :param waits_in: the state in which a case waits for the circular; :param move: what sending it does to the case.
    :param standard: the code of the promise whose due date ends the window.
    :param open_in: the states in which members may speak; :param close: the move by which the window ends.
    """

    waits_in: str
    move: str
    standard: str
    open_in: frozenset[str]
    close: str


WINDOWS: dict[str, Window] = {
    RECOMMENDED: Window(
        "to_circulate", "circulate_for_approval", "NOB", frozenset({"circulated", "contested"}), "deem_approved"
    ),
    COORDINATION: Window(
        "to_coordinate", "circulate_for_coordination", "COO", frozenset({"coordinating"}), "close_coordination"
    ),
}

#: How long before the end of a window whoever has not answered is reminded; calendar days.
REMINDER = timedelta(days=3)

#: How long after its end a window is kept from being closed by the system: what was sent in its last second may still
#: wait for another writer. Nothing that is said after the end counts; what was said before it does.
GRACE = timedelta(seconds=60)


def in_time(closes_at: datetime | None, now: datetime) -> bool:
    """Whether something said now is said within the window: its last instant belongs to it.

    :param closes_at: UTC; None where nothing may be said at all. :param now: UTC.
    """
    return closes_at is not None and now <= closes_at


def may_close(closes_at: datetime | None, now: datetime) -> bool:
    """Whether the system may close the window by now. :param closes_at: UTC; :param now: UTC."""
    return closes_at is not None and now >= closes_at + GRACE
