"""Small builders for clock tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from portal.core.calendars import WorkCalendar
from portal.core.standards import EventFact, Reckoning, Standard, parse_standard, reckon

WASHINGTON = WorkCalendar("default", "America/New_York", countries=(("US", "DC"),))
PLAIN = WorkCalendar("default", "UTC")


def standard(**settings: object) -> Standard:
    """A standard that runs from "begun" to "done" in ten working days, unless told otherwise."""
    return parse_standard(
        {
            "code": "X",
            "name": {"en": "Name"},
            "promise": {"en": "Promise"},
            "side": "secretariat",
            "start": "begun",
            "stop": "done",
            "amount": 10,
            "unit": "business_days",
        }
        | settings
    )


def instant(text: str, zone: str = "America/New_York") -> datetime:
    """A local date (10:00) or date and hour in a zone."""
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(10), ZoneInfo(zone))
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def facts(*events: tuple[str, str] | tuple[str, str, Mapping[str, object]]) -> list[EventFact]:
    """Events from (when, kind) or (when, kind, data); data may name the subject."""
    made = []
    for seq, (when, kind, *rest) in enumerate(events, 1):
        data = dict(rest[0]) if rest else {}
        subject = data.pop("subject", None)
        made.append(EventFact(seq, instant(when), kind, subject if isinstance(subject, str) else None, data))
    return made


def clock(rule: Standard, events: list[EventFact], at: str, calendar: WorkCalendar = WASHINGTON) -> Reckoning:
    """The reckoning at a Washington date or hour."""
    return reckon(rule, events, calendar, instant(at))


def due_day(reckoning: Reckoning, zone: str = "America/New_York") -> str:
    """The local due day."""
    assert reckoning.due_at is not None
    return reckoning.due_at.astimezone(ZoneInfo(zone)).date().isoformat()
