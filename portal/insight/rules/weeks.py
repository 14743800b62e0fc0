"""When a weekly mail goes out."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: the hour of Monday, in the tenant's zone, and for how long afterwards it is still worth sending
HOUR = time(7)
STILL_WORTH = timedelta(days=2)


def week_to_tell(now: datetime, zone: str) -> str | None:
    """The week whose mail is to go out now, as ``2026-W47``; None outside Monday 07:00 to Wednesday 07:00.

    A machine that was off on Monday morning sends it when it is back, but nobody gets Monday's mail on a Friday.

    :param now: UTC. :param zone: the tenant's.
    """
    local = now.astimezone(ZoneInfo(zone))
    monday = local.date() - timedelta(days=local.weekday())
    begins = datetime.combine(monday, HOUR, tzinfo=ZoneInfo(zone))
    if not begins <= local < begins + STILL_WORTH:
        return None
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"
