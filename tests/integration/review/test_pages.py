"""The secretariat's pages: who sees what, what a wrong question gets, how much a page asks of the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.cases.models import Case, Document
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.pages import shelf
from portal.review.queries import desk as queries
from portal.review.rules.desk import Filters
from portal.review.rules.desk import Place as Here
from tests.conftest import Place
from tests.factories import World
from tests.integration.review.road import CRITERIA, at

TABS = ("answers", "assessment", "documents", "messages", "notes", "clocks", "history")
Client = Callable[[str | None], FlaskClient]


def make(place: Place, state: str, slug: str = "alpha", organisation: str = "vilankulo") -> str:
    """A case in a state, committed; its reference."""
    world = place.world
    with place.app.app_context(), tenancy.scope(world[slug].id):
        reference = at(world, state, slug, organisation, now=datetime.now(UTC).replace(microsecond=0)).reference
        db.session.commit()
        db.session.remove()
    return reference


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("state", ["checking", "assessing", "deciding", "decided"])
def test_every_tab_of_a_case_in_every_state(
    place: Place, world: World, client_for: Client, state: str, language: str
) -> None:
    reference = make(place, state)
    client = client_for(world.email("alpha", "officer"))
    for tab in TABS:
        page = client.get(f"/alpha/desk/{reference}/?tab={tab}&lang={language}")
        assert page.status_code == 200, tab
        assert reference in page.text
    desk = client.get(f"/alpha/desk/?tab=all&lang={language}")
    assert reference in desk.text


def test_only_the_own_tenants_cases_are_on_the_desk(place: Place, world: World, client_for: Client) -> None:
    ours = [make(place, "checking"), make(place, "checking", organisation="aleppo")]
    theirs = make(place, "checking", "beta", "douala")
    client = client_for(world.email("alpha", "manager"))
    text = client.get("/alpha/desk/?tab=all").text
    assert all(reference in text for reference in ours)
    assert theirs not in text
    assert client.get(f"/alpha/desk/{theirs}/").status_code == 404
    assert client.get(f"/beta/desk/{theirs}/").status_code == 404


def test_a_filter_that_does_not_exist_is_named(place: Place, world: World, client_for: Client) -> None:
    make(place, "checking")
    client = client_for(world.email("alpha", "officer"))
    for wrong in ("tab=x", "state=x", "country=xyz", "language=xx", "monitor=me", "overdue=2", "after=x", "before=zz"):
        page = client.get(f"/alpha/desk/?{wrong}")
        assert page.status_code == 422, wrong
        assert "cannot be used" in page.text
    for right in (
        "tab=all",
        "state=checking",
        "country=MZ",
        "language=pt",
        "monitor=nobody",
        "overdue=1",
        "q=strategy",
    ):
        assert client.get(f"/alpha/desk/?{right}").status_code == 200, right


def test_filters_and_search_find_and_leave_out(place: Place, world: World, client_for: Client) -> None:
    one, two = make(place, "checking"), make(place, "translating", organisation="aleppo")
    client = client_for(world.email("alpha", "manager"))
    for asked, hit, miss in (
        ("tab=all&country=MZ", one, two),
        ("tab=all&language=ar", two, one),
        ("tab=translating", two, one),
        ("tab=all&state=checking", one, two),
        (f"q={two}", two, one),
    ):
        text = client.get(f"/alpha/desk/?{asked}").text
        assert hit in text, asked
        assert miss not in text, asked


def test_an_auditor_reads_everything_and_writes_nothing(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "decided")
    client = client_for(world.email("alpha", "auditor"))
    for tab in TABS:
        assert client.get(f"/alpha/desk/{reference}/?tab={tab}").status_code == 200
    assert client.get(f"/alpha/desk/{reference}/letter/").status_code == 200
    for path in (
        "messages/",
        "assessment/",
        "assign/",
        "moves/send_letter/",
        "letter/seen",
        "letter/words",
        "translation/",
    ):
        place.app.config["WTF_CSRF_ENABLED"] = False
        assert client.post(f"/alpha/desk/{reference}/{path}").status_code == 403, path
    place.app.config["WTF_CSRF_ENABLED"] = True


def test_a_translator_sees_only_what_was_or_is_to_be_translated(place: Place, world: World, client_for: Client) -> None:
    closed, waiting = make(place, "checking"), make(place, "translating")
    client = client_for(world.email("alpha", "translator"))
    assert client.get("/alpha/desk/").status_code == 302
    assert waiting in client.get("/alpha/inbox/").text
    assert client.get(f"/alpha/desk/{closed}/").status_code == 404
    assert client.get(f"/alpha/desk/{waiting}/").status_code == 200
    assert client.get(f"/alpha/desk/{waiting}/?tab=notes").status_code == 404
    assert client.get(f"/alpha/desk/{waiting}/letter/").status_code == 404


def test_an_applicant_has_no_desk(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "checking")
    client = client_for(world.email("alpha", "vilankulo.lead"))
    assert client.get("/alpha/desk/").status_code == 403
    assert client.get(f"/alpha/desk/{reference}/").status_code == 403


@pytest.fixture
def counted(place: Place) -> Iterator[list[str]]:
    """The statements sent to the database from now on."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            seen.append(statement)

    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_desk_asks_the_same_few_questions_however_many_rows(
    place: Place, world: World, client_for: Client, counted: list[str]
) -> None:
    client = client_for(world.email("alpha", "officer"))
    needed = []
    for _ in range(2):
        for _ in range(3):
            make(place, "checking")
        client.get("/alpha/desk/?tab=all")
        queries.forget()
        shelf.clear()
        counted.clear()
        client.get("/alpha/desk/?tab=all")
        needed.append(len(counted))
    assert needed[0] == needed[1]
    assert needed[0] <= 7, counted
    shelf.clear()
    counted.clear()
    client.get("/alpha/desk/?tab=all")
    assert len(counted) <= 4, "figures are not counted again while nothing happens"


