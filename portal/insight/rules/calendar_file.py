"""A person's dates as an iCalendar file (RFC 5545), for the calendar programme she uses anyway. Pure.

Dates are written as instants in UTC: every programme shows them on its owner's own clock, and no zone has to be
described in the file. What is done or stands still is simply left out: a programme that subscribes takes what the file
holds and forgets the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vText

#: who wrote the file, in the form RFC 5545 section 3.7.3 asks for
MAKER = "-//City Grants Portal//Dates//EN"
#: how often a programme is asked to look again
LOOK_AGAIN = timedelta(hours=6)
#: how long before her own dates a person is reminded
REMIND_BEFORE = (timedelta(days=7), timedelta(days=1))


@dataclass(frozen=True)
class Entry:
    """One date.

    :param key: names the clock, the same as long as the clock lives.
    :param due_at: UTC. :param revision: grows with every change of the case; :param changed_at: UTC, of that change.
    :param own: whether it is the reader's own date, of which she wants to be reminded.
    """

    key: str
    due_at: datetime
    revision: int
    changed_at: datetime
    summary: str
    description: str
    url: str
    own: bool = False


def write(name: str, language: str, host: str, entries: Iterable[Entry]) -> bytes:
    """The file: one event for each date, which another date replaces by another event.

    :param name: what the calendar is called; :param language: BCP 47 code of its texts.
    :param host: the installation's domain, which makes the names of events unlike those of any other.
    """
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(plain(name).replace("\n", " ")), parameters={"LANGUAGE": language})
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for entry in entries:
        calendar.add_component(_event(entry, language, host))
    content: bytes = calendar.to_ical()
    return content


def plain(text: str) -> str:
    """A text without control characters, which no calendar file may hold; line ends stay."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in kept if sign == "\n" or (ord(sign) >= 32 and ord(sign) != 127))


def _event(entry: Entry, language: str, host: str) -> Event:
    due = entry.due_at.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", f"{entry.key}-{due:%Y%m%dT%H%M%SZ}@{host}")
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.revision)
    event.add("dtstart", due)
    event.add("summary", plain(entry.summary), parameters={"LANGUAGE": language})
    event.add("description", plain(entry.description), parameters={"LANGUAGE": language})
    event.add("url", entry.url)
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # a date by which something is due does not make anybody busy
    event.add("class", "PRIVATE")
    for before in REMIND_BEFORE if entry.own else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", plain(entry.summary))
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event
