"""The weekly mail: once a person and week, only to those who have something before them and want it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.service import record_absence
from portal.infra import jobs, tenancy, worker
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.review.service.assign import assign
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted

#: the Monday before the check is due, 08:00 in New York and 13:00 in Madrid, and the next one
MONDAY = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def prepare(world: World) -> str:
    case = submitted(world)
    assign(case, world["alpha"].people["officer"], world.actor("alpha", "manager"), NOW)
    return case.reference


def mails(world: World, slug: str = "alpha") -> dict[str, str]:
    with tenancy.scope(world[slug].id):
        rows = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "weekly_digest")).all()
        found = {row.to_address.partition("@")[0]: row.text_body for row in rows}
        assert len(found) == len(rows), "one mail a person"
        db.session.rollback()
        return found


def look(app: Flask, now: datetime) -> None:
    """What the runner does in a minute of that day."""
    with app.app_context():
        jobs.enqueue("digest.look", {}, tenant_id=None, now=now)
        db.session.commit()
    worker.run_all(app, now)


def test_everybody_gets_her_own_once(app: Flask, world: World) -> None:
    assert NOW < MONDAY
    with tenancy.scope(world["alpha"].id):
        reference = prepare(world)
        db.session.commit()
    for minutes in (0, 10, 20):
        look(app, MONDAY + timedelta(minutes=minutes))
    assert reference in mails(world)["officer"]
    assert set(mails(world)) == {"officer"}
    assert mails(world, "beta") == {}


def test_not_before_monday_at_seven(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        prepare(world)
        db.session.commit()
    look(app, MONDAY - timedelta(hours=2))
    assert mails(world) == {}


def test_who_does_not_want_it_or_is_away_gets_none_and_the_deputy_has_her_cases(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        reference = prepare(world)
        people = world["alpha"].people
        day = MONDAY.date()
        officer = world.actor("alpha", "officer")
        record_absence(people["officer"], (day, day), people["officer2"], "", officer, NOW)
        db.session.commit()
    look(app, MONDAY)
    assert set(mails(world)) == {"officer2"}
    assert reference in mails(world)["officer2"]
    with tenancy.scope(world["alpha"].id):
        for name in ("officer", "officer2"):
            db.session.get_one(Person, world["alpha"].people[name]).weekly_digest = False
        db.session.commit()
    look(app, MONDAY + WEEK)
    assert set(mails(world)) == {"officer2"}


def test_a_manager_is_told_what_nobody_follows(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = submitted(world)
        case.monitor_id = None
        db.session.commit()
    look(app, MONDAY)
    assert "Nobody follows 1 open case." in mails(world)["manager"]
