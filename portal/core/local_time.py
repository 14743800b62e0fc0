"""Local times that people type: a day and an hour on the clocks of a zone, read as the one instant that is meant.

Where clocks are put forward, an hour of the day does not exist: it is refused, for nobody could say what was meant.
Where they are put back, an hour comes twice: the first one is taken, and wherever the instant is shown, its difference
to universal time stands beside it (:func:`comes_twice`). Rules of the zones: IANA time zone database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.core.text import N_, Message

#: What browsers write into a field for a day and a time.
FORM = "%Y-%m-%dT%H:%M"


class LocalTimeError(ValueError):
    """A typed day and time names no instant; ``message`` says how to mend it."""

    def __init__(self, message: Message) -> None:
        """:param message: for people."""
        super().__init__(str(message))
        self.message = message


def read(text: str) -> datetime:
    """A day and a time to the minute as a browser writes them (``2026-04-30T17:00``), without a zone.

    :raises LocalTimeError: when it is none, names a zone, or lies outside the years 2000 to 2099.
    """
    try:
        local = datetime.fromisoformat(text.strip()).replace(second=0, microsecond=0)
    except ValueError:
        raise LocalTimeError(N_("Give day and time such as 2026-04-30T17:00.")) from None
    # The first and the last year there are have instants that no other zone can write.
    if local.tzinfo is not None or not 2000 <= local.year < 2100:
        raise LocalTimeError(N_("Give day and time such as 2026-04-30T17:00."))
    return local


def instant(text: str, zone: str) -> datetime:
    """The instant (UTC) at which the clocks of a zone show a typed day and time; of two, the first.

    :raises LocalTimeError: when it cannot be read, or the clocks leave that hour out.
    """
    local = read(text)
    found = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise LocalTimeError(N_("The clocks are put forward then: this hour does not exist. Take another one."))
    return found


def typed(at: datetime | None, zone: str) -> str:
    """An instant as a form holds it: day and time on the clocks of a zone; empty for none."""
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime(FORM)


def comes_twice(there: datetime) -> bool:
    """Whether the clocks show this day and time at two instants. :param there: an instant in its zone."""
    return there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
