"""The page of a partnership agreement, for each side and in both directions of writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.infra import tenancy
from portal.infra.db import db
from portal.partnerships import queries
from tests.conftest import Place
from tests.factories import World
from tests.integration.partnerships import story
from tests.integration.partnerships.story import PASSWORD

Client = Callable[[str | None], FlaskClient]


@pytest.fixture(autouse=True)
def no_tokens(place: Place) -> Iterator[None]:
    """Forms are posted without the browser's token here."""
    before = place.app.config.get("WTF_CSRF_ENABLED", True)
    place.app.config["WTF_CSRF_ENABLED"] = False
    yield
    place.app.config["WTF_CSRF_ENABLED"] = before


@contextmanager
def inside(place: Place) -> Iterator[World]:
    """The first tenant's scope for a while, committed at the end; requests have contexts of their own."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        yield place.world
        db.session.commit()
        db.session.remove()


def prepared(place: Place, make: Callable[..., Case], **kwargs: Any) -> str:
    """Make a case and commit it; its reference."""
    with inside(place) as world:
        return make(world, **kwargs).reference


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_role_reads_the_agreement(place: Place, world: World, client_for: Client, language: str) -> None:
    reference = prepared(place, story.accepted)
    people = ["officer", "manager", "finance", "administrator", "auditor", "translator"]
    people += [f"vilankulo.{role}" for role in ("lead", "contributor", "signatory", "viewer")]
    for name in people:
        found = client_for(world.email("alpha", name)).get(f"/alpha/partnerships/{reference}/?lang={language}")
        assert found.status_code == 200, name
        assert reference in found.get_data(as_text=True)
    assert client_for(world.email("alpha", "aleppo.lead")).get(f"/alpha/partnerships/{reference}/").status_code == 404
    assert client_for(world.email("beta", "officer")).get(f"/beta/partnerships/{reference}/").status_code == 404
    assert client_for(None).get(f"/alpha/partnerships/{reference}/").status_code in (302, 303, 401)


def test_the_applicant_sees_no_draft(place: Place, world: World, client_for: Client) -> None:
    reference = prepared(place, story.approved)
    assert client_for(world.email("alpha", "officer")).get(f"/alpha/partnerships/{reference}/").status_code == 200
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert lead.get(f"/alpha/partnerships/{reference}/").status_code == 404


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_before_it_lead_there(place: Place, world: World, client_for: Client, language: str) -> None:
    for make in (story.sent, story.accepted):
        reference = prepared(place, make)
        address = f'href="/alpha/partnerships/{reference}/"'
        lead, officer = client_for(world.email("alpha", "vilankulo.lead")), client_for(world.email("alpha", "officer"))
        assert address in lead.get(f"/alpha/cases/{reference}/?lang={language}").get_data(as_text=True)
        desk = officer.get(f"/alpha/desk/{reference}/?lang={language}").get_data(as_text=True)
        assert address in desk
        assert f"/alpha/grants/{reference}/" not in desk
        assert lead.get(f"/alpha/my/?lang={language}").status_code == 200
        assert officer.get(f"/alpha/desk/?tab=all&lang={language}").status_code == 200


def test_the_signatory_accepts_on_the_page(place: Place, world: World, client_for: Client) -> None:
    reference = prepared(place, story.sent)
    with inside(place):
        story.give_password(world["alpha"].people["vilankulo.signatory"])
    address = f"/alpha/partnerships/{reference}/"
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert 'name="typed_name"' not in lead.get(address).get_data(as_text=True)
    assert lead.post(address, data={}).status_code == 403
    client = client_for(world.email("alpha", "vilankulo.signatory"))
    assert 'name="typed_name"' in client.get(address).get_data(as_text=True)
    whole = {"typed_name": "Vilankulo Signatory of Alpha", "password": PASSWORD, "confirm": "yes", "key": "k1"}
    for wrong, field in (
        ({"password": "wrong"}, "password"),
        ({"typed_name": "Ana"}, "typed_name"),
        ({"confirm": ""}, "confirm"),
    ):
        refused = client.post(address, data=whole | wrong)
        assert refused.status_code == 422, field
        assert f'href="#{field}"' in refused.get_data(as_text=True)
    assert client.post(address, data=whole).status_code == 303
    assert client.post(address, data=whole).status_code == 303, "a double click is one acceptance"
    with inside(place):
        case = cases.by_reference(world.actor("alpha", "officer"), reference)
        found = queries.of_case(case.id)
        assert case.state == "in_force"
        assert found is not None
        assert found.in_force_from is not None
        assert sum(row.kind == "agreement_accepted" for row in cases.events_of(case.id)) == 1
    assert 'name="typed_name"' not in client.get(address).get_data(as_text=True)


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_the_form_and_the_status_open_in_every_language(
    place: Place, world: World, client_for: Client, language: str
) -> None:
    reference = prepared(place, story.filed)
    officer, lead = client_for(world.email("alpha", "officer")), client_for(world.email("alpha", "vilankulo.lead"))
    for path in (f"/alpha/cases/{reference}/", "/alpha/my/", "/alpha/calls/", "/alpha/calls/partnerships/"):
        assert lead.get(f"{path}?lang={language}").status_code == 200, path
    for path in (f"/alpha/desk/{reference}/", f"/alpha/desk/{reference}/?tab=clocks"):
        joined = "&" if "?" in path else "?"
        assert officer.get(f"{path}{joined}lang={language}").status_code == 200, path


def test_few_queries(place: Place, world: World, client_for: Client) -> None:
    reference = prepared(place, story.accepted)
    client = client_for(world.email("alpha", "officer"))
    client.get(f"/alpha/partnerships/{reference}/")
    counted: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            counted.append(statement)

    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert client.get(f"/alpha/partnerships/{reference}/").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(counted) <= 6, counted


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_list_shows_each_reader_her_own(place: Place, world: World, client_for: Client, language: str) -> None:
    draft, signed = prepared(place, story.approved), prepared(place, story.accepted)
    page = f"/alpha/partnerships/?lang={language}"

    def shown(who: str) -> list[str]:
        text = client_for(world.email("alpha", who)).get(page).get_data(as_text=True)
        return [reference for reference in (draft, signed) if f'href="/alpha/partnerships/{reference}/"' in text]

    assert shown("officer") == [draft, signed]
    assert shown("vilankulo.viewer") == [signed]
    assert shown("aleppo.lead") == []
    beta = client_for(world.email("beta", "officer")).get("/beta/partnerships/").get_data(as_text=True)
    assert draft not in beta
    assert signed not in beta


def test_the_call_promises_no_money_where_none_is_asked_for(place: Place, client_for: Client) -> None:
    """A partnership agreement commits no money: its call names no amount, while that of a grant does."""
    prepared(place, story.filed)
    anybody = client_for(None)
    assert "up to" not in anybody.get("/alpha/calls/partnerships/?lang=en").text
    assert "no fixed amount" not in anybody.get("/alpha/calls/partnerships/?lang=en").text
    listed = anybody.get("/alpha/calls/?lang=en").text
    assert listed.count("up to") == listed.count("<h2><a") - 1
    assert "up to" in anybody.get("/alpha/calls/preparatory-grants/?lang=en").text
