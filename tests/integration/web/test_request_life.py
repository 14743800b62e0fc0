"""The life of a request: headers, forms, redirects, one transaction, refusals as pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from portal.accounts.models import Person
from portal.infra import access
from portal.infra.db import db
from portal.infra.web import safe_next
from tests.conftest import Place
from tests.factories import World

ClientFor = Callable[[str | None], FlaskClient]
#: Once with slashes, once without: only the second reaches the views through the parts of a path.
HOSTILE = "\x00\ud800'\"<script>%s%(x)s{{7*7}}../../etc/passwd" + "é" * 3000


def test_every_answer_carries_the_headers_that_protect_it(client_for: ClientFor) -> None:
    for path in ("/login", "/alpha/", "/nowhere/at/all"):
        headers = client_for(None).get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_behind_tls_cookies_are_secure_and_the_browser_is_told_to_stay(place: Place, monkeypatch: Any) -> None:
    from dataclasses import replace

    from portal import create_app

    app = create_app(replace(place.settings, base_url="https://grants.example.org"), testing=True)
    answer = app.test_client().get("/login", base_url="https://grants.example.org")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with app.app_context():
        db.engine.dispose()


def test_a_post_without_its_token_is_refused(client_for: ClientFor, world: World) -> None:
    client = client_for(world.email("alpha", "officer"))
    answer = client.post("/logout")
    assert answer.status_code == 400


OURS = {"Origin": "http://localhost"}
TYPED = "Written for an hour,\r\nline by line: <b>مرحبا</b>"


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser sends them."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in pairs}


def test_a_form_sent_after_the_session_ended_is_kept_and_sent_again(client_for: ClientFor, world: World) -> None:
    email = world.email("alpha", "officer")
    nobody = client_for(None)
    sent = {"csrf_token": "of a session that has ended", "name": TYPED, "new_password": "hush hush", "language": "fr"}
    refused = nobody.post("/account/", data=sent, headers=OURS)
    assert refused.status_code == 401
    assert escape(TYPED) in refused.text
    assert "hush" not in refused.text
    again = hidden(refused.text)
    assert again["name"] == TYPED
    assert again["csrf_token"] != sent["csrf_token"]
    # She logs in beside it; the token of that page is still of the session before, the one of the next is not.
    client = client_for(email)
    once = client.post("/account/", data=again, headers=OURS)
    assert once.status_code == 400
    assert hidden(once.text)["name"] == TYPED
    assert client.post("/account/", data=hidden(once.text), headers=OURS).status_code < 400


def test_a_script_is_told_that_the_session_has_ended(client_for: ClientFor) -> None:
    answer = client_for(None).post("/account/", data={"name": TYPED}, headers={"Accept": "application/json"})
    assert answer.status_code == 401, "not that its token is wrong: the page tells its reader to log in"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"},
                                     {"Origin": "null", "Referer": "http://localhost/"}])  # fmt: skip
def test_a_form_of_another_site_does_not_come_back_as_one_of_ours(
    client_for: ClientFor, world: World, headers: dict[str, str]
) -> None:
    client = client_for(world.email("alpha", "officer"))
    refused = client.post("/account/", data={"name": TYPED}, headers=headers)
    assert refused.status_code == 400
    assert hidden(refused.text) == {}


@pytest.mark.parametrize("target", [
    "//evil.example/", "https://evil.example/", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
    "javascript:1", "evil", "", None, "/%0a/evil\n", "////evil.example",
])  # fmt: skip
def test_after_log_in_nobody_is_sent_to_another_host(target: str | None) -> None:
    assert safe_next(target, "/home") == "/home"


@pytest.mark.parametrize("target", ["/alpha/desk/", "/alpha/desk/?tab=all&lang=ar", "/"])
def test_after_log_in_our_own_pages_are_kept(target: str) -> None:
    assert safe_next(target, "/home") == target


def test_every_page_declares_who_may_see_it(place: Place) -> None:
    assert access.undeclared(place.app) == []


def test_a_page_that_declares_nothing_stops_the_start(place: Place) -> None:
    from portal.application import refuse_undeclared

    app = Flask("other")
    app.add_url_rule("/x", "silent", lambda: "x")
    with pytest.raises(RuntimeError, match="silent"):
        refuse_undeclared(app)


def test_a_get_never_writes(place: Place, client_for: ClientFor, world: World) -> None:
    def sneaky() -> str:
        person = db.session.scalars(select(Person).where(Person.email == world.email("alpha", "officer"))).one()
        person.name = "changed by a GET"
        db.session.flush()
        return "done"

    original = place.app.view_functions["public.health"]
    place.app.view_functions["public.health"] = access.public_page(lambda: jsonify(sneaky()))
    try:
        assert client_for(None).get("/health").json == "done"
    finally:
        place.app.view_functions["public.health"] = original
    with place.app.app_context():
        assert not list(db.session.scalars(select(Person).where(Person.name == "changed by a GET")))


def test_an_unknown_tenant_and_an_unknown_page_are_not_found(client_for: ClientFor) -> None:
    for path in ("/gamma/", "/gamma/desk/", "/alpha/desk/nothing/at/all", "/favicon.ico.php"):
        answer = client_for(None).get(path, follow_redirects=True)
        assert answer.status_code == 404, path


def test_somebody_of_another_tenant_is_refused(client_for: ClientFor, world: World) -> None:
    client = client_for(world.email("beta", "officer"))
    assert client.get("/alpha/desk/").status_code == 403
    assert client.get("/beta/desk/").status_code == 200


def test_nobody_is_asked_to_log_in_and_comes_back(client_for: ClientFor) -> None:
    answer = client_for(None).get("/alpha/desk/?tab=all")
    assert answer.status_code == 302
    assert re.search(r"/login\?next=/alpha/desk/\?tab%3Dall$", answer.headers["Location"])


def test_the_language_is_asked_for_or_the_browsers_and_keeps_the_page(client_for: ClientFor) -> None:
    client = client_for(None)
    arabic = client.get("/alpha/?lang=ar").get_data(as_text=True)
    assert re.search(r'<html lang="ar" dir="rtl"', arabic)
    assert 'lang="ar"' in client.get("/alpha/calls/").get_data(as_text=True)
    french = client_for(None).get("/alpha/", headers={"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})
    assert french.headers["Content-Language"] == "fr"
    unknown = client_for(None).get("/alpha/?lang=xx", headers={"Accept-Language": "xx"})
    assert unknown.headers["Content-Language"] == "en"


HOSTILE_PATHS = (
    "/alpha/desk/?tab={x}&after={x}&q={x}&country={x}&monitor={x}&language={x}&state={x}",
    "/alpha/projects/?q={x}&country={x}&after={x}", "/alpha/my/?after={x}", "/alpha/status/?reference={x}&code={x}",
    "/alpha/cities/?q={x}&country={x}", "/alpha/?lang={x}", "/login?next={x}", "/alpha/calls/{x}/", "/alpha/desk/{x}/",
    "/alpha/cases/{x}/", "/alpha/cases/{x}/edit/{x}/", "/alpha/grants/{x}/", "/account/reset/{x}", "/{x}/",
    "/alpha/projects/{x}/", "/alpha/reports/{x}/", "/alpha/desk/{x}/letter/", "/alpha/desk/{x}/translation/",
    "/alpha/cases/{x}/moves/{x}/", "/alpha/desk/?q={x}", "/alpha/desk/?country={x}", "/alpha/desk/?state={x}",
    "/alpha/grants/?after={x}", "/alpha/admin/mail/?q={x}&state={x}", "/alpha/admin/mail/?after={x}",
    "/alpha/admin/mail/?before={x}", "/alpha/projects/?country={x}", "/alpha/projects/?q={x}",
)  # fmt: skip


def test_hostile_addresses_are_answered_and_never_break(client_for: ClientFor, world: World) -> None:
    for email in (None, world.email("alpha", "officer"), world.email("alpha", "vilankulo.lead")):
        client = client_for(email)
        for words in (HOSTILE, HOSTILE.replace("/", ""), "\x00", "A\x00"):
            hostile = quote(words.encode("utf-8", "surrogatepass")[:1500], safe="")
            for path in HOSTILE_PATHS:
                answer = client.get(path.replace("{x}", hostile))
                assert answer.status_code < 500, (path, email)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40], ids=["beyond four bytes", "beyond eight", "beyond all"])
def test_a_number_that_no_column_holds_names_nothing(client_for: ClientFor, world: World, number: int) -> None:
    officer = client_for(world.email("alpha", "officer"))
    for path in (f"/alpha/circulars/{number}/", f"/alpha/circulars/{number}/answers/"):
        assert officer.get(path).status_code == 404, path


def test_a_method_that_is_not_allowed_is_told_which_are(client_for: ClientFor) -> None:
    answer = client_for(None).delete("/alpha/")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "Allow" not in client_for(None).get("/alpha/nowhere/").headers
