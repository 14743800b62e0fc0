"""Pages kept for a minute: never another reader's, never older than what they show."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from portal.cases import queries
from portal.cases.service.message import write_note
from portal.cases.service.move import make_move
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.pages import Shelf, shelf
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
    desk, status, mine = "/alpha/desk/?tab=all&lang=en", f"/alpha/cases/{reference}/?lang=en", "/alpha/my/?lang=en"
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
            pages[name] = client.get("/alpha/desk/?tab=all&lang=en").text
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


def test_the_shelf_throws_away_what_was_not_read_for_longest() -> None:
    small = Shelf(1000)
    for number in range(12):
        small.put(number, b"x" * 100)
        small.get(0)
    assert small.get(0) is not None
    assert small.get(1) is None
    assert small.get(11) is not None
    small.put("large", b"x" * 900)
    assert small.get("large") is None
