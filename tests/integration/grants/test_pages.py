"""The pages of a grant, for each side and in both directions of writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from portal.cases.models import Case
from portal.grants import queries
from portal.grants.models import Payment
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import World
from tests.integration.grants import story
from tests.integration.grants.story import DAY, PASSWORD

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
def test_every_role_sees_the_grant_it_may(place: Place, world: World, client_for: Client, language: str) -> None:
    reference = prepared(place, story.accepted)
    for name in ("officer", "manager", "finance", "administrator", "auditor", "translator"):
        for path in ("", f"{reference}/", f"{reference}/agreement/"):
            found = client_for(world.email("alpha", name)).get(f"/alpha/grants/{path}?lang={language}")
            assert found.status_code == 200, (name, path)
            assert reference in found.get_data(as_text=True) or "72" in found.get_data(as_text=True)
    for name in ("lead", "contributor", "signatory", "viewer"):
        for path in ("", f"{reference}/", f"{reference}/agreement/"):
            client = client_for(world.email("alpha", f"vilankulo.{name}"))
            assert client.get(f"/alpha/grants/{path}?lang={language}").status_code == 200
    stranger = client_for(world.email("alpha", "aleppo.lead"))
    assert stranger.get(f"/alpha/grants/{reference}/").status_code == 404
    assert stranger.get(f"/alpha/grants/{reference}/agreement/").status_code == 404
    assert reference not in stranger.get("/alpha/grants/").get_data(as_text=True)
    assert client_for(world.email("beta", "officer")).get(f"/beta/grants/{reference}/").status_code == 404


def test_the_signatory_accepts_on_the_page(place: Place, world: World, client_for: Client) -> None:
    reference = prepared(place, story.sent)
    with inside(place):
        story.give_password(world["alpha"].people["vilankulo.signatory"])
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert 'name="typed_name"' not in lead.get(f"/alpha/grants/{reference}/agreement/").get_data(as_text=True)
    assert lead.post(f"/alpha/grants/{reference}/agreement/", data={}).status_code == 403
    client = client_for(world.email("alpha", "vilankulo.signatory"))
    address = f"/alpha/grants/{reference}/agreement/"
    assert 'name="typed_name"' in client.get(address).get_data(as_text=True)
    whole = {"typed_name": "Vilankulo Signatory of Alpha", "password": PASSWORD, "confirm": "yes", "key": "k1"}
    wrong = client.post(address, data={**whole, "password": "wrong"})
    assert wrong.status_code == 422
    assert 'id="password-problem"' in wrong.get_data(as_text=True)
    assert 'value="Vilankulo Signatory of Alpha"' in wrong.get_data(as_text=True), "what was typed is kept"
    empty = client.post(address, data={"typed_name": "", "password": ""})
    assert empty.status_code == 422
    assert 'id="confirm-problem"' in empty.get_data(as_text=True)
    other = client.post(address, data={**whole, "typed_name": "Somebody Else"})
    assert other.status_code == 422
    assert 'id="typed_name-problem"' in other.get_data(as_text=True)
    with inside(place):
        assert db.session.scalars(select(Case.state).where(Case.reference == reference)).one() == "signing"
    assert client.post(address, data=whole).status_code == 303
    assert client.post(address, data=whole).status_code == 303, "a second press of the button is no second acceptance"
    with inside(place):
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        grant = queries.of_case(case.id)
        assert case.state == "under_way"
        assert grant is not None
        assert grant.accepted_address == "127.0.0.1"


def test_payments_are_entered_and_approved_on_the_page(place: Place, world: World, client_for: Client) -> None:
    from datetime import UTC, datetime

    reference = prepared(place, story.accepted, now=datetime.now(UTC) - 10 * DAY)
    day = (datetime.now(UTC) - DAY).date().isoformat()
    finance = client_for(world.email("alpha", "finance"))
    address = f"/alpha/grants/{reference}/payments/"
    good = {"tranche": "1", "amount": "43,200.00", "paid_on": day, "bank_reference": "TRX-1"}
    wrong = (("amount", "abc"), ("paid_on", "soon"), ("tranche", "²"), ("amount", "99999"), ("amount", "1e3"))
    for name, value in wrong:
        refused = finance.post(address, data={**good, name: value})
        assert refused.status_code == 422, name
    assert client_for(world.email("alpha", "manager")).post(address, data=good).status_code == 403
    assert client_for(world.email("alpha", "vilankulo.lead")).post(address, data=good).status_code == 403
    assert finance.post(address, data=good).status_code == 303
    with inside(place):
        payment_id = db.session.scalars(select(Payment.id)).one()
    client = client_for(world.email("alpha", "vilankulo.lead"))
    assert "TRX-1" not in client.get(f"/alpha/grants/{reference}/").get_data(as_text=True)
    assert finance.post(f"{address}{payment_id}/approve").status_code == 403
    manager = client_for(world.email("alpha", "manager"))
    assert "TRX-1" in manager.get(f"/alpha/grants/{reference}/?lang=ar").get_data(as_text=True)
    assert manager.post(f"{address}{payment_id}/refuse", data={"reason": " "}).status_code == 422
    assert manager.post(f"/alpha/grants/AL-2026-9999/payments/{payment_id}/approve").status_code == 404
    assert manager.post(f"{address}{payment_id}/approve").status_code == 303
    assert manager.post(f"{address}{payment_id}/approve").status_code == 409
    assert "TRX-1" in client.get(f"/alpha/grants/{reference}/").get_data(as_text=True)


def test_a_report_is_found_by_both_sides(place: Place, world: World, client_for: Client) -> None:
    reference = prepared(place, story.accepted) + "-R1"
    client = client_for(world.email("alpha", "vilankulo.lead")).get(f"/alpha/reports/{reference}/")
    assert client.status_code == 302
    assert client.location.endswith(f"/alpha/cases/{reference}/")
    staff = client_for(world.email("alpha", "officer")).get(f"/alpha/reports/{reference}/")
    assert staff.status_code == 302
    assert staff.location.endswith(f"/alpha/desk/{reference}/")
    assert client_for(world.email("alpha", "aleppo.lead")).get(f"/alpha/reports/{reference}/").status_code == 404
    officer = client_for(world.email("alpha", "officer"))
    assert officer.get(f"/alpha/reports/{reference.removesuffix('-R1')}/").status_code == 404


def test_few_queries_however_many_grants(place: Place, world: World, client_for: Client) -> None:
    with inside(place):
        for number in range(7):
            story.accepted(world, organisation="vilankulo" if number % 2 else "aleppo")
    counted: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            counted.append(statement)

    client = client_for(world.email("alpha", "officer"))
    client.get("/alpha/grants/")
    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert client.get("/alpha/grants/").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(counted) <= 9, counted
