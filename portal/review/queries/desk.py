"""The desk's lists and figures: one query a list, one for all counts, along indexes that lead with the tenant."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from portal.accounts.models import Person
from portal.cases.models import Case, Event
from portal.infra import search, tenancy
from portal.infra.db import db
from portal.review.rules.desk import PAGE, Filters, Place
from portal.standards import queries as standards
from portal.standards.models import Clock

#: What a row of the list is made of; no answers, no whole entities.
COLUMNS: tuple[Any, ...] = (
    Case.tenant_id,
    Case.id,
    Case.reference,
    Case.kind,
    Case.instrument,
    Case.process,
    Case.workflow_version,
    Case.title,
    Case.title_translated,
    Case.language,
    Case.country,
    Case.city,
    Case.amount,
    Case.currency,
    Case.state,
    Case.owner,
    Case.monitor_id,
    Case.urgent_at,
    Case.urgent_warn_at,
    Case.urgent_from,
    Case.urgent_code,
    Case.urgent_paused,
)
#: the tabs that are not a column's value
MINE, ALL = "mine", "all"
#: figures are counted anew when something happened in the tenant, and after so many seconds, for time alone makes late
KEPT_SECONDS = 60.0

#: the cases with a broken promise of the secretariat that nobody has given a reason for
UNEXPLAINED = select(Clock.case_id).where(
    Clock.side == "secretariat", Clock.breached_at.is_not(None), Clock.reason == ""
)

Value = TypeVar("Value")
_kept: dict[tuple[Any, ...], tuple[Any, float, Any]] = {}


def since_last_event(key: tuple[Any, ...], last: Any, compute: Callable[[], Value]) -> Value:
    """A figure, worked out anew only when an event was written in the tenant since, or a minute has passed.

    When only the minute has passed, one request works it out and the others of its moment read what was known.

    :param last: what :func:`last_event` says now; asked once a page.
    """
    whole = (str(db.engine.url), tenancy.required(), *key)
    known = _kept.get(whole)
    if known is not None and known[0] == last:
        if monotonic() < known[1]:
            return known[2]  # type: ignore[no-any-return]
        _kept[whole] = (last, monotonic() + KEPT_SECONDS, known[2])
    value = compute()
    if len(_kept) > 5000:
        _kept.clear()
    _kept[whole] = (last, monotonic() + KEPT_SECONDS, value)
    return value


#: built once: it is asked with every look at the desk
LAST_EVENT = select(Event.id).order_by(Event.id.desc()).limit(1)


def last_event() -> UUID | None:
    """The newest event of the tenant: one step into the end of the key, whatever there is before."""
    return db.session.scalars(LAST_EVENT).first()


def forget() -> None:
    """Forget the figures that are kept."""
    _kept.clear()


@dataclass(frozen=True)
class Group:
    """A part of the secretariat's cases: how many, how many late, mine, and mine to be done."""

    tab: str
    owner: str
    country: str | None
    cases: int
    late: int
    mine: int
    mine_due: int


def summary(mine_of: frozenset[UUID], now: datetime, day_ends: datetime, last: Hashable) -> list[Group]:
    """Every submitted case counted by tab, owner and country, in one grouped query.

    :param mine_of: whose cases are "mine": the reader's own, and those of whom she stands in for. :param now: UTC.
    :param day_ends: UTC instant at which the tenant's present day ends.
    :param last: the tenant's newest event, see :func:`last_event`.
    """
    mine = and_(_followed_by(mine_of), Case.is_open.is_(True))
    due = and_(mine, Case.owner == "secretariat", Case.urgent_at < day_ends)

    def compute() -> list[Group]:
        rows = db.session.execute(
            select(
                Case.tab,
                Case.owner,
                Case.country,
                func.count(),
                _count(and_(Case.is_open.is_(True), Case.urgent_at < now)),
                _count(mine),
                _count(due),
            )
            .where(Case.is_submitted.is_(True))
            .group_by(Case.tab, Case.owner, Case.country)
        )
        return [Group(tab, owner, country, *(int(n) for n in numbers)) for tab, owner, country, *numbers in rows]

    return since_last_event(("summary", mine_of), last, compute)


