"""Which version of a standard counts for a clock, and what it says. Pure.

A clock keeps the version it began under. One that has none yet takes the newest that was in force when it began: what
an administrator publishes today is a promise for what begins from today on, while the standards an instrument came
with count for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from portal.core.calendars import WorkCalendar
from portal.core.standards import EventDataError, EventFact, Reckoning, Standard, reckon, subjects


class VersionLike(Protocol):
    """A published version of a standard."""

    id: Any
    code: Any
    published_at: Any
    published_by: Any


@dataclass(frozen=True)
class Reading:
    """A clock worked out at an instant: its standard, what it is about, and the reckoning."""

    version: Any
    standard: Standard
    subject: str
    reckoning: Reckoning


@dataclass(frozen=True)
class Calendars:
    """A tenant's calendar now, and as it was: each with the instant from which it held, oldest first."""

    present: WorkCalendar
    past: tuple[tuple[datetime, WorkCalendar], ...] = ()

    def at(self, instant: datetime) -> WorkCalendar:
        """The calendar in force at an instant; before the first change, the first."""
        if not self.past:
            return self.present
        found = self.past[0][1]
        for since, calendar in self.past:
            if since <= instant:
                found = calendar
        return found


def read(
    versions: Iterable[VersionLike],
    kept: Mapping[tuple[str, str], Any],
    parsed: Callable[[Any], Standard],
    events: Sequence[EventFact],
    calendars: Calendars,
    at: datetime,
    *,
    applies: Callable[[Standard], bool] = lambda _: True,
    explained: bool = False,
) -> list[Reading]:
    """Reckon every clock of a case at an instant; standards that never started are left out.

    :param versions: of every standard of the case's process, newest first within a code.
    :param kept: (code, subject) → the id of the version a clock keeps; a further subject keeps its standard's.
    :param applies: whether a standard is promised to such a case at all; asked of clocks that have not begun yet.
    :param at: UTC.
    """
    by_code: dict[str, list[VersionLike]] = {}
    for version in versions:
        by_code.setdefault(version.code, []).append(version)
    ids = {code: version_id for (code, _), version_id in kept.items()}
    readings = []
    for code, rows in by_code.items():
        own = [row for row in rows if row.id == ids.get(code)]
        for row in own or rows:
            standard = parsed(row)
            if not own and not applies(standard):
                continue
            found = _readings(row, standard, events, calendars, at, explained, new=not own)
            readings += found
            if found or own:
                break
    return readings


def _readings(
    row: VersionLike,
    standard: Standard,
    events: Sequence[EventFact],
    calendars: Calendars,
    at: datetime,
    explained: bool,
    *,
    new: bool,
) -> list[Reading]:
    readings = []
    for subject in subjects(standard, events):
        try:
            reckoning = reckon(standard, events, calendars.present, at, subject, explained=explained)
        except EventDataError:
            if not new:
                raise
            continue  # it began before events carried what a standard takes from them that was published since
        if reckoning.state == "not_started" or (new and not _covers(row, reckoning)):
            continue
        if calendars.past and reckoning.stopped_at is not None:
            # What has ended stays as it was judged, by the calendar of its day.
            then = calendars.at(reckoning.stopped_at)
            reckoning = reckon(standard, events, then, at, subject, explained=explained)
        readings.append(Reading(row, standard, subject or "", reckoning))
    return readings


def _covers(row: VersionLike, reckoning: Reckoning) -> bool:
    """Whether a version was in force when a clock began; those that came with the instrument always were."""
    return not row.published_by or reckoning.started_at is None or row.published_at <= reckoning.started_at
