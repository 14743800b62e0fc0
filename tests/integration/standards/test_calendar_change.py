"""A change of the calendar moves what runs and nothing that has ended; the job goes on where it was left."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import queries
from portal.cases.cli import clock_differences
from portal.cases.models import Case, Event
from portal.cases.service import events
from portal.cases.service.recompute import recompute
from portal.core.calendars import CalendarError
from portal.core.errors import Invalid
from portal.infra import tenancy, worker
from portal.infra.db import db
from portal.standards.models import CalendarVersion, Clock
from portal.standards.service import publish_calendar, tally
from portal.tenants import queries as tenants
from tests.factories import NOW, World
from tests.integration.grants import story
from tests.integration.grants.story import DAY
from tests.integration.standards.test_sweep import checking, clock, kinds

#: two closing days inside the ten working days that follow NOW
CLOSED = {"2026-03-09": "Move of the office", "2026-03-10": "Move of the office"}


def definition(world: World, slug: str = "alpha", **more: Any) -> dict[str, Any]:
    """The tenant's calendar with some settings changed."""
    return {**tenants.by_id(world[slug].id).calendar, **more}


def close(world: World, days: dict[str, str], now: datetime = NOW, slug: str = "alpha") -> CalendarVersion:
    """Publish the tenant's calendar with these closing days."""
    return publish_calendar(
        definition(world, slug, closing_days=days), "We move", world.actor(slug, "administrator"), now
    )


def due(case: Case, code: str) -> datetime:
    """The day a clock of a case is due, as it is kept now."""
    found = db.session.scalars(
        select(Clock).where(Clock.case_id == case.id, Clock.code == code).execution_options(populate_existing=True)
    ).one()
    assert found.due_at is not None
    return found.due_at


def test_open_clocks_move_with_the_new_closing_days_and_say_so(alpha: World) -> None:
    case, unmoved = checking(alpha), story.accepted(alpha, organisation="aleppo", now=NOW - 60 * DAY)
    before = due(case, "CHK")
    version = close(alpha, CLOSED)
    while recompute(version.id, NOW, limit=1):
        pass
    assert due(case, "CHK") == before + 2 * DAY
    assert (version.cases_total, version.cases_done, version.finished_at) == (3, 3, NOW), (
        "with the report of the second"
    )
    moved = [event for event in queries.events_of(case.id) if event.kind == "calendar_changed"]
    assert [event.data["clock"] for event in moved] == ["CHK"]
    assert moved[0].data["to"] == due(case, "CHK").isoformat()
    assert version.clocks_moved == sum(kinds(each).count("calendar_changed") for each in (case, unmoved))
    assert list(clock_differences(NOW + DAY)) == []


def test_what_has_ended_keeps_the_calendar_of_its_day(alpha: World) -> None:
    case = checking(alpha)
    at = due(case, "CHK") - timedelta(hours=1)  # the last hour of the last day
    events.append(case, "found_complete", alpha.actor("alpha", "officer"), at)
    events.refresh_clocks(case, at)
    ended = clock(case, "CHK")
    assert (ended.state, ended.taken) == ("met", 10)
    later = at + 30 * DAY
    # Washington's holidays give way to those of a country without any in these weeks; one more weekend day is free.
    boss = alpha.actor("alpha", "administrator")
    publish_calendar(definition(alpha, weekend=[3, 4, 5, 6]), "A shorter week", boss, later)
    events.refresh_clocks(case, later + DAY)
    assert (clock(case, "CHK").state, clock(case, "CHK").taken) == ("met", 10)
    assert clock(case, "CHK").due_at == ended.due_at
    assert list(clock_differences(later + DAY)) == []


def test_a_day_that_has_passed_stays_what_it_was(alpha: World) -> None:
    with pytest.raises(Invalid) as refused:
        close(alpha, {"2026-02-27": "Too late"})
    assert "closing_days" in refused.value.problems
    close(alpha, {"2026-03-06": "In time"})
    with pytest.raises(Invalid):
        close(alpha, {}, datetime.fromisoformat("2026-03-09T12:00:00+00:00"))


