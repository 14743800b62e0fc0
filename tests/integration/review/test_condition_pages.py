"""The pages on which conditions are followed, for both sides, and closed to everybody else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.review.queries import followed
from portal.review.service import letter
from tests.conftest import Place
from tests.factories import World
from tests.integration.members.test_sponsors import PDF
from tests.integration.review.decided import LATER, approved_with_conditions, read_and_send
from tests.integration.review.road import at

Clients = Callable[[str | None], FlaskClient]


def token_of(client: FlaskClient) -> str:
    """A token for this client's forms."""
    return client.get("/account/").text.split('name="csrf_token" value="')[1].split('"')[0]


@pytest.fixture
def followed_case(place: Place, world: World) -> tuple[str, list[str]]:
    """A case of Vilankulo's with two conditions that it was told: its reference, their ids."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = approved_with_conditions(world)
        found = case.reference, [str(row.id) for row in followed.of_case(case.id)]
        db.session.commit()
        db.session.remove()
    return found


def test_the_client_answers_and_the_officer_accepts(
    world: World, client_for: Clients, followed_case: tuple[str, list[str]]
) -> None:
    reference, (first, second) = followed_case
    lead, officer = client_for(world.email("alpha", "vilankulo.lead")), client_for(world.email("alpha", "officer"))
    assert f"/alpha/cases/{reference}/conditions/" in lead.get(f"/alpha/cases/{reference}/?lang=en").text
    page = lead.get(f"/alpha/cases/{reference}/conditions/?lang=en").text
    assert "Name a leader" in page
    answer = {"csrf_token": token_of(lead), "words": ""}
    path = f"/alpha/cases/{reference}/conditions/{first}/"
    assert lead.post(path, data=answer).status_code == 422
    assert lead.post(path, data=answer | {"words": "See the minutes."}).status_code == 303
    tab = officer.get(f"/alpha/desk/{reference}/?tab=conditions&lang=en").text
    assert "See the minutes." in tab
    desk, form = f"/alpha/desk/{reference}/conditions", {"csrf_token": token_of(officer)}
    assert officer.post(f"{desk}/{first}/", data=form | {"do": "meet", "words": "Seen."}).status_code == 303
    assert officer.post(f"{desk}/{first}/", data=form | {"do": "meet", "words": "Seen."}).status_code == 409
    assert officer.post(f"{desk}/{second}/", data=form | {"do": "waive", "words": "No need."}).status_code == 403
    assert officer.post(f"{desk}/{second}/", data=form | {"do": "date", "due_on": "soon"}).status_code == 422
    due = date(2026, 1, 31).isoformat()
    assert officer.post(f"{desk}/{second}/", data=form | {"do": "date", "due_on": due}).status_code == 303
    assert "Late" in lead.get(f"/alpha/cases/{reference}/conditions/?lang=en").text
    assert officer.post(f"{desk}/{second}/", data=form | {"do": "nothing"}).status_code == 404
    assert "Name a leader" in officer.get(f"/alpha/grants/{reference}/?lang=en").text


def test_strangers_find_nothing(world: World, client_for: Clients, followed_case: tuple[str, list[str]]) -> None:
    reference, (first, _) = followed_case
    other = client_for(world.email("alpha", "aleppo.lead"))
    form = {"csrf_token": token_of(other), "words": "Ours."}
    assert other.get(f"/alpha/cases/{reference}/conditions/").status_code == 404
    assert other.post(f"/alpha/cases/{reference}/conditions/{first}/", data=form).status_code == 404
    assert other.get(f"/alpha/desk/{reference}/?tab=conditions").status_code == 404
    foreign = client_for(world.email("beta", "officer"))
    form = {"csrf_token": token_of(foreign), "do": "meet", "words": "Seen."}
    assert foreign.post(f"/beta/desk/{reference}/conditions/{first}/", data=form).status_code == 404
    translator = client_for(world.email("alpha", "translator"))
    form = {"csrf_token": token_of(translator), "do": "meet", "words": "Seen."}
    assert translator.post(f"/alpha/desk/{reference}/conditions/{first}/", data=form).status_code in (403, 404)


def test_a_document_shows_it_and_is_distrusted(
    place: Place, world: World, client_for: Clients, followed_case: tuple[str, list[str]]
) -> None:
    reference, (first, second) = followed_case
    lead, officer = client_for(world.email("alpha", "vilankulo.lead")), client_for(world.email("alpha", "officer"))
    page, path = f"/alpha/cases/{reference}/conditions/", f"/alpha/cases/{reference}/conditions/{first}/"

    def send(words: str, name: str, content: bytes) -> TestResponse:
        file = (io.BytesIO(content), name)
        return lead.post(path, data={"csrf_token": token_of(lead), "words": words, "document": file})

    refused = send("See the minutes.", "minutes.pdf", b"MZ this is a programme")
    assert refused.status_code == 422
    assert "See the minutes." in refused.text, "what was written is not lost"
    assert send("See it.", "minutes.exe", PDF).status_code == 422
    assert "minutes" not in lead.get(page).text
    assert send("See the minutes.", "../../minutes <1>.pdf", PDF).status_code == 303
    own = f"{path}document/"
    desk = f"/alpha/desk/{reference}/conditions/{first}/document/"
    assert own in lead.get(page).text
    assert desk in officer.get(f"/alpha/desk/{reference}/?tab=conditions").text
    for reader, address in ((lead, own), (officer, desk)):
        with reader.get(address) as answer:
            assert answer.data == PDF
            assert answer.headers["Content-Disposition"].startswith("attachment")
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        key = db.session.scalars(select(StoredFile.id).where(StoredFile.question == f"condition.{first}")).one()
        db.session.remove()
    closed = (own, desk, f"/alpha/desk/{reference}/files/{key}/", f"/alpha/cases/{reference}/files/{key}/")
    for email in ("aleppo.lead", "translator", "stranger"):
        for address in closed:
            assert client_for(world.email("alpha", email)).get(address).status_code in (403, 404), (email, address)
    assert client_for(world.email("alpha", "aleppo.lead")).get(own).status_code == 404
    assert client_for(world.email("alpha", "translator")).get(desk).status_code == 404
    foreign = client_for(world.email("beta", "officer"))
    for address in closed:
        assert foreign.get(address.replace("/alpha/", "/beta/")).status_code in (403, 404)
    assert foreign.get(desk.replace("/alpha/", "/beta/")).status_code == 404
    assert lead.get(own.replace(first, second)).status_code == 404, "there is none for the other"
    form = {"csrf_token": token_of(officer), "do": "refuse", "words": "It is not signed."}
    assert officer.post(f"/alpha/desk/{reference}/conditions/{first}/", data=form).status_code == 303
    again = {"csrf_token": token_of(lead), "words": "It is signed on page 2."}
    assert lead.post(path, data=again).status_code == 303
    assert "minutes _1_.pdf" in lead.get(page).text, "what was sent before stands until something takes its place"
    assert send("Signed.", "signed.pdf", PDF).status_code == 303
    assert "signed.pdf" in lead.get(page).text
    assert "minutes _1_.pdf" not in lead.get(page).text


def test_in_arabic_the_client_reads_her_letters_own_words(place: Place, world: World, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = at(world, "decided", organisation="aleppo")
        words = {"grounds": "يخدم الأحياء الأفقر.", "conditions": "تعيين مسؤول\nفتح حساب"}
        letter.reword_letter(case, "ar", words, world.actor("alpha", "officer"), LATER)
        reference = read_and_send(case, world).reference
        db.session.commit()
        db.session.remove()
    page = client_for(world.email("alpha", "aleppo.lead")).get(f"/alpha/cases/{reference}/conditions/?lang=ar").text
    assert 'dir="auto" lang="ar">تعيين مسؤول' in page
    assert "Name a leader" not in page
