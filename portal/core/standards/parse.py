"""From plain data to a standard. Whatever is wrong is collected and named by its key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise

from portal.core.calendars import CalendarError, check_zone
from portal.core.standards.reading import LARGEST_AMOUNT, Reader, StandardError
from portal.core.standards.standard import (
    SIDES,
    UNITS,
    WORKING_UNITS,
    Allowance,
    Applies,
    Cap,
    Escalation,
    EventMatch,
    Pause,
    Standard,
    StartShift,
    Tier,
    Unit,
    WarnPoint,
)
from portal.core.text import N_, Message

KEYS = frozenset(item.name for item in fields(Standard)) | {"start_where"}


def parse_standard(
    data: object,
    *,
    languages: Collection[str] = (),
    events: Collection[str] | None = None,
    calendars: Collection[str] | None = None,
    roles: Collection[str] | None = None,
) -> Standard:
    """The standard described by plain data (see ``simulate.SCHEMA`` for every key).

    languages: those in which name and promise must be given. events, calendars, roles: what is known; None skips the
    check. Raises StandardError with every problem found, each named by its key.
    """
    problems: list[tuple[str, Message]] = []
    reader = Reader(data, problems)
    if problems:
        raise StandardError(problems)
    reader.only(KEYS)
    standard = _read(reader, languages, events)
    _check_sense(reader, standard)
    if standard.zone is not None:
        try:
            check_zone(standard.zone)
        except CalendarError as fault:
            reader.fault("zone", fault.message)
    if calendars is not None and standard.calendar not in calendars:
        reader.fault(
            "calendar",
            N_(
                "There is no calendar %(name)s. Choose one of: %(known)s.",
                name=standard.calendar,
                known=tuple(sorted(calendars)),
            ),
        )
    for i, step in enumerate(standard.escalation):
        if roles is not None and step.role not in roles:
            reader.fault(f"escalation.{i}.role", N_("There is no role %(role)s.", role=step.role))
    if problems:
        raise StandardError(problems)
    return standard


def parse_standards(
    data: object,
    *,
    languages: Collection[str] = (),
    events: Collection[str] | None = None,
    calendars: Collection[str] | None = None,
    roles: Collection[str] | None = None,
) -> tuple[Standard, ...]:
    """All standards of a definition file: a list under ``standard``, each with a code of its own.

    Raises StandardError with the problems of all of them, each named by the standard's code and the key.
    """
    problems: list[tuple[str, Message]] = []
    found: dict[str, Standard] = {}
    for item in Reader(data, problems).each("standard"):
        code = str(item.data.get("code", item.at))
        try:
            standard = parse_standard(item.data, languages=languages, events=events, calendars=calendars, roles=roles)
        except StandardError as fault:
            problems += [(f"{code}.{key}" if key else code, message) for key, message in fault.problems]
            continue
        if standard.code in found:
            problems.append((code, N_("Two standards have this code. Give each its own.")))
        found[standard.code] = standard
    if problems:
        raise StandardError(problems)
    return tuple(found.values())


def _read(reader: Reader, languages: Collection[str], events: Collection[str] | None) -> Standard:
    unit = reader.choice("unit", UNITS)
    due_from = reader.maybe_text("due_from_event_data")
    return Standard(
        code=reader.text("code"),
        name=reader.wording("name", languages),
        promise=reader.wording("promise", languages),
        side=reader.choice("side", SIDES),
        per=reader.choice("per", ("case", "subject"), "case"),
        start=_start(reader, events),
        stop=reader.events("stop", events, needed=True),
        amount=reader.whole("amount", low=0 if due_from else 1),
        unit=unit,
        start_pick=reader.choice("start_pick", ("first", "latest", "all"), "first"),
        start_shift=tuple(_shift(item) for item in reader.each("start_shift")),
        due_from_event_data=due_from,
        first_day=reader.choice("first_day", ("after", "same"), "after"),
        cut_off=reader.hour("cut_off"),
        zone=reader.maybe_text("zone"),
        calendar=reader.text("calendar", "default"),
        roll_forward=reader.flag("roll_forward"),
        roll_start=reader.flag("roll_start"),
        pauses=tuple(_pause(item, unit, events) for item in reader.each("pauses")),
        restart=reader.events("restart", events),
        reset=reader.events("reset", events),
        lose=reader.events("lose", events),
        void=reader.events("void", events),
        revive=reader.events("revive", events),
        allowances=tuple(_allowance(item, unit, events, languages) for item in reader.each("allowances")),
        cap=_cap(reader, unit),
        tiers=tuple(_tier(item) for item in reader.each("tiers")),
        target_percent=reader.whole("target_percent", 1, 100, 80),
        warn=tuple(_warn(item, unit) for item in reader.each("warn")),
        escalation=tuple(_escalation(item) for item in reader.each("escalation")),
        applies=_applies(reader.within("applies")) if reader.has("applies") else Applies(),
    )


def _start(reader: Reader, events: Collection[str] | None) -> tuple[EventMatch, ...]:
    where = reader.conditions("start_where")
    return tuple(replace(m, where={**where, **m.where}) for m in reader.events("start", events, needed=True))


def _shift(item: Reader) -> StartShift:
    item.only({"since", "until", "counts_from", "where"})
    until, counts_from, since = (item.day_or_yearly(key) for key in ("until", "counts_from", "since"))
    given = [day for day in (until, counts_from, since) if day is not None]
    if until is None or counts_from is None or len({isinstance(day, date) for day in given}) != 1:
        item.fault("", N_("Give until and counts_from, all as dates or all as days of every year."))
        return StartShift((1, 1), (1, 1))
    return StartShift(until, counts_from, since, item.conditions("where"))


def _pause(item: Reader, unit: Unit, events: Collection[str] | None) -> Pause:
    item.only({"from", "to", "at_most"})
    begin, end = item.events("from", events, needed=True), item.events("to", events, needed=True)
    if any(match in end for match in begin):
        item.fault("to", N_("The same event cannot both begin and end a pause."))
    if not item.has("at_most"):
        return Pause(begin, end)
    most = item.within("at_most")
    most.only({"amount", "unit"})
    return Pause(begin, end, most.whole("amount", 1), most.choice("unit", UNITS, unit))


def _allowance(item: Reader, unit: Unit, events: Collection[str] | None, languages: Collection[str]) -> Allowance:
    item.only({"on", "unit", "amount", "amount_from", "by", "amounts", "before_start", "once", "reason"})
    own = item.choice("unit", UNITS, unit)
    if unit in WORKING_UNITS and own != unit:
        item.fault("unit", N_("Time added to a target in working days is given in the same unit: %(unit)s.", unit=unit))
    if sum(item.has(key) for key in ("amount", "amount_from", "by")) != 1 or item.has("by") != item.has("amounts"):
        item.fault("", N_("Give one of: amount; amount_from; by together with amounts."))
    amounts = item.within("amounts") if item.has("amounts") else Reader({}, item.problems)
    return Allowance(
        on=item.events("on", events, needed=True),
        unit=own,
        amount=item.whole("amount", default=0),
        amount_from=item.maybe_text("amount_from"),
        by=item.maybe_text("by"),
        amounts={str(key): amounts.whole(key) for key in amounts.data},
        before_start=item.flag("before_start"),
        once=item.flag("once"),
        reason=item.wording("reason", languages) if item.has("reason") else {},
    )


def _cap(reader: Reader, unit: Unit) -> Cap | None:
    if not reader.has("cap"):
        return None
    item = reader.within("cap")
    item.only({"amount", "unit"})
    return Cap(item.whole("amount", 1), item.choice("unit", UNITS, unit))


def _tier(item: Reader) -> Tier:
    item.only({"percent", "amount"})
    return Tier(item.whole("percent", 1, 100), item.whole("amount", 1))


def _warn(item: Reader, unit: Unit) -> WarnPoint:
    item.only({"before", "unit", "share"})
    if item.has("before") == item.has("share"):
        item.fault("", N_("Give either before (units ahead of the due day) or share (per cent of the time elapsed)."))
    if item.has("share"):
        return WarnPoint(share=item.whole("share", 1, 99))
    return WarnPoint(before=item.whole("before", 0, LARGEST_AMOUNT, 0), unit=item.choice("unit", UNITS, unit))


def _escalation(item: Reader) -> Escalation:
    item.only({"role", "after"})
    return Escalation(item.text("role"), item.whole("after", default=0))


def _applies(item: Reader) -> Applies:
    item.only({"instruments", "routes", "programmes", "amount_over", "amount_up_to"})
    over, up_to = item.money("amount_over"), item.money("amount_up_to")
    if over is not None and up_to is not None and up_to <= over:
        item.fault("amount_up_to", N_("No amount lies between the two. Give more here than in amount_over."))
    return Applies(
        instruments=_words(item, "instruments"),
        routes=_words(item, "routes"),
        programmes=_words(item, "programmes"),
        amount_over=over,
        amount_up_to=up_to,
    )


def _words(item: Reader, key: str) -> tuple[str, ...]:
    value = item.data.get(key, [])
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    item.fault(key, N_("Give a list of codes."))
    return ()


def _check_sense(reader: Reader, standard: Standard) -> None:
    """What each key allows by itself but the whole does not."""
    amounts = [tier.amount for tier in standard.tiers] + [standard.amount]
    percents = [tier.percent for tier in standard.tiers]
    if any(a >= b for a, b in pairwise(amounts)) or percents != sorted(set(percents)):
        reader.fault(
            "tiers",
            N_(
                "Tiers go up: each with more time and a higher percentage than the one before, "
                "and all with less time than the target."
            ),
        )
    if standard.cap and standard.cap.unit == standard.unit and standard.cap.amount < standard.amount:
        reader.fault("cap", N_("The clock cannot be closed before the time it allows is over."))
    if standard.due_from_event_data and standard.start_shift:
        reader.fault("start_shift", N_("A start counted from a date in the event cannot be shifted as well."))
    if standard.revive and not standard.void:
        reader.fault("revive", N_("Name the events that make the clock void first."))
    if any(match in standard.stop for match in standard.start):
        reader.fault("stop", N_("The same event cannot both start and stop the clock."))