def test_a_calendar_that_leaves_no_working_day_is_refused(alpha: World) -> None:
    with pytest.raises(CalendarError):
        publish_calendar(definition(alpha, weekend=list(range(7))), "Never", alpha.actor("alpha", "administrator"), NOW)
    year = {(date(2027, 1, 1) + n * DAY).isoformat(): "Closed" for n in range(365)}
    with pytest.raises(CalendarError):
        close(alpha, year)
    assert db.session.scalars(select(CalendarVersion)).all() == []


def test_the_job_goes_on_after_its_worker_has_died(app: Flask, world: World) -> None:
    """Batches are transactions: what was committed is not done twice, what was not is done."""
    with tenancy.scope(world["alpha"].id):
        cases = [checking(world, "alpha", name).id for name in ("vilankulo", "aleppo")]
        version = close(world, CLOSED).id
        db.session.commit()
        assert recompute(version, NOW, limit=1)
        db.session.commit()
        assert recompute(version, NOW, limit=1)
        db.session.rollback()  # killed before the second batch was committed
    db.session.remove()
    worker.run_all(app, NOW)
    with tenancy.scope(world["alpha"].id):
        row = db.session.scalars(select(CalendarVersion).where(CalendarVersion.id == version)).one()
        assert (row.cases_done, row.clocks_moved) == (2, 2)
        assert row.finished_at is not None
        for case_id in cases:
            told = select(Event.kind).where(Event.case_id == case_id, Event.kind == "calendar_changed")
            assert db.session.scalars(told).all() == ["calendar_changed"]
    with tenancy.scope(world["beta"].id):
        assert db.session.scalars(select(CalendarVersion)).all() == []


def test_a_later_change_overtakes_an_earlier_one(alpha: World) -> None:
    case = checking(alpha)
    first = close(alpha, CLOSED)
    second = close(alpha, {**CLOSED, "2026-03-11": "And another"}, NOW + timedelta(minutes=1))
    assert not recompute(first.id, NOW)
    assert first.finished_at is not None
    assert not recompute(second.id, NOW + timedelta(minutes=1))
    assert kinds(case).count("calendar_changed") == 1


def test_figures_follow_every_change_of_a_clock(alpha: World) -> None:
    case = checking(alpha)
    assert [key for key in tally.kept() if key is not None and key[2] == "CHK"] == []
    events.append(case, "found_complete", alpha.actor("alpha", "officer"), NOW + 20 * DAY)
    events.refresh_clocks(case, NOW + 20 * DAY)
    assert clock(case, "CHK").breached_at is not None, "broken, although nobody swept in between"
    events.refresh_clocks(case, NOW + 21 * DAY)
    (key,) = [key for key in tally.kept() if key is not None and key[2] == "CHK"]
    assert key == ("preparatory_grant", "application", "CHK", "2026-Q1", "missed", 14, 0, "")
    facts = {"clock": "CHK", "subject": "", "reason": "volume", "note": ""}
    events.append(case, "breach_explained", alpha.actor("alpha", "officer"), NOW + 22 * DAY, facts)
    events.refresh_clocks(case, NOW + 22 * DAY)
    (key,) = [key for key in tally.kept() if key is not None and key[2] == "CHK"]
    assert key[-1] == clock(case, "CHK").reason == "volume"
    assert tally.differences() == []
    db.session.execute(Clock.__table__.update().values(taken=3), execution_options={"tenancy": "a test spoils it"})
    assert tally.differences() != []
    tally.rebuild()
    assert tally.differences() == []


def test_figures_are_the_tenants_own(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        story.accepted(world)
        assert tally.kept()
        db.session.commit()
    with tenancy.scope(world["beta"].id):
        assert not tally.kept()
        tally.rebuild()
        assert not tally.kept()
    with tenancy.scope(world["alpha"].id):
        assert tally.kept() == tally.counted()