def test_pages_of_the_list_follow_each_other(place: Place, world: World) -> None:
    references = {make(place, "checking") for _ in range(5)}
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        # The same promise for all: the id alone has to keep them apart.
        at_once = datetime(2027, 1, 1, tzinfo=UTC)
        for case in db.session.query(Case):
            case.urgent_at = at_once
        db.session.commit()
        seen: list[str] = []
        here = None
        for _ in range(5):
            rows, more = queries.rows(None, Filters(tab="all"), here, at_once, limit=2)
            seen += [row.reference for row in rows]
            here = Here(rows[-1].urgent_at, rows[-1].id)
            if not more:
                break
        assert sorted(seen) == sorted(references)
        back, more = queries.rows(
            None, Filters(tab="all"), Here(here.at, here.case_id, backwards=True), at_once, limit=10
        )
        assert [row.reference for row in back] == seen[:4]
        assert not more


@pytest.fixture
def unguarded(place: Place) -> Iterator[None]:
    """Posts without the form's token; the token itself has tests of its own."""
    place.app.config["WTF_CSRF_ENABLED"] = False
    yield
    place.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.usefixtures("unguarded")
def test_a_text_is_a_note_unless_sending_was_chosen(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "checking")
    officer = client_for(world.email("alpha", "officer"))
    address = f"/alpha/desk/{reference}/"
    assert officer.post(f"{address}messages/", data={"body": "Between ourselves"}).status_code == 303
    assert "Between ourselves" in officer.get(f"{address}?tab=notes").text
    assert "Between ourselves" not in officer.get(f"{address}?tab=messages").text
    assert officer.post(f"{address}messages/", data={"body": "Dear applicant", "to": "applicant"}).status_code == 303
    assert "Dear applicant" in officer.get(f"{address}?tab=messages").text
    empty = officer.post(f"{address}messages/", data={"body": " ", "to": "applicant"})
    assert empty.status_code == 422
    finance = client_for(world.email("alpha", "finance"))
    refused = finance.post(f"{address}messages/", data={"body": "x", "to": "applicant"})
    assert refused.status_code == 403


