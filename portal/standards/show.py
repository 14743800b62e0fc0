"""How a clock is shown: the promise, how it stands, and why its date is what it is, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from portal.calls.rules import instruments
from portal.core.standards import Bar, EventFact, Finished, Reckoning, Standard, bar, parse_standard
from portal.core.standards.counting import Counting
from portal.core.standards.standard import Unit
from portal.core.text import Message
from portal.infra import i18n
from portal.infra.i18n import gettext, ngettext
from portal.standards import queries
from portal.standards.models import StandardVersion
from portal.standards.rules.ahead import kinds_ahead
from portal.standards.rules.readings import read
from portal.standards.rules.words import event_words
from portal.tenants import queries as tenants

#: whose not yet started promises are worth showing: ours; an applicant's own time is shown once it runs
OURS = ("secretariat", "translator")
#: the year that stands in ``urgent_at`` when no promise runs
FAR_AWAY = 9999
Segments = tuple[tuple[str, float, float], ...]


class CaseLike(Protocol):
    """What showing a clock needs to know of its case."""

    id: Any
    tenant_id: Any
    instrument: Any
    process: Any
    workflow_version: Any
    state: Any
    language: Any
    urgent_at: Any
    urgent_warn_at: Any
    urgent_from: Any
    urgent_code: Any
    urgent_paused: Any


class EventLike(Protocol):
    """An event row, or a fact."""

    seq: Any
    at: Any
    kind: Any
    subject: Any
    data: Any


@dataclass(frozen=True)
class ClockView:
    """A clock ready to be shown (see ``templates/components/clock.html`` for each field).

    :param due_at: UTC, for ordering; None while nothing is promised or the clock stands still.
    :param runs: the runs of the same clock that were over before the present one began, each in one line.
    :param kept: which version of the standard this clock keeps; for the secretariat only.
    :param standard: what is counted by; None for a closing of a call, which is no promise.
    """

    code: str
    name: str
    side: str
    state: str
    tone: str
    pill: str
    words: str = ""
    segments: Segments = ()
    today: float | None = None
    due: float | None = None
    due_text: str | None = None
    explanation: tuple[str, ...] = ()
    due_at: datetime | None = None
    subject: str = ""
    runs: tuple[str, ...] = ()
    kept: str = ""
    standard: Standard | None = None


def clock_views(
    case: CaseLike,
    events: Iterable[EventLike],
    now: datetime,
    *,
    include_not_started: bool = True,
    staff: bool = False,
) -> list[ClockView]:
    """Every clock of a case, in the order in which its standards are published. Two queries.

    :param events: every event of the case, the secretariat's too: clocks are reckoned from all of them.
    :param now: UTC. :param include_not_started: also the promises that still lie ahead in this state.
    :param staff: the explanation may name what the applicant learns only by letter.
    """
    facts = [EventFact(e.seq, e.at, e.kind, e.subject, e.data) for e in events if "copied_from" not in e.data]
    tenant = tenants.by_id(case.tenant_id)
    kept = {(clock.code, clock.subject): version.id for clock, version in queries.clocks_of([case.id])}
    versions = queries.versions(case.instrument, case.process, kept.values())
    readings = read(versions, kept, queries.parsed, facts, queries.calendars(), now, explained=True)
    order = list(_published(case.instrument, case.process))
    views: list[tuple[int, ClockView]] = []
    for found in readings:
        zone = found.standard.zone or tenant.zone
        view = _view(found.standard, found.reckoning, found.subject, now, zone, staff)
        shown = replace(view, kept=_kept(found.version, zone)) if staff else view
        views.append((_place(order, found.standard.code), shown))
    if include_not_started:
        ahead, begun = _ahead(case), {found.standard.code for found in readings}
        newest = {row.code: queries.parsed(row) for row in reversed(versions) if row.code not in begun}
        as_written = case.language in tenant.working_languages
        views += [
            (_place(order, code), _not_started(standard))
            for code, standard in newest.items()
            if _lies_ahead(standard, ahead, as_written)
        ]
    return [view for _, view in sorted(views, key=lambda item: (item[0], item[1].subject))]


def _place(order: list[str], code: str) -> int:
    return order.index(code) if code in order else len(order)


def urgent_view(case: CaseLike, now: datetime) -> ClockView:
    """The most urgent promise of a case for lists, from the case's own columns; no query.

    A draft on a call that closes shows the closing.
    """
    minute = now.replace(second=0, microsecond=0)
    promise = (case.urgent_code, case.urgent_paused, case.urgent_at, case.urgent_warn_at, case.urgent_from)
    return _urgent(case.instrument, case.process, case.tenant_id, promise, minute, i18n.locale_code())


def promise_view(
    case: CaseLike, code: str, begun: datetime | None, due_at: datetime, warn_at: datetime, now: datetime
) -> ClockView:
    """One promise of a case for lists, from dates that the caller knows; no query. All instants UTC."""
    minute = now.replace(second=0, microsecond=0)
    promise = (code, False, due_at, warn_at, begun)
    return _urgent(case.instrument, case.process, case.tenant_id, promise, minute, i18n.locale_code())


Promise = tuple[str, bool, datetime, datetime | None, datetime | None]


@lru_cache(maxsize=20_000)
def _urgent(
    instrument: str, process: str, tenant_id: int, promise: Promise, now: datetime, _language: str
) -> ClockView:
    """A promise as it stands in this minute, in the language in use; lists show the same ones again and again."""
    code, paused, due_at, warn_at, begun = promise
    standard = _published(instrument, process).get(code)
    name = _name(standard) if standard else code
    side = standard.side if standard else "applicant"
    if paused:
        hatched: Segments = (("paused", 0, 100),)
        return ClockView(code, name, side, "paused", "waiting", gettext("Paused"), segments=hatched)
    if due_at.year == FAR_AWAY:
        return ClockView("", gettext("No date is running"), side, "void", "plain", gettext("No date"))
    tenant = tenants.by_id(tenant_id)
    if standard is None:
        name = gettext("The call closes") if not code else name
        unit: Unit = "calendar_days"
        left = (_day(due_at, tenant.zone) - _day(now, tenant.zone)).days
    else:
        unit = standard.count_unit
        counting = Counting.of(standard, tenant.work_calendar)
        left = counting.count(counting.counting_day(now), counting.counting_day(due_at), unit)
    late = now > due_at
    left = min(-1, left) if late else max(0, left)
    span = (begun, due_at, warn_at)
    reckoning = Reckoning("running", unit, *span, remaining=left, late=late)
    state, tone = _state_and_tone(reckoning, now)
    drawn = bar(reckoning, now)
    return ClockView(
        code,
        name,
        side,
        state,
        tone,
        _pill(reckoning, short=True),
        segments=_segments(drawn),
        today=drawn.today,
        due=drawn.due,
        due_text=short_day(due_at, tenant.zone),
        due_at=due_at,
    )


def days(count: int, unit: str) -> str:
    """A number of days with its unit: “3 working days”."""
    number = i18n.show_number(count)
    if unit == "business_days":
        return ngettext("%(number)s working day", "%(number)s working days", count, number=number)
    if unit == "weekdays":
        return ngettext("%(number)s weekday", "%(number)s weekdays", count, number=number)
    if unit == "weeks":
        return ngettext("%(number)s week", "%(number)s weeks", count, number=number)
    if unit == "months":
        return ngettext("%(number)s month", "%(number)s months", count, number=number)
    return ngettext("%(number)s day", "%(number)s days", count, number=number)


def due_words(at: datetime, zone: str) -> str:
    """A promised instant with its weekday, hour and zone: “Friday 18 December 2026, 17:00 (New York)”."""
    return gettext(
        "%(day)s, %(time)s (%(place)s)",
        day=i18n.show_day(at, zone),
        time=i18n.show_time(at, zone),
        place=i18n.zone_city(zone),
    )


def short_day(at: datetime, zone: str) -> str:
    """A day without its year, for lists: “18 Dec”."""
    return i18n.show_short_day(at, zone)


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=64)
def _published(instrument: str, process: str) -> dict[str, Standard]:
    """The standards the instrument came with, by code: their order, and their names for lists."""
    rows = instruments.standards_data(instrument, process)
    return {standard.code: standard for standard in map(parse_standard, rows)}


# -- one clock


def _view(standard: Standard, reckoning: Reckoning, subject: str, now: datetime, zone: str, staff: bool) -> ClockView:
    drawn = bar(reckoning, now)
    state, tone = _state_and_tone(reckoning, now)
    running = reckoning.state == "running"
    return ClockView(
        standard.code,
        _name(standard, subject),
        standard.side,
        state,
        tone,
        _pill(reckoning),
        _words(standard, reckoning, zone),
        _segments(drawn),
        drawn.today,
        drawn.due,
        short_day(reckoning.due_at, zone) if running and reckoning.due_at else None,
        tuple(i18n.show_message(_worded(step, staff)) for step in reckoning.explanation),
        reckoning.due_at if running else None,
        subject,
        tuple(_run(earlier, reckoning.unit, zone) for earlier in reckoning.earlier),
        standard=standard,
    )


def _kept(row: StandardVersion, zone: str) -> str:
    """Which version of its standard a clock keeps, however many have followed."""
    number, day = i18n.show_number(row.version), i18n.show_date(row.published_at, zone=zone)
    return gettext("Counted under version %(number)s of the standard, published on %(day)s.", number=number, day=day)


def _run(run: Finished, unit: str, zone: str) -> str:
    """An earlier run of a clock in one line: when, how long, how it ended."""
    values = {
        "begin": i18n.show_date(run.started_at, zone=zone),
        "end": i18n.show_date(run.stopped_at, zone=zone),
        "time": days(run.elapsed, unit) if run.elapsed else gettext("the same day"),
    }
    match run.state:
        case "met":
            return gettext("%(begin)s to %(end)s: %(time)s, in time", **values)
        case "missed":
            return gettext("%(begin)s to %(end)s: %(time)s, too late", **values)
    return gettext("%(begin)s to %(end)s: %(time)s, without a judgement", **values)


def _not_started(standard: Standard) -> ClockView:
    first = event_words(standard.start[0].kind, staff=False)
    words = gettext("%(time)s, counted from “%(event)s”", time=_allowed(standard), event=i18n.show_message(first))
    pill = gettext("Not begun yet")
    return ClockView(
        standard.code, _name(standard), standard.side, "not_started", "waiting", pill, words, standard=standard
    )


def _name(standard: Standard, subject: str = "") -> str:
    name = i18n.show_text(standard.name)
    number = subject.rpartition("-")[2]
    return f"{name} · {i18n.show_number(int(number))}" if number.isdigit() else name


def _allowed(standard: Standard) -> str:
    return days(standard.amount, standard.unit)


def _state_and_tone(reckoning: Reckoning, now: datetime) -> tuple[str, str]:
    match reckoning.state:
        case "met":
            return "kept", "kept"
        case "missed":
            return "missed", "late"
        case "paused":
            return "paused", "late" if reckoning.late else "waiting"
        case "running" if reckoning.late:
            return "late", "late"
        case "running":
            return "running", "soon" if reckoning.warn_at and reckoning.warn_at <= now else "plain"
    return reckoning.state, "plain"


def _pill(reckoning: Reckoning, *, short: bool = False) -> str:
    if reckoning.state == "running":
        return _pill_running(reckoning, short)
    left = reckoning.remaining or 0
    match reckoning.state:
        case "met" if reckoning.elapsed == 0:
            return gettext("Kept · same day")
        case "met":
            whole = days(reckoning.elapsed + left, reckoning.unit)
            return gettext("Kept · %(used)s of %(whole)s", used=i18n.show_number(reckoning.elapsed), whole=whole)
        case "missed" if left < 0:
            return gettext("Missed by %(time)s", time=days(-left, reckoning.unit))
        case "missed":
            return gettext("Closed: time ran out")
        case "paused" if reckoning.late:
            return gettext("Late by %(time)s", time=days(-left, reckoning.unit))
        case "paused":
            return gettext("Paused · %(time)s left", time=days(left, reckoning.unit))
        case "lost":
            return gettext("Not promised in this case")
    return gettext("No longer needed")


def _pill_running(reckoning: Reckoning, short: bool) -> str:
    left = reckoning.remaining or 0
    if reckoning.late:
        return gettext("Late by %(time)s", time=days(-left, reckoning.unit))
    if left == 0:
        return gettext("Due today")
    if short:
        return gettext("%(time)s left", time=days(left, reckoning.unit))
    return gettext("Running · %(time)s left", time=days(left, reckoning.unit))


def _words(standard: Standard, reckoning: Reckoning, zone: str) -> str:
    parts = [_allowed(standard)]
    match reckoning.state:
        case "running" if reckoning.due_at:
            parts.append(gettext("due %(when)s", when=due_words(reckoning.due_at, zone)))
        case "paused" if reckoning.pauses:
            parts.append(gettext("stands still since %(day)s", day=i18n.show_date(reckoning.pauses[-1][0], zone=zone)))
        case "met" | "missed" if reckoning.stopped_at:
            if reckoning.pauses:
                parts.append(gettext("stood still in between"))
            parts.append(gettext("done %(day)s", day=i18n.show_date(reckoning.stopped_at, zone=zone)))
    return " · ".join(parts)


def _segments(drawn: Bar) -> Segments:
    """Lengths as places: each segment with where it begins, in per cent."""
    placed, at = [], 0.0
    for kind, width in drawn.segments:
        placed.append((str(kind), round(at, 2), width))
        at += width
    return tuple(placed)


def _worded(step: Message, staff: bool) -> Message:
    """A step of the reckoning with the event's name in place of its code."""
    kind = step.values.get("event")
    return Message(step.id, {**step.values, "event": event_words(str(kind), staff=staff)}) if kind else step


# -- what still lies ahead


def _ahead(case: CaseLike) -> frozenset[str]:
    workflow = instruments.workflow(case.instrument, case.process, case.workflow_version)
    return kinds_ahead(workflow, case.state) - {"extension_requested"}  # begins a promise only if somebody asks


def _lies_ahead(standard: Standard, ahead: frozenset[str], is_read_as_written: bool) -> bool:
    """Whether a promise that has not begun should be shown: ours, sure to come, and of use in this language."""
    if standard.side not in OURS or (standard.side == "translator" and is_read_as_written):
        return False
    return any(match.kind in ahead and not match.where for match in standard.start)
