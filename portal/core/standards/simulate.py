"""Simulation: a standard, a calendar and events as JSON in, the reckoning as JSON out; and the schema of the input."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.calendars import CalendarError, WorkCalendar, parse_calendar
from portal.core.standards.counting import Counting
from portal.core.standards.history import EventFact
from portal.core.standards.parse import parse_standard
from portal.core.standards.reading import Reader, StandardError
from portal.core.standards.reckon import Reckoning, reckon
from portal.core.standards.standard import Standard
from portal.core.text import N_, Message


def simulate(data: object) -> dict[str, object]:
    """Reckon a standard over a history given as JSON (see ``schema.SCHEMA``) and return the result as JSON.

    Instants come out in the clock's zone with their offset, so that the date read in them is the date meant.
    Raises StandardError with every fault found, each named by its key.
    """
    problems: list[tuple[str, Message]] = []
    reader = Reader(data, problems)
    reader.only({"standard", "calendar", "events", "at", "subject"})
    standard = _standard(reader)
    calendar = _calendar(reader)
    events = [_event(item, seq) for seq, item in enumerate(reader.each("events"), 1)]
    if not reader.has("events"):
        reader.fault("events", N_("Give the events as a list; it may be empty."))
    at = _instant(reader, "at")
    subject = reader.maybe_text("subject")
    if problems or standard is None or calendar is None or at is None:
        raise StandardError(problems)
    facts = [event for event in events if event is not None]
    if standard.per == "subject" and subject is None:
        subject = next((e.subject for e in facts if e.subject), None)
    try:
        return _result(reckon(standard, facts, calendar, at, subject), Counting.of(standard, calendar))
    except CalendarError as fault:
        raise StandardError([(fault.key, fault.message)]) from fault


def _standard(reader: Reader) -> Standard | None:
    given = reader.data.get("standard")
    try:
        return parse_standard(given, languages=_languages(given), calendars=_calendars(reader.data, given))
    except StandardError as fault:
        for key, message in fault.problems:
            reader.fault(f"standard.{key}" if key else "standard", message)
        return None


def _languages(given: object) -> set[str]:
    """The languages that any text of the standard is given in: the others must not have a hole there."""
    texts = [given.get(key) for key in ("name", "promise")] if isinstance(given, Mapping) else []
    return {str(language) for text in texts if isinstance(text, Mapping) for language in text}


def _calendars(data: Mapping[str, object], given: object) -> set[str] | None:
    """The calendar that is there, by its code, for a standard that names the one it counts by; else None."""
    calendar = data.get("calendar")
    if not isinstance(given, Mapping) or "calendar" not in given or not isinstance(calendar, Mapping):
        return None
    return {str(calendar.get("code", "default"))}


def _calendar(reader: Reader) -> WorkCalendar | None:
    try:
        return parse_calendar(reader.data.get("calendar"))
    except CalendarError as fault:
        reader.fault("calendar" if fault.key == "calendar" else f"calendar.{fault.key}", fault.message)
        return None


def _event(item: Reader, seq: int) -> EventFact | None:
    item.only({"at", "kind", "subject", "data"})
    at, kind = _instant(item, "at"), item.text("kind")
    data = item.within("data").data if item.has("data") else {}
    subject = item.maybe_text("subject")
    return None if at is None else EventFact(seq, at, kind, subject, data)


def _instant(reader: Reader, key: str) -> datetime | None:
    value = reader.data.get(key)
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        found.astimezone()  # the first and last days of all calendars have no instant in every zone
    except (ValueError, OverflowError):
        found = None
    if found is not None and found.tzinfo is not None and 1900 <= found.year <= 2100:
        return found
    reader.fault(key, N_("Give an instant with its zone from 1900 to 2100, such as 2026-07-01T09:00:00+02:00."))
    return None


def _result(reckoning: Reckoning, counting: Counting) -> dict[str, object]:
    def shown(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(counting.zone).isoformat(timespec="seconds")

    return {
        "state": reckoning.state,
        "started_at": shown(reckoning.started_at),
        "due_at": shown(reckoning.due_at),
        "stopped_at": shown(reckoning.stopped_at),
        "elapsed": reckoning.elapsed,
        "remaining": reckoning.remaining,
        "unit": reckoning.unit,
        "pauses": [{"from": shown(begin), "to": shown(end)} for begin, end in reckoning.pauses],
        "explanation": [english(message) for message in reckoning.explanation],
    }


def english(message: Message) -> str:
    """A message in English with ISO dates and instants."""
    values: Mapping[str, Any] = message.values
    return message.id % {
        key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in values.items()
    }