@pytest.mark.usefixtures("unguarded")
def test_a_move_that_asks_keeps_what_was_typed_and_is_made_once(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "checking")
    officer = client_for(world.email("alpha", "officer"))
    address = f"/alpha/desk/{reference}/moves/return_sections/"
    assert officer.get(address).status_code == 200
    typed = {"sections": ["purpose", "budget"], "sections-purpose": "Say who lives there.", "sections-budget": ""}
    wrong = officer.post(address, data=typed)
    assert wrong.status_code == 422
    assert "Say who lives there." in wrong.text
    right = typed | {"sections-budget": "It does not add up.", "key": "k" * 24}
    assert officer.post(address, data=right).status_code == 303
    assert officer.post(address, data=right).status_code == 303  # the double click changes nothing
    assert officer.post(address, data=right | {"key": "other"}).status_code == 409
    assert officer.get(f"/alpha/desk/{reference}/moves/nonsense/").status_code == 404
    assert client_for(world.email("alpha", "finance")).get(address).status_code in (403, 409)


@pytest.mark.usefixtures("unguarded")
def test_an_assessment_over_the_web(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "assessing")
    officer = client_for(world.email("alpha", "officer"))
    address = f"/alpha/desk/{reference}/assessment/"
    half = {"objective": "met", "summary": "A first thought", "do": "file"}
    refused = officer.post(address, data=half)
    assert refused.status_code == 422
    assert "A first thought" in officer.get(f"/alpha/desk/{reference}/?tab=assessment").text
    whole = dict.fromkeys(CRITERIA, "met") | {"recommendation": "approve", "summary": "Sound.", "do": "file"}
    assert officer.post(address, data=whole).status_code == 303
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert db.session.query(Case).filter_by(reference=reference).one().state == "deciding"


@pytest.mark.usefixtures("unguarded")
def test_a_letter_over_the_web(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "decided")
    officer = client_for(world.email("alpha", "officer"))
    address = f"/alpha/desk/{reference}/letter/"
    page = officer.get(address)
    shown = re.findall(r'name="letter" value="([^"]+)"', page.text)
    assert len(shown) == 2
    words = {"language": "pt", "conditions": "Nomear um responsável"}
    assert officer.post(f"{address}words", data=words | {"conditions": ""}).status_code == 422
    assert officer.post(f"{address}words", data=words).status_code == 303
    assert officer.post(f"{address}seen", data={"letter": shown}).status_code == 409  # worded anew since
    shown = re.findall(r'name="letter" value="([^"]+)"', officer.get(address).text)
    assert officer.post(f"{address}seen", data={"letter": shown}).status_code == 303
    refused = client_for(world.email("alpha", "officer2")).post(f"/alpha/desk/{reference}/moves/send_letter/")
    assert refused.status_code == 409
    assert client_for(world.email("alpha", "manager")).get(address).status_code == 200


@pytest.mark.usefixtures("unguarded")
def test_a_case_is_given_to_another_officer(place: Place, world: World, client_for: Client) -> None:
    reference = make(place, "checking")
    manager = client_for(world.email("alpha", "manager"))
    address = f"/alpha/desk/{reference}/assign/"
    assert manager.get(address).status_code == 200
    assert manager.post(address, data={"monitor": "nonsense"}).status_code == 422
    assert manager.post(address, data={"monitor": str(world["beta"].people["officer"])}).status_code == 422
    assert manager.post(address, data={"monitor": str(world["alpha"].people["officer2"])}).status_code == 303
    assert reference in client_for(world.email("alpha", "officer2")).get("/alpha/desk/").text


def test_documents_and_files_are_handed_out_within_the_case_only(
    place: Place, world: World, client_for: Client
) -> None:
    one, two = make(place, "checking"), make(place, "checking", organisation="aleppo")
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = db.session.query(Case).filter_by(reference=one).one()
        document = db.session.query(Document).filter_by(case_id=case.id).one().id
    officer = client_for(world.email("alpha", "officer"))
    assert officer.get(f"/alpha/desk/{one}/documents/{document}/").status_code == 202  # the job has not run
    assert officer.get(f"/alpha/desk/{two}/documents/{document}/").status_code == 404
    assert officer.get(f"/alpha/desk/{one}/files/{document}/").status_code == 404
