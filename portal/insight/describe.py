"""A standard in words, line by line, and what differs from one version to the next; in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from portal.core.role_names import role_name
from portal.core.standards import Standard
from portal.core.standards.standard import Allowance, EventMatch, Pause, StartShift, WarnPoint
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.i18n import gettext, show_message, show_number
from portal.standards.rules.words import event_words
from portal.standards.show import days, short_day

SIDES: dict[str, Message] = {
    "secretariat": N_("Secretariat"),
    "applicant": N_("Applicant"),
    "translator": N_("Translator"),
    "evaluator": N_("Evaluator"),
    "member": N_("Member"),
    "recipient": N_("Recipient"),
}
UNITS: dict[str, Message] = {
    "business_days": N_("working days"),
    "weekdays": N_("weekdays, holidays included"),
    "calendar_days": N_("days"),
    "weeks": N_("weeks"),
    "months": N_("months"),
}
STATES: dict[str, Message] = {
    "": N_("no clock"),
    "met": N_("kept"),
    "missed": N_("missed"),
    "late": N_("late"),
    "running": N_("running"),
    "paused": N_("paused"),
    "lost": N_("not promised"),
    "void": N_("no longer needed"),
}
PERIODS: dict[str, Message] = {
    "quarter": N_("The last full quarter"),
    "year": N_("The last four full quarters"),
    "twelve_months": N_("The last twelve months, up to today"),
}


@dataclass(frozen=True)
class Line:
    """One thing a standard says: a label and a value; ``lang`` when the value is a text in a language of its own."""

    label: str
    value: str
    lang: str = ""


@dataclass(frozen=True)
class Change:
    """One thing that two versions say differently; either side may be empty."""

    label: str
    before: str
    after: str
    lang: str = ""


def lines(standard: Standard) -> list[Line]:
    """Everything a standard says, plain things first; what is at its usual setting is left out."""
    said = [
        *(Line(gettext("Name (%(language)s)", language=i18n.show_language(c)), t, c) for c, t in standard.name.items()),
        *(
            Line(gettext("Promise (%(language)s)", language=i18n.show_language(c)), t, c)
            for c, t in standard.promise.items()
        ),
        Line(gettext("Whose time"), show_message(SIDES[standard.side])),
        Line(gettext("The clock starts with"), events(standard.start)),
        Line(gettext("The clock stops with"), events(standard.stop)),
        Line(gettext("Within"), days(standard.amount, standard.unit)),
        Line(gettext("Public target"), i18n.show_percent(standard.target_percent / 100)),
        Line(gettext("Reminders"), _listed(_warning(point) for point in standard.warn)),
        Line(
            gettext("Who is told when it is late"),
            _listed(_told(standard, e.role, e.after) for e in standard.escalation),
        ),
        *_exact(standard),
    ]
    return [line for line in said if line.value]


def _exact(standard: Standard) -> list[Line]:
    return [
        Line(gettext("One clock for each"), gettext("payment or report") if standard.per == "subject" else ""),
        Line(
            gettext("When it starts more than once"),
            {
                "latest": gettext("every start counts anew"),
                "all": gettext("it starts when all of these have happened"),
            }.get(standard.start_pick, ""),
        ),
        Line(gettext("Counted from a date that the event carries"), standard.due_from_event_data or ""),
        Line(
            gettext("First day counted"),
            gettext("the day of the event itself") if standard.first_day == "same" else "",
        ),
        Line(gettext("Cut-off hour"), f"{standard.cut_off:%H:%M}" if standard.cut_off else ""),
        Line(gettext("Time zone"), i18n.zone_city(standard.zone) if standard.zone else ""),
        Line(
            gettext("When the last day is not a working day"),
            gettext("the date moves to the next working day") if standard.roll_forward else "",
        ),
        Line(
            gettext("When the first day is not a working day"),
            gettext("it counts for the next working day") if standard.roll_start else "",
        ),
        Line(gettext("The clock stands still"), "; ".join(_pause(p) for p in standard.pauses)),
        Line(gettext("Counted anew after"), events(standard.restart)),
        Line(gettext("The start is undone by"), events(standard.reset)),
        Line(gettext("Nothing is promised after"), events(standard.lose)),
        Line(gettext("No longer needed after"), events(standard.void)),
        Line(gettext("Goes on after"), events(standard.revive)),
        Line(gettext("More time is given"), "; ".join(_allowance(a) for a in standard.allowances)),
        Line(gettext("Closed unanswered after"), days(standard.cap.amount, standard.cap.unit) if standard.cap else ""),
        Line(gettext("Inner targets"), _listed(_tier(standard, t.percent, t.amount) for t in standard.tiers)),
        Line(gettext("Later start"), "; ".join(_shift(s) for s in standard.start_shift)),
        *_applies(standard),
    ]


def _applies(standard: Standard) -> list[Line]:
    where = standard.applies
    return [
        Line(gettext("Only for the instruments"), ", ".join(where.instruments)),
        Line(gettext("Only for the routes"), ", ".join(where.routes)),
        Line(gettext("Only for the programmes"), ", ".join(where.programmes)),
        Line(gettext("Only for amounts over"), show_number(where.amount_over) if where.amount_over else ""),
        Line(gettext("Only for amounts up to"), show_number(where.amount_up_to) if where.amount_up_to else ""),
    ]


def changes(before: Standard, after: Standard) -> list[Change]:
    """What two versions say differently, in the order of the newer one."""
    old = {line.label: line for line in lines(before)}
    new = {line.label: line for line in lines(after)}
    found = [
        Change(label, old[label].value if label in old else "", new[label].value if label in new else "", either.lang)
        for label, either in {**new, **{key: line for key, line in old.items() if key not in new}}.items()
    ]
    return [change for change in found if change.before != change.after]


def event(match: EventMatch) -> str:
    """An event in words, with its conditions as they are written."""
    name = show_message(event_words(match.kind))
    return name if not match.where else gettext("%(event)s, only if %(what)s", event=name, what=conditions(match.where))


def conditions(where: Mapping[str, object]) -> str:
    """Conditions on an event's data: “outcome: approved, declined”."""
    parts = []
    for key, values in where.items():
        listed = values if isinstance(values, list | tuple) else [values]
        parts.append(f"{key}: {', '.join(map(str, listed))}")
    return "; ".join(parts)


