"""Change the calendar by which promises are counted; say beforehand what the change would move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.actor import Actor
from portal.core.calendars import CalendarError, WorkCalendar, parse_calendar
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission, holds
from portal.core.standards import moves, reckon
from portal.core.text import N_
from portal.insight.queries import calendar as queries
from portal.standards import queries as standards
from portal.standards import service as published
from portal.standards.models import CalendarVersion

#: So many clocks are reckoned to say exactly how many would move; with more, the number of open clocks is told.
AT_ONCE = 300
LONGEST_REASON = 400


def would_move(before: WorkCalendar, after: WorkCalendar, now: datetime) -> tuple[int, bool]:
    """How many open clocks a change would give another date.

    :param now: UTC. :returns: the number, and whether it is exact; else it is the most that can move.
    """
    clocks = queries.count_open()
    if clocks > AT_ONCE:
        return clocks, False
    moved = 0
    for subject, version, facts in queries.open_clocks():
        standard = standards.parsed(version)
        try:
            found = [
                reckon(standard, facts, calendar, now, subject or None, explained=False) for calendar in (before, after)
            ]
        except CalendarError:  # counted beyond what is known of a calendar: told when it is published
            continue
        # The date of a clock that stands still moves with every day and is none yet, as in what the job counts.
        moved += len({None if moves(one) else one.due_at for one in found}) > 1
    return moved, True


def change(definition: Mapping[str, Any], reason: str, number: int, actor: Actor, now: datetime) -> CalendarVersion:
    """Publish a calendar; open clocks are reckoned anew by a job.

    :param reason: why, for everybody who sees a date move. :param number: the newest version the actor has seen; 0 for
        none. :param now: UTC.
    :raises NotAllowed: unless the actor manages standards. :raises Invalid: without a reason.
    :raises NotNow: when somebody else has changed the calendar meanwhile, or nothing would change.
    :raises CalendarError: when it is no calendar.
    """
    if not holds(actor, Permission.STANDARDS_MANAGE):
        raise NotAllowed
    words = " ".join(reason.split())
    if not words:
        raise Invalid({"reason": N_("Say why. It is kept with the calendar and explains dates that move.")})
    if len(words) > LONGEST_REASON:
        raise Invalid({"reason": N_("Say it in at most %(number)s characters.", number=LONGEST_REASON)})
    newest = next(iter(queries.history()), None)
    if (newest.number if newest else 0) != number:
        raise NotNow(N_("Somebody has changed the calendar meanwhile. Look at it again, then make your change."))
    parse_calendar(definition)
    return published.publish_calendar(definition, words, actor, now)
