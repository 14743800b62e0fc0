"""Pages kept for a minute: never another reader's, never older than what they show."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select

from portal.accounts.models import Membership, Person
from portal.cases import queries
from portal.cases.models import Event
from portal.cases.service.message import write_note
from portal.cases.service.move import make_move
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.pages import Kept, Question, Shelf, shelf
from portal.review.queries import desk as desk_queries
from portal.review.queries.desk import last_event
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted

ClientFor = Callable[[str | None], FlaskClient]


def make_case(place: Place) -> str:
    """A submitted case of the first tenant."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        reference = submitted(place.world).reference
        db.session.commit()
        return reference


def test_a_move_shows_at_once_on_the_desk_and_on_the_status_page(
    place: Place, world: World, client_for: ClientFor
) -> None:
    reference = make_case(place)
    officer, lead = client_for(world.email("alpha", "officer")), client_for(world.email("alpha", "vilankulo.lead"))
    desk, status, mine = "/alpha/desk/?tab=all", f"/alpha/cases/{reference}/", "/alpha/my/"
    before = {}
    for _ in range(3):
        before = {"desk": officer.get(desk).text, "status": lead.get(status).text, "mine": lead.get(mine).text}
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = queries.by_reference(world.actor("alpha", "officer"), reference)
        make_move(case, "find_complete", world.actor("alpha", "officer"), NOW)
        db.session.commit()
    assert officer.get(desk).text != before["desk"]
    assert lead.get(status).text != before["status"]
    assert lead.get(mine).text != before["mine"]


def test_a_page_is_the_readers_own(place: Place, world: World, client_for: ClientFor) -> None:
    make_case(place)
    shelf.clear()
    pages = {}
    for name in ("officer", "officer2"):
        client = client_for(world.email("alpha", name))
        for _ in range(3):
            pages[name] = client.get("/alpha/desk/?tab=all").text
    assert "Officer2 of Alpha" not in pages["officer"].split("<main")[0]
    assert "Officer2 of Alpha" in pages["officer2"].split("<main")[0]
    assert pages["officer"].count('name="csrf_token"') == pages["officer2"].count('name="csrf_token"')
    tokens = {page.split('name="csrf_token" value="')[1].split('"')[0] for page in pages.values()}
    assert len(tokens) == 2


def test_a_language_is_not_served_in_another(place: Place, world: World, client_for: ClientFor) -> None:
    make_case(place)
    client = client_for(world.email("alpha", "officer"))
    for _ in range(2):
        assert '<html lang="en"' in client.get("/alpha/desk/?lang=en").text
        assert '<html lang="ar"' in client.get("/alpha/desk/?lang=ar").text


def test_a_note_is_an_event_too(place: Place, world: World, client_for: ClientFor) -> None:
    reference = make_case(place)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        before = last_event()
        case = queries.by_reference(world.actor("alpha", "officer"), reference)
        write_note(case, "Look at the budget.", world.actor("alpha", "officer"), NOW)
        assert last_event() != before


def keep_warm(client: FlaskClient, path: str) -> str:
    """Look at a page until it lies on the shelf; returns it."""
    client.get(path)
    return client.get(path).text


def served_from_shelf(client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the page is served although its view would fail."""
    with monkeypatch.context() as broken:
        broken.setattr(desk_queries, "rows", lambda *_: 1 / 0)
        try:
            return client.get(path).status_code == 200
        except ZeroDivisionError:
            return False


def test_a_kept_page_is_gone_with_the_role_and_with_the_session(
    place: Place, world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(place)
    for change, status in (("role", 403), ("session", 302)):
        client = client_for(world.email("alpha", "officer2"))
        keep_warm(client, "/alpha/desk/")
        assert served_from_shelf(client, "/alpha/desk/", monkeypatch)
        with place.app.app_context():
            person = db.session.scalars(select(Person).where(Person.email == world.email("alpha", "officer2"))).one()
            if change == "role":
                db.session.execute(delete(Membership).where(Membership.person_id == person.id))
            else:
                person.session_key = "another"
            db.session.commit()
        answer = client.get("/alpha/desk/")
        assert answer.status_code == status, change
        if change == "role":
            with place.app.app_context():
                row = {
                    "tenant_id": world["alpha"].id,
                    "person_id": person.id,
                    "role": "programme_officer",
                    "since": NOW,
                }
                db.session.execute(insert(Membership).values(**row))
                db.session.commit()


def test_what_the_reader_changes_herself_she_sees_at_once(
    place: Place, world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(place)
    client = client_for(world.email("alpha", "officer"))
    page_before = keep_warm(client, "/alpha/desk/")
    assert served_from_shelf(client, "/alpha/desk/", monkeypatch)
    token = page_before.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/account/", data={"csrf_token": token, "name": "Another Name", "language": "en"})
    assert answer.status_code in (200, 303)
    assert not served_from_shelf(client, "/alpha/desk/", monkeypatch)


def test_a_kept_page_is_sent_compressed_and_with_the_same_headers(
    place: Place, world: World, client_for: ClientFor
) -> None:
    make_case(place)
    client = client_for(world.email("alpha", "officer"))
    made = client.get("/alpha/desk/")
    plain = client.get("/alpha/desk/")
    names = ("Content-Language", "Cache-Control", "Content-Security-Policy", "Content-Type")
    assert [plain.headers[name] for name in names] == [client.get("/alpha/desk/").headers[name] for name in names]
    assert made.headers["Cache-Control"] == plain.headers["Cache-Control"] == "no-store"
    for encoding, undo in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        # Not by the strict client, which reads pages as text.
        answer = FlaskClient.open(client, "/alpha/desk/", headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert undo(answer.data) == plain.data


def test_strangers_share_public_pages_and_see_a_new_event_at_once(
    place: Place, world: World, client_for: ClientFor
) -> None:
    make_case(place)
    shelf.clear()
    first, second = client_for(None), client_for(None)
    one = first.get("/alpha/projects/")
    two = second.get("/alpha/projects/")
    assert one.data == two.data
    assert two.headers["Cache-Control"] == "private, no-cache"
    assert second.get("/beta/projects/").data != two.data
    assert "Log in" not in keep_warm(client_for(world.email("alpha", "officer")), "/alpha/projects/").split("<main")[0]
    assert "Log in" in first.get("/alpha/projects/").text.split("<main")[0]


def test_a_statement_at_a_glance_must_name_the_tenant(place: Place, world: World) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id), pytest.raises(tenancy.CrossesTenants):
        Question(select(Event.id)).ask()


def page(size: int) -> Kept:
    return Kept(b"x" * size, "en", (), ())


def test_the_shelf_throws_away_what_was_not_read_for_longest() -> None:
    small = Shelf(1000)
    for number in range(12):
        small.put(number, page(100))
        small.get(0)
    assert small.get(0) is not None
    assert small.get(1) is None
    assert small.get(11) is not None
    small.put("large", page(900))
    assert small.get("large") is None
