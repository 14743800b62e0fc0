"""What stands under a promise for the applicant: who has it, what it waits for, what delays it, and her own part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.applications.rules.pauses import APPLICANT, HOLDERS, TO_DO, TRACK_HOLDERS, Reader
from portal.cases import queries
from portal.cases.models import Case, Event
from portal.core.standards import Standard, reckon
from portal.core.standards.standard import EventMatch, Pause
from portal.infra import i18n
from portal.infra.i18n import gettext, ngettext
from portal.standards.rules.words import event_words
from portal.standards.show import ClockView, due_words
from portal.tenants import queries as tenants

REQUESTED = "extension_requested"
SHOWN = frozenset({"running", "late", "paused", "not_started"})


@dataclass(frozen=True)
class Under:
    """The lines under one promise. Empty strings and tuples are not shown.

    :param promise: the promise in the words in which it was published.
    :param lines: (what, text): who has it, what it waits for, what would delay it, what happens afterwards.
    """

    promise: str
    lines: tuple[tuple[str, str], ...] = ()


def under(
    case: Case, events: Sequence[Event], views: Iterable[ClockView], now: datetime, reader: Reader = APPLICANT
) -> dict[str, Under]:
    """What stands under each promise, by code and subject joined with ``/``; no query.

    :param now: UTC. :param reader: for whom it is written.
    """
    return {key_of(view): _under(case, view.standard, view, events, now, reader) for view in views if view.standard}


def key_of(view: ClockView) -> str:
    """The name of a clock on a page: a standard may run once for each subject."""
    return f"{view.code}/{view.subject}"


def _under(
    case: Case, standard: Standard, view: ClockView, events: Sequence[Event], now: datetime, reader: Reader
) -> Under:
    promise = i18n.show_text(standard.promise)
    if view.state not in SHOWN:
        return Under(promise)
    lines = []
    if view.state != "not_started":
        pause = _open_pause(standard, events) if view.state == "paused" else None
        lines.append((gettext("Who has it"), _who(standard, pause, reader)))
        lines.append(_waits_for(standard, pause, reader))
    if delays := _delays(standard, reader):
        lines.append((gettext("What would delay it"), delays))
    if standard.side in reader.sides:
        lines += _own(case, standard, view, events, now)
    return Under(promise, tuple((what, text) for what, text in lines if text))


def _who(standard: Standard, pause: Pause | None, reader: Reader) -> str:
    holder = HOLDERS.get(pause.begin[0].kind, standard.side) if pause is not None else standard.side
    if pause is None:
        asked = {str(track) for match in standard.start for track in match.where.get("track", ())}
        holder = next((TRACK_HOLDERS[track] for track in sorted(asked) if track in TRACK_HOLDERS), holder)
    return i18n.show_message(reader.owners.get(holder, reader.owners["secretariat"]))


def _waits_for(standard: Standard, pause: Pause | None, reader: Reader) -> tuple[str, str]:
    """What has to happen next; of the reader's own time what she has to do."""
    if pause is not None:
        return gettext("Waits for"), _either(pause.end[:1] if pause.begin[0].kind != REQUESTED else pause.end[:2])
    words = TO_DO.get(standard.stop[0].kind) if standard.side in reader.sides else None
    if words is not None:
        return gettext("What to do"), i18n.show_message(words)
    return gettext("Waits for"), _either(standard.stop)


def _open_pause(standard: Standard, events: Sequence[Event]) -> Pause | None:
    """The pause that began last and has not ended."""
    for event in reversed(events):
        for pause in standard.pauses:
            if any(match.fits(event.kind, event.data) for match in pause.end):
                return None
            if any(match.fits(event.kind, event.data) for match in pause.begin):
                return pause
    return None


def _either(matches: Iterable[EventMatch]) -> str:
    names = list(dict.fromkeys(i18n.show_message(event_words(match.kind, staff=False)) for match in matches))
    return i18n.show_list((gettext("“%(event)s”", event=name) for name in names), "or")


