"""The calendar is read by the secretariat and changed by administrators, who see beforehand what would move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.calendars import CalendarError, WorkCalendar, parse_calendar
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.insight.rules import closing_days
from portal.insight.rules.closing_days import Change
from portal.insight.service import calendar as service
from portal.standards.models import CalendarVersion
from portal.tenants import queries as tenants
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import stories
from tests.integration.insight.test_standards_admin import fields_of

Clients = Callable[[str | None], FlaskClient]
HOME = "/alpha/admin/calendar/"
CHANGE = f"{HOME}change/"
DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)  # a Monday
PLAIN: dict[str, Any] = {"zone": "America/New_York", "countries": [{"country": "US", "subdivision": "DC"}]}


def next_working(after: date) -> date:
    """The first working day of the first tenant after a day."""
    return parse_calendar(PLAIN).add_working(after, 1)


# -- rules


def test_closing_days_are_added_and_taken_away() -> None:
    closed = closing_days.changed(PLAIN, Change(first="2026-12-21", last="2026-12-23", name=" Year  end "), TODAY)
    assert closed["closing_days"] == dict.fromkeys(("2026-12-21", "2026-12-22", "2026-12-23"), "Year end")
    opened = closing_days.changed(closed, Change(remove=("2026-12-22",)), TODAY)
    assert list(opened["closing_days"]) == ["2026-12-21", "2026-12-23"]
    before, after = parse_calendar(PLAIN), parse_calendar(opened)
    taken, given = closing_days.differences(before, after, TODAY)
    assert [day.day for day in taken] == [date(2026, 12, 21), date(2026, 12, 23)]
    assert (taken[0].kind, taken[0].name, given) == ("closing", "Year end", [])
    assert closing_days.differences(after, before, TODAY)[1] == taken


def test_weekend_and_countries_are_taken_as_a_whole() -> None:
    change = Change(weekend=("4", "5"), countries=(("MZ", ""), ("ES", "ct"), ("", ""), ("MZ", "")))
    changed = closing_days.changed(PLAIN, change, TODAY)
    assert changed["weekend"] == [4, 5]
    assert changed["countries"] == [{"country": "MZ"}, {"country": "ES", "subdivision": "CT"}]
    assert closing_days.changed(PLAIN, Change(), TODAY)["weekend"] == [5, 6], "what is not asked for stays"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Change(first="soon", name="x"), "first"),
        (Change(first="2026-03-02", name="x"), "first"),
        (Change(first="2020-01-01", name="x"), "first"),
        (Change(first="2031-01-01", name="x"), "first"),
        (Change(first="2026-05-05", name="  "), "name"),
        (Change(name="no day"), "first"),
        (Change(first="2026-05-05", last="2026-05-04", name="x"), "last"),
        (Change(first="2026-05-05", last="2026-12-04", name="x"), "last"),
        (Change(remove=("2026-05-05",)), "remove"),
        (Change(weekend=tuple("0123456")), "weekend"),
        (Change(countries=(("XX", ""),)), "countries"),
        (Change(countries=(("US", "ZZZ"),)), "countries"),
    ],
)
def test_a_wrong_change_names_its_field(change: Change, field: str) -> None:
    with pytest.raises(CalendarError) as told:
        closing_days.changed(PLAIN, change, TODAY)
    assert told.value.key == field


def test_a_year_has_every_day_once() -> None:
    calendar = WorkCalendar("x", countries=(("US", None),), closing_days={date(2026, 3, 4): "Staff day"})
    for first in range(7):
        months = closing_days.year_of(calendar, 2026, first)
        days = [cell for weeks in months for week in weeks for cell in week if cell.day is not None]
        assert [cell.day for cell in days] == [date(2026, 1, 1) + n * DAY for n in range(365)]
        assert all(len(week) == 7 for weeks in months for week in weeks)
        assert all(week[0].day is None or week[0].day.weekday() == first for weeks in months for week in weeks)
    kinds = {cell.day: cell.kind for cell in days}
    assert (kinds[date(2026, 3, 4)], kinds[date(2026, 1, 1)], kinds[date(2026, 3, 7)]) == (
        "closing", "holiday", "weekend",
    )  # fmt: skip
    assert closing_days.ahead(calendar, TODAY)[0].name == "Staff day"


# -- what would move


def test_the_date_of_a_clock_that_stands_still_is_not_said_to_move(alpha: World) -> None:
    """Returned on the day after it came: only the fifteen working days for the corrections get another date."""
    begun = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    stories.returned(alpha, stories.submitted(alpha, now=begun), begun + DAY)
    before = tenants.by_id(alpha["alpha"].id).work_calendar
    after = before.closing({date(2026, 3, 10): "Staff day"})
    assert service.would_move(before, after, begun + 2 * DAY) == (1, True)


def test_what_would_move_by_hand(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check of ten working days begun on 2 March is due on the 16th: a closing before it moves it, one after not."""
    begun = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    stories.submitted(alpha, now=begun)
    now = begun + DAY
    before = tenants.by_id(alpha["alpha"].id).work_calendar
    assert service.would_move(before, before.closing({date(2026, 3, 9): "x"}), now) == (1, True)
    assert service.would_move(before, before.closing({date(2026, 3, 17): "x"}), now) == (0, True)
    assert service.would_move(before, before.closing({date(2026, 3, 7): "a Saturday"}), now) == (0, True)
    monkeypatch.setattr(service, "AT_ONCE", 0)
    assert service.would_move(before, before.closing({date(2026, 3, 9): "x"}), now) == (1, False)


