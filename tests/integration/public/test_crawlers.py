"""What search engines are told: every public page, nothing that is not, in answers of a bounded size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.calls.models import Call
from portal.infra import access, sitemap, tenancy
from portal.infra.db import db
from portal.infra.pages import shelf
from portal.public import queries
from portal.public.views import crawlers
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.public.test_public import make_case

Clients = Callable[[str | None], FlaskClient]
BASE = "http://127.0.0.1:8000"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
PRIVATE = ("draft", "deciding", "embargoed", "decided", "declined", "withdrawn", "discarded", "lapsed", "not_eligible")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Cases are written here without an event: pages that are kept would not notice."""
    for forget in (queries.forget, shelf.clear):
        forget()
    yield
    for forget in (queries.forget, shelf.clear):
        forget()


@pytest.fixture
def told(place: Place, world: World) -> World:
    """Funded projects of two tenants, and one case in every state that is nobody's business."""
    with place.app.app_context():
        for slug, count in (("alpha", 5), ("beta", 1)):
            with tenancy.scope(world[slug].id):
                for number in range(1, count + 1):
                    make_case(world, slug, number, "under_way")
                for number, state in enumerate(PRIVATE, start=900):
                    make_case(world, slug, number, state, is_submitted=state != "draft")
                make_case(world, slug, 950, "under_way", amount=None)  # commits no money
                db.session.commit()
        db.session.remove()
    return world


def locations(text: str) -> list[str]:
    """The addresses a sitemap names."""
    return [str(found.text) for found in ET.fromstring(text).iter(f"{SITEMAP}loc")]


def everything(client: FlaskClient) -> list[str]:
    """The addresses of all pages of all files that the index names."""
    files = locations(client.get("/sitemap.xml").text)
    return [page for file in files for page in locations(client.get(file.removeprefix(BASE)).text)]


def test_every_page_that_is_listed_can_be_read_by_anybody_and_by_a_program(told: World, client_for: Clients) -> None:
    client = client_for(None)
    pages = everything(client)
    assert len(pages) == len(set(pages)) > 2 * len(crawlers.PAGES)
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    for page in pages:
        assert page.startswith(BASE)
        assert client.get(page.removeprefix(BASE)).status_code == 200, page
        assert robots.can_fetch("any", page), page


def test_nothing_private_is_listed(told: World, client_for: Clients, place: Place) -> None:
    for person in (None, told.email("alpha", "manager")):
        found = [page.removeprefix(BASE) for page in everything(client_for(person))]
        projects = [page for page in found if re.search(r"/projects/.", page)]
        assert projects == [*(f"/alpha/projects/AL-2026-{n:04}/" for n in range(1, 6)), "/beta/projects/BE-2026-0001/"]


def test_a_case_is_listed_when_it_is_told_and_not_before(place: Place, world: World, client_for: Clients) -> None:
    """Draft, kept back and withdrawn by the ways they really go; then the letter of an approval is sent."""
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    hour = timedelta(hours=1)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        stories.start_draft(world, "alpha", "vilankulo", now=now)
        stories.withdrawn(world, stories.submitted(world, now=now), now + hour)
        cases = [stories.submitted(world, now=now) for _ in range(2)]
        for case in cases:
            for number, verb in enumerate(stories.TO_DECIDING, start=1):
                verb(world, case, now + number * hour)
        later = now + 20 * hour
        stories.approved(world, stories.kept_back(world, cases[0], later), later + hour)
        assert cases[0].state == "embargoed"
        stories.approved(world, cases[1], later)
        db.session.commit()
        assert queries.project_count() == 0
        queries.forget()
        stories.letter_sent(world, cases[1], later + hour)
        db.session.commit()
        reference = cases[1].reference
    client = client_for(None)
    assert locations(client.get("/alpha/sitemap-projects-1.xml").text) == [f"{BASE}/alpha/projects/{reference}/"]
    assert client.get("/beta/sitemap-projects-1.xml").status_code == 404


def test_a_call_is_listed_once_it_is_announced(place: Place, world: World, client_for: Clients) -> None:
    listed = f"{BASE}/alpha/calls/preparatory-grants/"
    client = client_for(None)
    assert listed in locations(client.get("/alpha/sitemap.xml").text)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        call = db.session.query(Call).filter_by(code="preparatory-grants").one()
        call.is_draft = True
        db.session.commit()
    assert listed not in locations(client.get("/alpha/sitemap.xml").text)


