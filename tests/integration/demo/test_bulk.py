"""Generated cases: every row in its place, clocks as the events say, chains whole, each tenant by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases.cli import broken_chains, clock_differences
from portal.cases.models import Case, Event, Submission
from portal.demo import content as demo
from portal.demo.bulk import load as bulk
from portal.demo.bulk.plots import plots
from portal.demo.service import world
from portal.grants.models import Grant, Tranche
from portal.infra import search, tenancy
from portal.infra.db import db
from portal.standards.service import tally
from portal.tenants import queries as tenants

NOW = datetime(2026, 6, 17, 15, 30, tzinfo=UTC)


def set_up() -> None:
    content = demo.load()
    world.set_up(content, world.missing_tenants(content), NOW)
    db.session.commit()


def test_generated_cases_are_whole(app: Flask) -> None:
    set_up()
    assert list(bulk.add_cases(200, NOW))[-1] == 200
    counts = {}
    for facts in demo.load().tenants:
        tenant = tenants.by_slug(facts.slug)
        assert tenant is not None
        with tenancy.scope(tenant.id):
            applications = select(func.count()).where(Case.kind == "application")
            counts[tenant.slug] = db.session.scalars(applications).one()
            assert list(broken_chains()) == []
            assert list(clock_differences(NOW)) == []
            assert db.session.scalars(select(func.max(Event.at))).one() <= NOW
            _check_money()
            _check_search()
    assert counts == {"cities-alliance": 160, "uclg-mentoring": 40}


def test_a_history_ends_in_each_of_the_last_four_quarters(app: Flask) -> None:
    set_up()
    assert list(bulk.add_cases(120, NOW, only="cities-alliance", ended=True))[-1] == 120
    tenant = tenants.by_slug("cities-alliance")
    assert tenant is not None
    with tenancy.scope(tenant.id):
        assert db.session.scalars(select(func.count()).where(Case.is_open.is_(True))).one() == 0
        quarters = {key[3] for key in tally.kept() if key is not None}
        assert quarters >= {"2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"}
        assert tally.differences() == []


def _check_money() -> None:
    sums = dict(db.session.execute(select(Tranche.grant_id, func.sum(Tranche.amount)).group_by(Tranche.grant_id)).all())
    for grant, asked in db.session.execute(
        select(Grant, Case.amount).join(Case, (Case.tenant_id == Grant.tenant_id) & (Case.id == Grant.case_id))
    ):
        assert sums[grant.id] == grant.amount == asked


def _check_search() -> None:
    case = db.session.scalars(select(Case).where(Case.is_submitted.is_(True), Case.kind == "application")).first()
    assert case is not None
    found = search.find(case.reference)
    assert db.session.execute(select(found.c.case_id).where(found.c.place == 0)).scalar_one() == case.id


def test_generated_submissions_answer_the_form(app: Flask) -> None:
    set_up()
    list(bulk.add_cases(60, NOW, only="cities-alliance"))
    tenant = tenants.by_slug("cities-alliance")
    assert tenant is not None
    form = instruments.form("preparatory_grant", "application", 1)
    with tenancy.scope(tenant.id):
        rows = db.session.execute(
            select(Submission.answers, Case.title, Case.amount).join(
                Case, (Case.tenant_id == Submission.tenant_id) & (Case.id == Submission.case_id)
            )
        ).all()
        assert len(rows) > 30
        for answers, title, amount in rows:
            known = reading.promote(form, answers)
            assert (known["title"], known["amount"]) == (title, amount)
            assert amount <= tenant.policy.amount_limit


def test_more_cases_continue_the_references(app: Flask) -> None:
    set_up()
    list(bulk.add_cases(30, NOW))
    list(bulk.add_cases(30, NOW, seed=2, only="uclg-mentoring"))
    tenant = tenants.by_slug("uclg-mentoring")
    assert tenant is not None
    with tenancy.scope(tenant.id):
        assert db.session.scalars(select(func.count()).where(Case.kind == "application")).one() == 6 + 30


def test_the_demonstration_comes_first(app: Flask) -> None:
    with pytest.raises(LookupError, match="portal demo load"):
        list(bulk.add_cases(1, NOW))
    with pytest.raises(LookupError, match="no tenant of the demonstration"):
        list(bulk.add_cases(1, NOW, only="alpha"))


@pytest.mark.parametrize("translated", [False, True])
def test_courses_follow_the_workflow(translated: bool) -> None:
    workflow = instruments.workflow("preparatory_grant", "application", 1)
    for plot in plots(translated=translated):
        state = "draft"
        for beat in plot.beats:
            if beat.to and beat.to != state:
                moves = [move for move in workflow.moves_from(state) if move.event == beat.kind]
                targets = {target.state for move in moves for target in move.targets}
                assert beat.to in targets, f"{state} –{beat.kind}→ {beat.to}"
                state = beat.to
        assert state == plot.state
