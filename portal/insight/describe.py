"""A standard in words, line by line, and what differs from one version to the next; in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from portal.calls.rules import instruments
from portal.core.role_names import role_name
from portal.core.standards import Standard
from portal.core.standards.standard import Allowance, EventMatch, Pause, StartShift, WarnPoint
from portal.core.text import N_, Message
from portal.core.workflow import Workflow
from portal.infra import i18n
from portal.infra.i18n import gettext, show_list, show_message, show_number
from portal.insight import conditions
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
class Reader:
    """Who reads, of which process: states are called by that workflow's names, outside by the public ones."""

    workflow: Workflow
    staff: bool = True

    @classmethod
    def of(cls, instrument: str, process: str, *, staff: bool = True) -> Reader:
        """For what new cases of a process follow."""
        version = instruments.instrument(instrument).workflow
        return cls(instruments.workflow(instrument, process, version), staff)


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


def lines(standard: Standard, to: Reader) -> list[Line]:
    """Everything a standard says, plain things first; what is at its usual setting is left out."""
    said = [
        *(Line(gettext("Name (%(language)s)", language=i18n.show_language(c)), t, c) for c, t in standard.name.items()),
        *(
            Line(gettext("Promise (%(language)s)", language=i18n.show_language(c)), t, c)
            for c, t in standard.promise.items()
        ),
        Line(gettext("Whose time"), show_message(SIDES[standard.side])),
        Line(gettext("The clock starts with"), events(standard.start, to, every=standard.start_pick == "all")),
        Line(gettext("The clock stops with"), events(standard.stop, to)),
        Line(gettext("Within"), days(standard.amount, standard.unit)),
        Line(gettext("Public target"), i18n.show_percent(standard.target_percent / 100)),
        Line(gettext("Reminders"), _listed(_warning(point) for point in standard.warn)),
        Line(
            gettext("Who is told when it is late"),
            _listed(_told(standard, e.role, e.after) for e in standard.escalation),
        ),
        *_exact(standard, to),
    ]
    return [line for line in said if line.value]


def _exact(standard: Standard, to: Reader) -> list[Line]:
    return [
        Line(gettext("One clock for each"), gettext("payment or report") if standard.per == "subject" else ""),
        Line(
            gettext("When it starts more than once"),
            {
                "latest": gettext("every start counts anew"),
                "all": gettext("it starts when all of these have happened"),
            }.get(standard.start_pick, ""),
        ),
        Line(
            gettext("Counted from a date that the event carries"),
            conditions.date_name(standard.due_from_event_data) if standard.due_from_event_data else "",
        ),
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
        Line(gettext("The clock stands still"), i18n.show_clauses(_pause(p, to) for p in standard.pauses)),
        Line(gettext("Counted anew after"), events(standard.restart, to)),
        Line(gettext("The start is undone by"), events(standard.reset, to)),
        Line(gettext("Nothing is promised after"), events(standard.lose, to)),
        Line(gettext("No longer needed after"), events(standard.void, to)),
        Line(gettext("Goes on after"), events(standard.revive, to)),
        Line(gettext("More time is given"), i18n.show_clauses(_allowance(a, to) for a in standard.allowances)),
        Line(gettext("Closed unanswered after"), days(standard.cap.amount, standard.cap.unit) if standard.cap else ""),
        Line(gettext("Inner targets"), _listed(_tier(standard, t.percent, t.amount) for t in standard.tiers)),
        Line(gettext("Later start"), i18n.show_clauses(_shift(s, to) for s in standard.start_shift)),
        *_applies(standard),
    ]


def _applies(standard: Standard) -> list[Line]:
    where = standard.applies
    return [
        Line(gettext("Only for the instruments"), conditions.instrument_names(where.instruments)),
        Line(gettext("Only for the routes"), conditions.route_names(where.routes)),
        Line(gettext("Only for the programmes"), conditions.programme_codes(where.programmes)),
        Line(gettext("Only for amounts over"), show_number(where.amount_over) if where.amount_over else ""),
        Line(gettext("Only for amounts up to"), show_number(where.amount_up_to) if where.amount_up_to else ""),
    ]


def changes(before: Standard, after: Standard, to: Reader) -> list[Change]:
    """What two versions say differently, in the order of the newer one."""
    old = {line.label: line for line in lines(before, to)}
    new = {line.label: line for line in lines(after, to)}
    found = [
        Change(label, old[label].value if label in old else "", new[label].value if label in new else "", either.lang)
        for label, either in {**new, **{key: line for key, line in old.items() if key not in new}}.items()
    ]
    return [change for change in found if change.before != change.after]


def event(match: EventMatch, to: Reader) -> str:
    """An event in words, with the conditions on what it carries."""
    name = show_message(event_words(match.kind))
    return _only_if(name, match.where, to)


def _only_if(name: str, where: Mapping[str, object], to: Reader) -> str:
    if not where:
        return name
    what = conditions.said(where, to.workflow, staff=to.staff)
    return gettext("%(event)s (only if %(what)s)", event=name, what=what)


def events(matches: Iterable[EventMatch], to: Reader, *, every: bool = False) -> str:
    """Several events, any of which is meant. :param every: that all of them are."""
    named = ((gettext("“%(event)s”", event=show_message(event_words(match.kind))), match.where) for match in matches)
    return show_list((_only_if(name, where, to) for name, where in named), "standard" if every else "or")


def _pause(pause: Pause, to: Reader) -> str:
    text = gettext("from %(begin)s to %(end)s", begin=events(pause.begin, to), end=events(pause.end, to))
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


def _allowance(allowance: Allowance, to: Reader) -> str:
    after = events(allowance.on, to)
    if allowance.amount_from is not None:
        told = gettext("after %(event)s: as many %(unit)s as it says", event=after, unit=unit(allowance.unit))
    elif allowance.by is not None:
        by = conditions.amounts(allowance.by, allowance.amounts, to.workflow)
        told = gettext("after %(event)s, in %(unit)s: %(amounts)s", event=after, unit=unit(allowance.unit), amounts=by)
    else:
        told = gettext("after %(event)s: %(time)s", event=after, time=days(allowance.amount, allowance.unit))
    reason = i18n.show_text(allowance.reason) if allowance.reason else ""
    return f"{told} ({reason})" if reason else told


def _shift(shift: StartShift, to: Reader) -> str:
    since, until = shift.since, shift.until
    words = {"until": _day(until), "target": _day(shift.counts_from)}
    told = (
        gettext("a start up to %(until)s counts from %(target)s", **words)
        if since is None
        else gettext("a start from %(since)s to %(until)s counts from %(target)s", since=_day(since), **words)
    )
    return _only_if(told, shift.where, to)


def _day(day: date | tuple[int, int]) -> str:
    if isinstance(day, tuple):
        return short_day(datetime(2024, *day, 12, tzinfo=UTC), "UTC")
    return i18n.show_date(day)


def unit(code: str) -> str:
    """A unit of time in words."""
    return show_message(UNITS[code])


def _listed(parts: Iterable[str]) -> str:
    return " · ".join(parts)