def _delays(standard: Standard, reader: Reader) -> str:
    said = []
    for pause in standard.pauses:
        words = reader.pauses.get(pause.begin[0].kind)
        if words is not None:
            said.append(i18n.show_message(words))
        else:
            said.append(
                gettext(
                    "Time from %(begin)s to %(end)s does not count.", begin=_either(pause.begin), end=_either(pause.end)
                )
            )
    for allowance in standard.allowances:
        if all(match.kind == "extended" for match in allowance.on):
            said.append(gettext("More time that we agree on is added."))
        else:
            reason = i18n.show_text(allowance.reason) if allowance.reason else _either(allowance.on)
            said.append(gettext("Time is added for: %(reason)s.", reason=reason))
    promise = i18n.show_text(standard.promise)  # may say it already
    return " ".join(line for line in dict.fromkeys(said) if line not in promise)


def _own(
    case: Case, standard: Standard, view: ClockView, events: Sequence[Event], now: datetime
) -> list[tuple[str, str]]:
    """What happens when the applicant's time ends, and when she is reminded before; the date itself stands above."""
    if view.state == "paused" or view.due_at is None:
        return [(gettext("Your date"), gettext("It is set anew as soon as we have answered your request."))]
    tenant = tenants.by_id(case.tenant_id)
    zone = standard.zone or tenant.zone
    lines = []
    facts = queries.facts_of(events)
    reckoning = reckon(standard, facts, tenant.work_calendar, now, view.subject or None, explained=False)
    if reckoning.cap_at is not None:
        then = gettext("If nothing has come by then, the case is closed. A programme manager can reopen it.")
    else:
        then = gettext("If nothing has come by then, it counts as late and the secretariat asks you about it.")
    lines.append((gettext("What happens then"), then))
    coming = [i18n.show_date(at, zone=zone) for at in sorted(set(reckoning.warnings)) if at > now]
    if coming:
        lines.append((gettext("Reminders"), gettext("By mail on %(days)s.", days=i18n.show_list(coming))))
    return lines


@dataclass(frozen=True)
class Request:
    """More time: what was asked for and answered, and the address where it can be asked for now, if it can."""

    title: str
    text: str
    reason: str = ""
    url: str = ""
    label: str = ""


def request_box(
    word: Event | None, views: Iterable[ClockView], zone: str, ask: tuple[str, str] | None
) -> Request | None:
    """The last request for more time or its answer, and the way to ask.

    :param word: see ``extension.last_word``. :param ask: label and address, when the reader may ask now.
    """
    label, url = ask or ("", "")
    if word is None:
        return (
            Request(gettext("More time"), gettext("You may ask for it before the date."), "", url, label)
            if ask
            else None
        )
    reason = str(word.data.get("reason", ""))
    day = i18n.show_date(word.at, zone=zone)
    if word.kind == "extended":
        count = int(word.data.get("days", 0))
        text = ngettext(
            "On %(day)s we gave you %(number)s more working day.",
            "On %(day)s we gave you %(number)s more working days.",
            count,
            day=day,
            number=i18n.show_number(count),
        )
        return Request(gettext("You have more time"), text, reason, url, label)
    if word.kind == "extension_refused":
        text = gettext("On %(day)s we answered that we cannot give more time.", day=day)
        return Request(gettext("No more time was given"), text, reason, url, label)
    count = int(word.data.get("days", 0))
    text = ngettext(
        "%(who)s asked on %(day)s for %(number)s more working day. Until we answer, your time stands still.",
        "%(who)s asked on %(day)s for %(number)s more working days. Until we answer, your time stands still.",
        count,
        who=word.actor_name,
        day=day,
        number=i18n.show_number(count),
    )
    due = next((view.due_at for view in views if view.code in ("EXT", "REX") and view.due_at), None)
    if due is not None:
        text = f"{text} {gettext('We promised to answer by %(when)s.', when=due_words(due, zone))}"
    return Request(gettext("You have asked for more time"), text, reason)
