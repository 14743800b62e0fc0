"""The team: how much each has to do, who is away and who stands in, and cases given to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts import queries as accounts
from portal.accounts import service
from portal.accounts.models import Absence
from portal.accounts.rules import stand_in
from portal.cases.service.move import state_of
from portal.core.actor import STAFF_ROLES, Role
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission, holds
from portal.core.role_names import role_name
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext, ngettext
from portal.review.queries import desk as figures
from portal.review.queries import record
from portal.review.queries import team as queries
from portal.review.service import assign
from portal.review.views import blueprint
from portal.standards.show import urgent_view

#: calendar days within which something counts as due soon
SOON_DAYS = 7


@dataclass(frozen=True)
class Member:
    """Somebody of the secretariat in the list."""

    id: str
    name: str
    roles: str
    load: queries.Load
    away: str


@blueprint.get("/<tenant>/desk/team/")
@requires(Permission.DESK_READ)
def team() -> str:
    """Everybody of the secretariat: what each follows, who is away and who does her work."""
    return _page({}, {})


def _page(problems: Mapping[str, Message], typed: Mapping[str, str]) -> str:
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(g.tenant.zone)).date()
    everybody = accounts.people_with(g.tenant.id)
    people = [(person, roles) for person, roles in everybody if person.active and not STAFF_ROLES.isdisjoint(roles)]
    names = {person.id: person.name for person, _ in people}
    loads = queries.loads(now, now + timedelta(days=SOON_DAYS))
    away = accounts.away_on(today)
    gone = {one.person: one for one in away}
    members = [
        Member(
            str(person.id),
            person.name,
            " · ".join(i18n.show_message(role_name(Role(role))) for role in roles),
            loads.get(person.id, queries.Load()),
            _away(gone[person.id].ends_on, stand_in(person.id, today, away), names) if person.id in gone else "",
        )
        for person, roles in people
    ]
    others = holds(g.actor, Permission.CASE_REASSIGN)
    return render_template(
        "pages/review/team.html",
        members=sorted(members, key=lambda member: not member.load.cases),
        nobody=loads.get(None, queries.Load()),
        absences=[_row(row, names, others) for row in accounts.absences_from(today)],
        people=[(str(key), name) for key, name in names.items() if others or key == g.actor.person_id],
        deputies=[(str(key), name) for key, name in names.items()],
        may_record=holds(g.actor, Permission.ABSENCE_RECORD),
        may_reassign=others,
        problems={key: i18n.show_message(message) for key, message in problems.items()},
        typed=typed,
        today=today.isoformat(),
        soon=SOON_DAYS,
    )


def _away(until: date, deputy: UUID | None, names: Mapping[UUID, str]) -> str:
    day = i18n.show_date(until)
    if deputy is None:
        return gettext("away until %(day)s; nobody stands in", day=day)
    return gettext("away until %(day)s; %(name)s stands in", day=day, name=names.get(deputy, ""))


def _row(row: Absence, names: Mapping[UUID, str], others: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": names.get(row.person_id, ""),
        "from": row.starts_on,
        "to": row.ends_on,
        "deputy": names.get(row.deputy_id, "") if row.deputy_id else "",
        "note": row.note,
        "mine": others or row.person_id == g.actor.person_id,
    }


@blueprint.post("/<tenant>/desk/team/absences/")
@requires(Permission.ABSENCE_RECORD)
def record_absence() -> Response | tuple[str, int]:
    """Write an absence down."""
    form = request.form
    problems: dict[str, Message] = {}
    person = _person(form.get("person", ""), "person", problems)
    deputy = _person(form["deputy"], "deputy", problems) if form.get("deputy") else None
    first, last = (_day(form.get(name, ""), name, problems) for name in ("from", "to"))
    if problems or person is None or first is None or last is None:
        return _page(problems, form), 422
    try:
        service.record_absence(person, (first, last), deputy, form.get("note", ""), g.actor, datetime.now(UTC))
    except Invalid as refused:
        return _page(refused.problems, form), 422
    figures.forget()
    flash(gettext("The absence is recorded. What is meant for her goes to her deputy on these days."), "success")
    return redirect(url_for("review.team"), 303)


def _person(written: str, field: str, problems: dict[str, Message]) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        problems[field] = N_("Choose one of the people offered.")
        return None


def _day(written: str, field: str, problems: dict[str, Message]) -> date | None:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        problems[field] = N_("Write a day, for example 2026-12-24.")
        return None


@blueprint.post("/<tenant>/desk/team/absences/<uuid:absence_id>/cancel/")
@requires(Permission.ABSENCE_RECORD)
def cancel_absence(absence_id: UUID) -> Response:
    """Take an absence back."""
    service.cancel_absence(absence_id, g.actor, datetime.now(UTC))
    figures.forget()
    flash(gettext("The absence is taken back."), "success")
    return redirect(url_for("review.team"), 303)


@blueprint.route("/<tenant>/desk/team/reassign/", methods=["GET", "POST"])
@requires(Permission.CASE_REASSIGN)
def reassign() -> str | Response | tuple[str, int]:
    """Give many cases of one officer, or of nobody, to another."""
    now, problems = datetime.now(UTC), {}
    given_from = request.values.get("from", "")
    person = None if given_from == "nobody" else _from(given_from)
    if request.method == "POST":
        try:
            return _reassigned(now)
        except Invalid as refused:
            problems = {key: i18n.show_message(message) for key, message in refused.problems.items()}
    cases = queries.followed_by(person)
    load = record.open_cases_by_monitor()
    officers = [(str(key), name, load.get(key, 0)) for key, name in record.officers(g.tenant.id) if key != person]
    found = accounts.by_id(person) if person else None
    page = render_template(
        "pages/review/reassign.html",
        given_from=given_from,
        name=found.name if found else "",
        rows=[_case_row(case, now) for case in cases],
        full=len(cases) == queries.MOST,
        officers=officers,
        chosen=set(request.form.getlist("case")) if request.method == "POST" else None,
        to=request.form.get("to", ""),
        problems=problems,
    )
    return (page, 422) if problems else page


def _from(written: str) -> UUID:
    try:
        person = UUID(written)
    except ValueError:
        raise NotFound from None
    if person not in {one.id for one, _ in accounts.people_with(g.tenant.id)}:
        raise NotFound
    return person


def _case_row(case: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": str(case.id),
        "reference": case.reference,
        "title": case.title or gettext("Without a title"),
        "lang": case.language,
        "dir": i18n.direction(case.language),
        "state": i18n.show_text(state_of(case).name),
        "clock": urgent_view(case, now),
    }


def _reassigned(now: datetime) -> Response:
    problems: dict[str, Message] = {}
    cases: list[UUID] = []
    for written in request.form.getlist("case"):
        found = _person(written, "cases", {})
        if found is None:
            raise NotFound
        cases.append(found)
    to = _person(request.form.get("to", ""), "monitor", problems)
    if not cases:
        problems["cases"] = N_("Choose at least one case.")
    if problems or to is None:
        raise Invalid(problems)
    given, ended = assign.reassign(cases, to, g.actor, now)
    text = ngettext(
        "%(number)s case is given over.", "%(number)s cases are given over.", given, number=i18n.show_number(given)
    )
    if ended:
        text += " " + ngettext(
            "%(number)s had ended meanwhile.", "%(number)s had ended meanwhile.", ended, number=i18n.show_number(ended)
        )
    flash(text, "success")
    return redirect(url_for("review.team"), 303)