# -- pages


def test_a_day_is_closed_after_a_look_at_what_would_move(place: Place, world: World, client_for: Clients) -> None:
    boss, today = client_for(world.email("alpha", "administrator")), datetime.now(UTC).date()
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        stories.submitted(world, now=datetime.now(UTC) - timedelta(minutes=10))
        db.session.commit()
    day = next_working(today + 3 * DAY)
    asked = urlencode({"first": day.isoformat(), "last": "", "name": "Staff <day>"})
    preview = boss.get(f"{CHANGE}?{asked}")
    assert "Staff &lt;day&gt;" in preview.text
    assert "open clock" in preview.text
    form = fields_of(preview, CHANGE)
    refused = boss.post(CHANGE, data=form)
    assert refused.status_code == 422
    assert "Say why." in refused.text
    form["reason"] = "We learn together."
    assert boss.post(CHANGE, data=form).location == HOME
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        row = db.session.scalars(select(CalendarVersion).order_by(CalendarVersion.number.desc())).first()
        assert row is not None
        assert row.definition["closing_days"][day.isoformat()] == "Staff <day>"
        assert (row.reason, row.published_by) == ("We learn together.", "Administrator of Alpha")
        assert tenants.by_id(world["alpha"].id).work_calendar.closed_because(day) == "Staff <day>"
        number = row.number
    page = boss.get(HOME).text
    assert "We learn together." in page
    # Somebody who looked before that change must look again.
    assert boss.post(CHANGE, data=form).status_code == 409
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert (
            db.session.scalars(select(CalendarVersion.number).order_by(CalendarVersion.number.desc())).first() == number
        )


def test_wrong_changes_are_mended_beside_their_field(world: World, client_for: Clients) -> None:
    boss = client_for(world.email("alpha", "administrator"))
    yesterday = (datetime.now(UTC).date() - 2 * DAY).isoformat()
    for asked, told in (
        ({"first": yesterday, "name": "x"}, "Only days that are still to come can be changed."),
        ({"first": "x", "name": "kept"}, 'value="kept"'),
        ({"remove": "2020-01-01"}, "Only days that are still to come"),
        ({"settings": "1", "weekend": "6", "country": "US", "subdivision": "ZZZ"}, "No holidays are known"),
    ):
        answer = boss.get(f"{CHANGE}?{urlencode(asked)}")
        assert answer.status_code == 422, asked
        assert told in answer.text
    assert "This changes nothing." in boss.get(CHANGE).text
    token = fields_of(boss.get("/alpha/admin/standards/add/"), "/alpha/admin/standards/add/")["csrf_token"]
    assert boss.post(CHANGE, data={"csrf_token": token, "first": yesterday, "name": "x"}).status_code == 422


def test_another_week_and_other_holidays(world: World, client_for: Clients) -> None:
    boss = client_for(world.email("alpha", "administrator"))
    page = boss.get(HOME)
    assert '<option value="US" selected>' in page.text
    query = urlencode({"settings": "1", "weekend": ["4", "5"], "country": ["MZ", ""], "subdivision": ["", ""]}, True)
    answer = boss.get(f"{CHANGE}?{query}&lang=ar")
    assert answer.status_code == 200
    assert "عاد يوم عمل" in answer.text
    for year in ("2027", "1", "9999", "x", "-1"):
        assert boss.get(f"{HOME}?year={year}&lang=ar").status_code == 200


def test_who_may(alpha: World) -> None:
    boss = alpha.actor("alpha", "administrator")
    for name in ("officer", "manager", "auditor", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            service.change(PLAIN, "x", 0, alpha.actor("alpha", name), NOW)
    for reason in ("", "  ", "x" * 401):
        with pytest.raises(Invalid):
            service.change(PLAIN, reason, 0, boss, NOW)
    with pytest.raises(NotNow):
        service.change(PLAIN, "x", 3, boss, NOW)
    with pytest.raises(CalendarError):
        service.change({"zone": "Mars"}, "x", 0, boss, NOW)
    assert db.session.scalars(select(CalendarVersion).where(CalendarVersion.in_force_at >= NOW)).first() is None


def test_everybody_in_the_secretariat_reads_it(world: World, client_for: Clients) -> None:
    auditor = client_for(world.email("alpha", "auditor"))
    page = auditor.get(HOME).text
    assert "Close a day" not in page
    assert auditor.get(CHANGE).status_code == 403
    assert client_for(world.email("alpha", "vilankulo.lead")).get(HOME).status_code == 403
    assert client_for(world.email("beta", "administrator")).get(HOME).status_code == 403
