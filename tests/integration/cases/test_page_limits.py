"""A limit of pages where no PDF can be made: nobody is held up, and everybody it concerns is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service import pages
from portal.core.errors import NotNow
from portal.infra import pdf, tenancy, worker
from portal.infra.db import db
from portal.infra.jobs import Job
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.cases.test_tracks import DAY, run_jobs, set_policy

Clients = Callable[[str | None], FlaskClient]
RULES = "/alpha/admin/rules/"


@pytest.fixture
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Pango."""
    monkeypatch.setattr(pdf, "available", lambda: False)
    monkeypatch.setattr(pdf, "why_not", lambda: "Pango is missing")


def kinds(case_id: UUID) -> list[str]:
    return list(db.session.scalars(select(Event.kind).where(Event.case_id == case_id)))


def refusing(world: World) -> Case:
    """A complete draft of a tenant that refuses what is too long."""
    set_policy(world["alpha"].id, page_consequence="refuse", page_limits={"project_proposal": 1})
    case = proposals.draft(world)
    db.session.commit()
    return case


@contextmanager
def inside(place: Place) -> Iterator[None]:
    """The first tenant, in a context of its own: a page asked for meanwhile must not meet what is remembered here."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        yield
        db.session.remove()


def test_a_limit_that_cannot_be_counted_holds_nobody_up(
    no_pdf: None, place: Place, world: World, client_for: Clients
) -> None:
    lead, officer = (client_for(world.email("alpha", name)) for name in ("vilankulo.lead", "officer"))
    with inside(place):
        case = refusing(world)
        key, reference = case.id, case.reference
        with pytest.raises(NotNow, match="counting the pages"):
            proposals.submit(world, case)
    check = f"/alpha/cases/{reference}/check/?lang=en"
    assert "cannot count them" not in lead.get(check).text
    run_jobs(place.app)
    page = lead.get(check).text
    assert "At most 1 pages are allowed" in page
    assert "the secretariat is told" in page
    with inside(place):
        assert kinds(key).count("length_not_measured") == 1
        assert proposals.submit(world, queries.by_id(key)).state == "checking"
        db.session.commit()
    run_jobs(place.app)
    with inside(place):
        assert pages.said_of(queries.by_id(key), 1) == (None, 1)
        failed = db.session.query(Job).filter_by(name="render_document", state="failed").all()
        assert [job.last_error for job in failed] == ["Pango is missing"]
    assert "Its pages could not be counted" in officer.get(f"/alpha/desk/{reference}/").text
    assert "could not be counted" not in lead.get(f"/alpha/cases/{reference}/").text


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("consequence", ["note", "lose_standard"])
def test_the_officer_is_told_whatever_the_consequence(no_pdf: None, app: Flask, world: World, consequence: str) -> None:
    with tenancy.scope(world["alpha"].id):
        set_policy(world["alpha"].id, page_consequence=consequence, page_limits={"project_proposal": 1})
        case = proposals.submitted(world)
        key = case.id
        db.session.commit()
    run_jobs(app)
    with tenancy.scope(world["alpha"].id):
        case = queries.by_id(key)
        assert pages.said_of(case, 1) == (None, 1)
        assert pages.said_of(case, 2) is None
        assert {"over_length", "length_noted"}.isdisjoint(kinds(key))


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_without_a_limit_nothing_is_said(no_pdf: None, app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = stories.submitted(world)  # a preparatory grant has none
        key = case.id
        db.session.commit()
    run_jobs(app)
    with tenancy.scope(world["alpha"].id):
        assert pages.said_of(queries.by_id(key), 1) is None
        assert "length_not_measured" not in kinds(key)


@pytest.mark.skipif(not pdf.available(), reason="no PDFs on this machine")
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_changed_draft_is_counted_when_that_is_possible_again(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenancy.scope(world["alpha"].id):
        case = refusing(world)
        key = case.id
    with monkeypatch.context() as without:
        without.setattr(pdf, "available", lambda: False)
        run_jobs(app)
    with tenancy.scope(world["alpha"].id):
        case = queries.by_id(key)
        assert pages.uncounted(case) == 1
        pages.answers_changed(case, NOW + 3 * DAY)
        db.session.commit()
    run_jobs(app, NOW + 4 * DAY)
    with tenancy.scope(world["alpha"].id):
        with pytest.raises(NotNow, match="are allowed"):
            proposals.submit(world, queries.by_id(key))
        db.session.rollback()


@pytest.mark.skipif(not pdf.available(), reason="no PDFs on this machine")
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_draft_that_cannot_be_typeset_is_not_held_up_either(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ValueError("no font has this sign")

    with tenancy.scope(world["alpha"].id):
        case = refusing(world)
        key = case.id
    monkeypatch.setattr(pdf, "render", broken)
    for day in range(2, 6):
        worker.run_all(app, NOW + day * DAY)
    with tenancy.scope(world["alpha"].id):
        assert pages.uncounted(queries.by_id(key)) == 1
        failed = db.session.query(Job).filter_by(name=pages.MEASURE, state="failed").all()
        assert any("no font has this sign" in str(job.last_error) for job in failed)
        assert kinds(key).count("length_not_measured") == 1
        assert proposals.submit(world, queries.by_id(key)).state == "checking"


@pytest.mark.parametrize("person", ["administrator", "officer"])
def test_the_page_of_the_rules_says_that_nothing_is_counted(
    no_pdf: None, world: World, client_for: Clients, person: str
) -> None:
    assert "makes no PDFs" in client_for(world.email("alpha", person)).get(RULES).text


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_page_of_the_rules_is_silent_where_pages_are_counted(
    world: World, client_for: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: True)
    assert "makes no PDFs" not in client_for(world.email("alpha", "administrator")).get(RULES).text
