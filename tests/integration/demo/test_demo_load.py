"""The demonstration: every story is played to its end by the portal's own verbs; loading again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts import service as accounts
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.cli import broken_chains, clock_differences
from portal.cases.models import Case, Event
from portal.core.errors import Invalid
from portal.demo import accounts as demo_accounts
from portal.demo import content as demo
from portal.demo.service import load, story, world
from portal.evaluation.models import Evaluation
from portal.grants.models import Grant
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.infra.mail import SEND, OutboxMail
from portal.infra.storage import StoredFile
from portal.members.models import Circular, CircularAddressee, CircularItem
from portal.members.service import close
from portal.review.models import Condition
from portal.standards.models import Clock, StandardVersion
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

#: A Wednesday, away from holidays and the turn of the year.
NOW = datetime(2026, 6, 17, 15, 30, tzinfo=UTC)
#: Nothing rests in it: receipt is acknowledged in the same move.
PASSING = {"submitted"}


def demo_tenants() -> Iterator[Tenant]:
    for facts in demo.load().tenants:
        tenant = tenants.by_slug(facts.slug)
        assert tenant is not None
        with tenancy.scope(tenant.id):
            yield tenant


def test_the_whole_demonstration_loads_once(app: Flask) -> None:
    content = demo.load()
    loaded = load.load(content, NOW)
    db.session.commit()
    assert (loaded.tenants, loaded.cases) == (2, len(content.cases) + len(content.alliance.cases))
    states: dict[str, set[str]] = {}
    clocks: set[str] = set()
    late = 0
    for tenant in demo_tenants():
        states[tenant.slug] = set(db.session.scalars(select(Case.state).where(Case.kind == "application")))
        clocks |= set(db.session.scalars(select(Clock.state)))
        late += db.session.scalars(select(func.count()).where(Clock.breached_at.is_not(None))).one()
        assert list(broken_chains()) == []
        assert list(clock_differences(NOW)) == []
        assert db.session.scalars(select(func.max(Event.at))).one() <= NOW
        assert set(db.session.scalars(select(OutboxMail.state))) == {"kept"}
    shown = set(demo.STATES) | {case.target_state for case in content.alliance.cases}
    assert states["cities-alliance"] | states["uclg-mentoring"] == shown - PASSING
    assert {"running", "paused", "met", "missed", "void"} <= clocks
    assert late > 0
    assert db.session.scalars(select(Job.id).where(Job.name == SEND)).first() is None
    with_members(content)
    files_belong_to_questions()
    again = load.load(content, NOW)
    assert (again.tenants, again.cases, again.mails) == (0, 0, 0)


def files_belong_to_questions() -> None:
    """What applicants attached is known as handed in, so that they can open it; the portal's own papers are not."""
    for tenant in demo_tenants():
        handed_in = list(db.session.scalars(select(StoredFile).where(StoredFile.name.like("%.docx"))))
        assert handed_in, tenant.slug
        assert [row.name for row in handed_in if row.question is None] == []


def with_members(content: demo.DemoContent) -> None:
    """What members were asked and said, and how far the evaluators are."""
    tenant = tenants.by_slug("cities-alliance")
    assert tenant is not None
    with tenancy.scope(tenant.id):
        sent = list(db.session.scalars(select(Circular).order_by(Circular.number)))
        assert [row.number for row in sent] == list(range(1, len(content.alliance.circulars) + 1))
        assert {row.state for row in sent} == {"sent"}
        windows = list(db.session.scalars(select(CircularItem).where(CircularItem.state == "open")))
        assert {row.part for row in windows} == {"recommended", "coordination"}
        assert all(row.closes_at is not None and row.closes_at > NOW + timedelta(days=5) for row in windows)
        assert close.due(NOW + timedelta(days=5)) == []
        assert db.session.scalars(select(CircularAddressee).where(CircularAddressee.person_id.is_(None))).first()
        silent = db.session.scalars(select(Event).where(Event.kind == "deemed_approved")).all()
        assert len(silent) == 2
        assert all(row.data["silent"] and row.data["unreached"] for row in silent)
        owed = set(db.session.scalars(select(Condition.code).where(Condition.kind == "obligation")))
        assert owed == {"strategic_environmental_assessment"}
        assert {row.state for row in db.session.scalars(select(Evaluation))} >= {
            "assigned", "conflicted", "declared", "draft", "filed",
        }  # fmt: skip


def test_printed_accounts_open_the_door(app: Flask) -> None:
    content = demo.load()
    world.set_up(content, world.missing_tenants(content), NOW)
    db.session.commit()
    rows = demo_accounts.all_accounts(content)
    assert {tuple(row) for row in rows} == {("tenant", "organisation", "email", "password", "role", "language")}
    assert {row["tenant"] for row in rows} == {"cities-alliance", "uclg-mentoring"}
    for row in rows[::17]:
        person = accounts.log_in(row["email"], row["password"], "192.0.2.7", NOW)
        assert person.language == row["language"]
    with pytest.raises(Invalid):
        accounts.log_in(rows[0]["email"], "demo-of-somebody-else", "192.0.2.8", NOW)


def test_each_tenant_opens_its_instruments_under_its_own_standards(app: Flask) -> None:
    content = demo.load()
    world.set_up(content, world.missing_tenants(content), NOW)
    days: dict[str, dict[str, int]] = {}
    for tenant in demo_tenants():
        opened = set(content.world.tenants[tenant.slug].instruments)
        assert set(db.session.scalars(select(Call.instrument))) == opened <= set(instruments.all_instruments())
        assert opened >= {"partnership_agreement", "preparatory_grant"}
        versions = db.session.scalars(select(StandardVersion).where(StandardVersion.instrument == "preparatory_grant"))
        definitions = {row.code: row.definition for row in versions}
        days[tenant.slug] = {code: definition["amount"] for code, definition in definitions.items()}
        check = definitions["CHK"]
        assert all(str(check["amount"]) in wording for wording in check["promise"].values())
    assert set(content.world.tenants["cities-alliance"].instruments) == set(instruments.all_instruments())
    assert days["cities-alliance"]["CHK"] == 10
    assert days["uclg-mentoring"]["CHK"] == 8


def test_a_story_that_does_not_hold_names_its_case(app: Flask) -> None:
    content = demo.load()
    world.set_up(content, world.missing_tenants(content), NOW)
    case = next(case for case in content.cases if case.target_state == "closed")
    tenant = tenants.by_slug(case.tenant)
    assert tenant is not None
    broken = demo.DemoCase(
        **{name: getattr(case, name) for name in case.__slots__} | {"milestones": (demo.Milestone("flown", None, -3),)}
    )
    with tenancy.scope(tenant.id), pytest.raises(demo.DemoContentError, match=case.code):
        load.play(content, tenant, broken, NOW)


def test_approved_stories_have_their_money_in_order(app: Flask) -> None:
    content = demo.load()
    world.set_up(content, world.missing_tenants(content), NOW)
    case = next(case for case in content.cases if case.target_state == "closed")
    tenant = tenants.by_slug(case.tenant)
    assert tenant is not None
    with tenancy.scope(tenant.id):
        load.play(content, tenant, case, NOW)
        grant = db.session.scalars(select(Grant)).one()
        assert grant.amount == case.amount
        assert grant.closed_at is not None
    assert set(story.STEPS) & {milestone.kind for milestone in case.milestones}