def events(matches: Iterable[EventMatch]) -> str:
    """Several events, any of which is meant."""
    return " · ".join(f"“{event(match)}”" for match in matches)


def _pause(pause: Pause) -> str:
    text = gettext("from %(begin)s to %(end)s", begin=events(pause.begin), end=events(pause.end))
    if not pause.at_most:
        return text
    return gettext("%(pause)s, for at most %(time)s", pause=text, time=days(pause.at_most, pause.unit))


def _warning(point: WarnPoint) -> str:
    if point.share is not None:
        return gettext("after %(percent)s of the time", percent=i18n.show_percent(point.share / 100))
    return gettext("%(time)s before", time=days(point.before or 0, point.unit))


def _told(standard: Standard, role: str, after: int) -> str:
    name = show_message(role_name(role))
    if not after:
        return name
    return gettext("%(who)s, %(time)s later", who=name, time=days(after, standard.count_unit))


def _tier(standard: Standard, percent: int, amount: int) -> str:
    share = i18n.show_percent(percent / 100)
    return gettext("%(percent)s within %(time)s", percent=share, time=days(amount, standard.unit))


def _allowance(allowance: Allowance) -> str:
    after = events(allowance.on)
    if allowance.amount_from is not None:
        told = gettext("after %(event)s: as many %(unit)s as it says", event=after, unit=unit(allowance.unit))
    elif allowance.by is not None:
        by = ", ".join(f"{key} {show_number(number)}" for key, number in allowance.amounts.items())
        told = gettext("after %(event)s, in %(unit)s: %(amounts)s", event=after, unit=unit(allowance.unit), amounts=by)
    else:
        told = gettext("after %(event)s: %(time)s", event=after, time=days(allowance.amount, allowance.unit))
    reason = i18n.show_text(allowance.reason) if allowance.reason else ""
    return f"{told} ({reason})" if reason else told


def _shift(shift: StartShift) -> str:
    since, until = shift.since, shift.until
    words = {"until": _day(until), "target": _day(shift.counts_from)}
    if since is None:
        return gettext("a start up to %(until)s counts from %(target)s", **words)
    return gettext("a start from %(since)s to %(until)s counts from %(target)s", since=_day(since), **words)


def _day(day: date | tuple[int, int]) -> str:
    if isinstance(day, tuple):
        return short_day(datetime(2024, *day, 12, tzinfo=UTC), "UTC")
    return i18n.show_date(day)


def unit(code: str) -> str:
    """A unit of time in words."""
    return show_message(UNITS[code])


def _listed(parts: Iterable[str]) -> str:
    return " · ".join(parts)
