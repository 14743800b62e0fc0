"""The desk: the secretariat's cases, the most urgent first."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries as accounts
from portal.accounts.rules import stood_in_for
from portal.cases import queries as cases
from portal.core.actor import Role
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.pages import kept
from portal.review import show
from portal.review.queries import desk as queries
from portal.review.rules import desk as rules
from portal.review.views import blueprint
from portal.standards.service.tally import quarter_code


@blueprint.get("/<tenant>/desk/")
@requires(Permission.DESK_READ)
@kept(cases.whether_anything_happened)
def desk() -> str | Response | tuple[str, int]:
    """The list, its tabs, filters and figures."""
    if g.actor.roles == {Role.TRANSLATOR}:
        return redirect(url_for("translation.inbox"))
    now = datetime.now(UTC)
    last = g.page_version if "page_version" in g else queries.last_event()
    people = mine_of(now, last)
    groups = queries.summary(people, now, show.day_end(now, g.tenant.zone), last)
    counts = show.tab_counts(groups)
    states = show.state_choices()
    problems: dict[str, str] = {}
    filters, place = rules.Filters(tab=show.default_tab(g.actor)), None
    try:
        asked = {"tab": filters.tab} | request.args.to_dict()
        filters = rules.read_filters(
            asked, tabs=frozenset(counts), states=frozenset(states), languages=frozenset(i18n.all_languages())
        )
        place = rules.read_place(request.args.get("after", ""), request.args.get("before", ""))
    except Invalid as error:
        problems = {key: i18n.show_message(message) for key, message in error.problems.items()}
    found, more = ([], False) if problems else queries.rows(people, filters, place, now)
    kept = queries.promises_kept(quarter_code(now, g.tenant.zone), last)
    page = render_template(
        "pages/review/desk.html",
        rows=show.desk_rows(found, now, g.tenant.working_languages, _address_of(filters)),
        figures=show.figures(groups, kept, _is_officer()),
        tabs=_tabs(counts, filters),
        filters=filters,
        problems=problems,
        choices=_choices(groups, states, now, last),
        pages=_pages(found, more, place),
        searching=bool(filters.words),
        asked=request.args,
        standing_in=_names(people),
    )
    return (page, 422) if problems else page


def mine_of(now: datetime, last: Hashable) -> frozenset[UUID]:
    """Whose cases the reader does now: her own, and those of whom she stands in for today.

    :param last: the tenant's newest event; who is away is asked anew with it, or after a minute.
    """
    if g.actor.person_id is None:
        return frozenset()
    return stood_in_for(g.actor.person_id, _today(now), _staff(now, last).away) | {g.actor.person_id}


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(g.tenant.zone)).date()


def _staff(now: datetime, last: Hashable) -> accounts.Staff:
    """The officers, and who is away: asked anew with the newest event, or after a minute."""
    tenant_id, today = g.tenant.id, _today(now)
    return queries.since_last_event(("staff", today), last, lambda: accounts.staff_on(tenant_id, today))


def _names(people: frozenset[UUID]) -> list[str]:
    """The names of those whom the reader stands in for."""
    return sorted(person.name for key in people - {g.actor.person_id} if (person := accounts.by_id(key)))


def _address_of(filters: rules.Filters) -> tuple[str, str]:
    """What stands before and after a reference in the address of its case: made once, not once a row."""
    before, _, after = url_for("review.case", reference="REFERENCE").partition("REFERENCE")
    return before, after if filters.words else f"{after}?in={filters.tab}"


def _is_officer() -> bool:
    return bool(g.actor.has(Role.PROGRAMME_OFFICER))


def _tabs(counts: dict[str, int], filters: rules.Filters) -> list[dict[str, Any]]:
    """The tabs worth showing: those that hold something, the one that is open, and the first two."""
    known = [*rules.TABS, *sorted(set(counts) - set(rules.TABS))]
    here = url_for("review.desk")
    always = {filters.tab, queries.ALL} | ({queries.MINE} if _is_officer() or counts[queries.MINE] else set())
    return [
        {
            "label": show.tab_label(tab),
            "url": f"{here}?tab={tab}",
            "current": tab == filters.tab and not filters.words,
            "count": i18n.show_number(counts[tab]),
        }
        for tab in known
        if tab in always or counts[tab]
    ]


def _choices(
    groups: list[queries.Group], states: dict[str, str], now: datetime, last: Hashable
) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers: countries that occur, the tenant's languages, the officers."""
    countries = {group.country for group in groups if group.country}
    return {
        "state": show.sorted_choices(tuple(states.items())),
        "country": show.sorted_choices(tuple((code, i18n.show_country(code)) for code in sorted(countries))),
        "language": [(code, i18n.show_language(code)) for code in g.tenant.languages],
        "monitor": [(str(key), name) for key, name in _staff(now, last).officers],
    }


def _pages(found: list[Any], more: bool, place: rules.Place | None) -> dict[str, str | None]:
    """The addresses of the page before and after."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in ("after", "before", "lang")}
    backwards = place is not None and place.backwards
    before = bool(found) and place is not None and (more if backwards else True)
    after = bool(found) and (backwards or more)
    first, last = (found[0], found[-1]) if found else (None, None)
    return {
        "before": url_for("review.desk", **kept | {"before": rules.write_place(first.urgent_at, first.id)})
        if before and first
        else None,
        "after": url_for("review.desk", **kept | {"after": rules.write_place(last.urgent_at, last.id)})
        if after and last
        else None,
    }
