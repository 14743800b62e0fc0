"""The promises of a case as members follow them, and the members' own time, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.applications import show_promises
from portal.applications.rules.pauses import FOLLOWER
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import outside
from portal.infra import i18n
from portal.infra.i18n import gettext
from portal.members.models import CircularItem
from portal.members.queries.circulars import Shown
from portal.members.rules.windows import RECOMMENDED, REMINDER, WINDOWS
from portal.standards.show import ClockView, promise_view
from portal.tenants import queries as tenants

OVER = frozenset({"kept", "missed", "lost", "void"})


@dataclass(frozen=True)
class Promise:
    """A promise with the lines that stand under it."""

    clock: ClockView
    under: show_promises.Under


@dataclass(frozen=True)
class Promises:
    """The promises of a case: those that run or lie ahead, and those that are over."""

    open: tuple[Promise, ...]
    over: tuple[Promise, ...]


def promises(case: Case, shown: Sequence[Shown], now: datetime) -> Promises:
    """What was promised in a case, as whoever it was sent to may follow it: no more than the applicant sees herself.

    :param shown: each time it was sent to the reader, the newest first. :param now: UTC.
    """
    events = cases.events_of(case.id)
    views, told = outside.clocks(case, events, now), outside.told(case, events)
    seen = outside.face(case)
    lines = show_promises.under(seen, told, views, now, FOLLOWER)
    found = [Promise(view, lines[show_promises.key_of(view)]) for view in views if view.standard]
    found = [_with_own(one, shown, now) for one in found]
    over = tuple(one for one in found if one.clock.state in OVER)
    return Promises(tuple(one for one in found if one.clock.state not in OVER), over)


def _with_own(one: Promise, shown: Sequence[Shown], now: datetime) -> Promise:
    """The promise with what the end of the reader's own window means, while it runs."""
    item = next((sent.item for sent in shown if _is_of(one.clock, sent.item)), None)
    if item is None or one.clock.state != "running" or item.closes_at is None:
        return one
    if item.part == RECOMMENDED:
        then = gettext("Where no member objects by then, the proposal is considered approved. Silence is consent.")
    else:
        then = gettext("The secretariat answers the comments that came in time; what comes later is not counted.")
    added = [(gettext("What happens then"), then)]
    reminder = item.closes_at - REMINDER
    if item.part == RECOMMENDED and reminder > now:
        day = i18n.show_date(reminder, zone=tenants.by_id(item.tenant_id).zone)
        words = gettext("By mail on %(day)s to the focal points of members that have said nothing.", day=day)
        added.append((gettext("Reminder"), words))
    return Promise(one.clock, show_promises.Under(one.under.promise, (*one.under.lines, *added)))


def _is_of(clock: ClockView, item: CircularItem) -> bool:
    window = WINDOWS.get(item.part)
    return window is not None and window.standard == clock.code


def own_clock(case: Case, item: CircularItem, now: datetime) -> ClockView | None:
    """The members' own time under an item of a circular: the window in which they may answer. No query.

    :param now: UTC. :returns: None where nothing is asked of them.
    """
    window = WINDOWS.get(item.part)
    if window is None or item.closes_at is None:
        return None
    view = promise_view(case, window.standard, item.opens_at, item.closes_at, item.closes_at - REMINDER, now)
    return replace(view, due_text=None)  # the whole date, with its hour and zone, stands below