def test_each_page_names_its_languages(told: World, client_for: Clients) -> None:
    client = client_for(None)
    root = ET.fromstring(client.get("/alpha/sitemap-projects-1.xml").text)
    for page in root.iter(f"{SITEMAP}url"):
        ways = {str(link.get("hreflang")): str(link.get("href")) for link in page.iter(f"{XHTML}link")}
        assert ways.pop("x-default") == page.findtext(f"{SITEMAP}loc")
        assert set(ways) >= {"en", "fr", "pt", "ar"}
        for code, address in ways.items():
            answer = client.get(address.removeprefix(BASE))
            assert answer.headers["Content-Language"] == code


def test_many_projects_are_many_files(told: World, client_for: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    client = client_for(None)
    files = [file for file in locations(client.get("/sitemap.xml").text) if "/alpha/sitemap-" in file]
    assert files == [f"{BASE}/alpha/sitemap-projects-{number}.xml" for number in (1, 2, 3)]
    pages = [locations(client.get(file.removeprefix(BASE)).text) for file in files]
    assert [len(page) for page in pages] == [2, 2, 1]
    for number in (0, 4, 2**31 - 1, 2**40):
        assert client.get(f"/alpha/sitemap-projects-{number}.xml").status_code == 404


def test_few_questions_are_asked(told: World, place: Place, client_for: Clients) -> None:
    client = client_for(None)
    client.get("/sitemap.xml")
    asked: list[str] = []
    with place.app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "cases" in statement or "call" in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for path, most in (("/sitemap.xml", 2), ("/alpha/sitemap-projects-1.xml", 1), ("/alpha/sitemap.xml", 2)):
            asked.clear()
            client.get(path)
            assert len(asked) <= most, asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_every_page_is_listed_or_closed_or_said_why(sqlite_place: Place) -> None:
    """A public page with an address of its own is in the sitemap; what is not public, programs may not read."""
    app = sqlite_place.app
    closed = crawlers.closed_paths(app)
    no_page = {
        "accounts.start", "calls.questions_feed", "insight.performance_csv", "insight.performance_feed",
        "insight.performance_json", "public.brand", "public.change_password", "public.favicon", "public.health",
        "public.robots", "public.security", "public.sitemap_index", "public.sitemap_pages", "public.sitemap_projects",
        "static",
    }  # fmt: skip
    listed = {*crawlers.PAGES, "calls.call", "public.project"}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        is_closed = any(rule.rule.startswith(path) for path in closed)
        is_public = access.declared(app, rule.endpoint) == access.PUBLIC
        is_listed = rule.endpoint in listed | no_page
        assert is_closed != is_listed, rule.endpoint
        assert is_public or is_closed, rule.endpoint


def test_few_lines_say_what_is_closed(sqlite_place: Place) -> None:
    closed = crawlers.closed_paths(sqlite_place.app)
    assert {"/<tenant>/admin/", "/<tenant>/desk/", "/<tenant>/my/", "/account/", "/login"} <= set(closed)
    assert len(closed) < 20


def test_programs_keep_out_of_what_is_not_for_everybody(told: World, client_for: Clients) -> None:
    answer = client_for(None).get("/robots.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert f"Sitemap: {BASE}/sitemap.xml" in answer.text
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    for slug in ("alpha", "beta"):
        for path in ("desk/", "desk/AL-2026-0001/", "admin/standards/", "my/", "cases/AL-2026-0001/", "feeds/abc.ics"):
            assert not robots.can_fetch("any", f"{BASE}/{slug}/{path}"), path
        assert robots.can_fetch("any", f"{BASE}/{slug}/calls/")
    for path in ("/login", "/account/", "/account/reset/abc", "/account/invitation/abc"):
        assert not robots.can_fetch("any", f"{BASE}{path}"), path


def test_other_addresses_that_programs_ask_for(place: Place, client_for: Clients) -> None:
    client = client_for(None)
    assert re.search(r"^/static/img/mark\.svg", client.get("/favicon.ico").headers["Location"])
    answer = client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/#password")
    assert client.get("/.well-known/nothing-that-there-is").status_code == 404
    assert client.get("/.well-known/security.txt").status_code == 404
    settings = place.app.config["PORTAL"]
    object.__setattr__(settings, "security_contact", "mailto:security@example.org")
    try:
        text = client.get("/.well-known/security.txt").text
    finally:
        object.__setattr__(settings, "security_contact", "")
    assert text.startswith("Contact: mailto:security@example.org\nExpires: 2")