def _followed_by(people: frozenset[UUID]) -> ColumnElement[bool]:
    """Cases that one of these people follows; for one person the comparison that an index answers best."""
    if len(people) == 1:
        return Case.monitor_id == next(iter(people))
    return Case.monitor_id.in_(sorted(people))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def promises_kept(quarter: str, last: Hashable) -> tuple[int, int]:
    """How many of the secretariat's promises were kept of those that ended in a quarter, and of how many."""
    return since_last_event(("kept", quarter), last, lambda: standards.kept_in(quarter, "secretariat"))


def rows(
    mine_of: frozenset[UUID], filters: Filters, place: Place | None, now: datetime, limit: int = PAGE
) -> tuple[list[Row[Any]], bool]:
    """A page of the list, the most urgent first, and whether there is more in the direction one is going.

    :param mine_of: whose cases "mine" are. :param now: UTC.
    """
    statement: Select[Any] = select(*COLUMNS, Person.name.label("monitor")).outerjoin(
        Person, Person.id == Case.monitor_id
    )
    statement = _narrowed(statement, mine_of, filters, now)
    backwards = place is not None and place.backwards
    if place is not None:
        statement = statement.where(_beyond(place.at, place.case_id, backwards=backwards))
    order = (Case.urgent_at.desc(), Case.id.desc()) if backwards else (Case.urgent_at, Case.id)
    found = list(db.session.execute(statement.order_by(*order).limit(limit + 1)))
    more = len(found) > limit
    found = found[:limit]
    return (found[::-1] if backwards else found), more


def _beyond(at: datetime, case_id: UUID, *, backwards: bool) -> ColumnElement[bool]:
    """The keyset condition, with a plain bound in front so that the index is entered at the right place."""
    if backwards:
        return and_(Case.urgent_at <= at, or_(Case.urgent_at < at, Case.id < case_id))
    return and_(Case.urgent_at >= at, or_(Case.urgent_at > at, Case.id > case_id))


def _narrowed(statement: Select[Any], mine_of: frozenset[UUID], filters: Filters, now: datetime) -> Select[Any]:
    statement = statement.where(Case.is_submitted.is_(True))
    if filters.words:
        # Words are looked for in all cases: whoever searches does not know in which tab the case is.
        found = search.find(filters.words)
        statement = statement.join(found, found.c.case_id == Case.id)
    else:
        statement = statement.where(*in_tab(filters.tab, mine_of))
    if filters.state:
        statement = statement.where(Case.state == filters.state)
    if filters.country:
        statement = statement.where(Case.country == filters.country)
    if filters.language:
        statement = statement.where(Case.language == filters.language)
    if filters.monitor:
        statement = statement.where(Case.monitor_id == filters.monitor)
    if filters.nobody:
        statement = statement.where(Case.monitor_id.is_(None))
    if filters.unexplained:
        statement = statement.where(Case.id.in_(UNEXPLAINED))
    if filters.overdue:
        statement = statement.where(Case.is_open.is_(True), Case.urgent_at < now)
    return statement


def in_tab(tab: str, mine_of: frozenset[UUID]) -> tuple[ColumnElement[bool], ...]:
    """The condition of a tab."""
    if tab == MINE:
        return (_followed_by(mine_of), Case.is_open.is_(True))
    if tab == ALL:
        return (Case.is_open.is_(True),)
    return (Case.tab == tab,)


@dataclass(frozen=True)
class Neighbours:
    """The references of the cases before and after one in a tab's order."""

    before: str | None
    after: str | None


def neighbours(at: datetime, case_id: UUID, tab: str, mine_of: frozenset[UUID]) -> Neighbours:
    """The cases before and after a place in a tab, in one query; the case itself may have left the tab."""

    def one(backwards: bool) -> Any:
        order = (Case.urgent_at.desc(), Case.id.desc()) if backwards else (Case.urgent_at, Case.id)
        return (
            select(Case.reference)
            .where(Case.is_submitted.is_(True), *in_tab(tab, mine_of))
            .where(_beyond(at, case_id, backwards=backwards))
            .order_by(*order)
            .limit(1)
            .correlate(None)
            .scalar_subquery()
        )

    own = select(one(True), one(False)).select_from(Case).where(Case.id == case_id)
    row = db.session.execute(own).first()
    return Neighbours(row[0], row[1]) if row else Neighbours(None, None)
