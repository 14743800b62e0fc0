"""The calendar by which promises are counted: a year to read, closing days to add, the history of changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.core.calendars import CalendarError, parse_calendar
from portal.core.errors import Invalid
from portal.core.permissions import Permission, holds
from portal.core.text import legible
from portal.infra.access import requires
from portal.infra.i18n import REGION, gettext, locale_code, show_country, show_message
from portal.insight.queries import calendar as queries
from portal.insight.rules import closing_days
from portal.insight.service import calendar as service
from portal.insight.views.base import blueprint

FIRST_YEAR, LAST_YEAR = 2000, 2099


@blueprint.get("/<tenant>/admin/calendar/")
@requires(Permission.STANDARDS_READ)
def calendar() -> str:
    """The year with its days off, what is ahead, and every earlier version."""
    return _page({}, {})


@blueprint.get("/<tenant>/admin/calendar/change/")
@requires(Permission.STANDARDS_MANAGE)
def calendar_change() -> Response:
    """What a change would do, before it is made: the days, and how many promises would get another date."""
    try:
        return make_response(_preview(request.args, {}))
    except CalendarError as fault:
        problems = {fault.key: show_message(fault.message)}
        return make_response(_page(request.args.to_dict(), problems), 422)


@blueprint.post("/<tenant>/admin/calendar/change/")
@requires(Permission.STANDARDS_MANAGE)
def publish_calendar() -> Response:
    """Make the change."""
    now = datetime.now(UTC)
    seen = request.form.get("number", "")
    try:
        definition = closing_days.changed(g.tenant.calendar, _change(request.form), _today())
        number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1
        service.change(definition, request.form.get("reason", ""), number, g.actor, now)
    except CalendarError as fault:
        return make_response(_page(request.form.to_dict(), {fault.key: show_message(fault.message)}), 422)
    except Invalid as refusal:
        problems = {field: show_message(message) for field, message in refusal.problems.items()}
        return make_response(_preview(request.form, problems), 422)
    flash(gettext("The calendar is changed. Open clocks are being reckoned anew."), "success")
    return redirect(url_for("insight.calendar"), 303)


def _change(asked: MultiDict[str, str]) -> closing_days.Change:
    """What is asked for; settings are taken as a whole, when the form that holds them was sent."""
    settings = asked.get("settings") == "1"
    pairs = tuple(zip(asked.getlist("country"), asked.getlist("subdivision"), strict=False))
    return closing_days.Change(
        first=asked.get("first", "").strip(),
        last=asked.get("last", "").strip(),
        name=legible(asked.get("name", "")),
        remove=tuple(asked.getlist("remove")),
        weekend=tuple(asked.getlist("weekend")) if settings else None,
        countries=pairs if settings else None,
    )


def _today() -> date:
    return datetime.now(ZoneInfo(g.tenant.zone)).date()


def _page(form: dict[str, Any], problems: dict[str, str]) -> str:
    today, now_in_force = _today(), g.tenant.work_calendar
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    locale = Locale.parse(REGION.get(locale_code(), locale_code()))
    first = locale.first_week_day
    columns = [(first + offset) % 7 for offset in range(7)]
    return render_template(
        "pages/insight/calendar.html",
        form=form,
        problems=problems,
        today=today,
        year=year,
        years={"before": year - 1 if year > FIRST_YEAR else None, "after": year + 1 if year < LAST_YEAR else None},
        months=list(
            zip(
                (locale.months["stand-alone"]["wide"][n] for n in range(1, 13)),
                closing_days.year_of(now_in_force, year, first),
                strict=True,
            )
        ),
        columns=[
            (locale.days["stand-alone"]["narrow"][day], locale.days["stand-alone"]["wide"][day]) for day in columns
        ],
        weekdays=[(day, locale.days["stand-alone"]["wide"][day], day in now_in_force.weekend) for day in columns],
        ahead=closing_days.ahead(now_in_force, today),
        countries=[(code, show_country(code)) for code in closing_days.countries()],
        holidays_of=[*now_in_force.countries, ("", None)],
        versions=queries.history(),
        managed=holds(g.actor, Permission.STANDARDS_MANAGE),
    )


def _preview(asked: MultiDict[str, str], problems: dict[str, str]) -> str:
    today, before = _today(), g.tenant.work_calendar
    definition = closing_days.changed(g.tenant.calendar, _change(asked), today)
    after = parse_calendar(definition)
    closed, opened = closing_days.differences(before, after, today)
    moved, exact = service.would_move(before, after, datetime.now(UTC))
    newest = next(iter(queries.history()), None)
    kept = ("first", "last", "name", "remove", "settings", "weekend", "country", "subdivision")
    return render_template(
        "pages/insight/calendar_change.html",
        closed=closed,
        opened=opened,
        same=definition == closing_days.changed(g.tenant.calendar, closing_days.Change(), today),
        moved=moved,
        exact=exact,
        number=newest.number if newest else 0,
        asked=[(key, value) for key in kept for value in asked.getlist(key)],
        form={"reason": asked.get("reason", "")},
        problems=problems,
    )
