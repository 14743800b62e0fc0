"""What everybody may see and no more; the pages that look after a tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.cases.models import Case
from portal.cases.service.submission import access_code_digest
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail, queue_mail
from portal.public import queries, rules
from portal.standards.service import NEVER
from tests.conftest import Place
from tests.factories import NOW, World

Clients = Callable[[str | None], FlaskClient]
CODE = "ABCDE-23456"


@pytest.fixture(autouse=True)
def _fresh_figures() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def make_case(world: World, slug: str, number: int, state: str, **values: object) -> UUID:
    """A case as the lists see it."""
    part = world[slug]
    organisation = next(iter(part.organisations.values()))
    facts: dict[str, object] = {
        "reference": f"{slug[:2].upper()}-2026-{number:04}",
        "kind": "application",
        "instrument": "preparatory_grant",
        "process": "application",
        "form_version": 1,
        "workflow_version": 1,
        "subject": "",
        "organisation_id": organisation,
        "language": "pt",
        "title": f"Plano da cidade {number} de {slug}",
        "country": "MZ",
        "city": "Vilankulo",
        "amount": Decimal(72000),
        "currency": "USD",
        "state": state,
        "state_since": NOW,
        "owner": "recipient",
        "tab": "agreement",
        "is_submitted": True,
        "created_at": NOW,
        "changed_at": NOW,
        "submitted_at": NOW,
        "decided_at": NOW + timedelta(minutes=number),
        "funded_at": NOW + timedelta(minutes=number),
        "urgent_at": NEVER,
        "access_code_digest": access_code_digest(f"{slug[:2].upper()}-2026-{number:04}", CODE),
    }
    case = Case(**(facts | values))
    db.session.add(case)
    db.session.flush()
    return case.id


@pytest.fixture
def projects(place: Place, world: World) -> World:
    """Sixty funded projects in one tenant, one in the other, and cases that are nobody's business."""
    with place.app.app_context():
        for slug, count in (("alpha", 60), ("beta", 1)):
            with tenancy.scope(world[slug].id):
                for number in range(1, count + 1):
                    make_case(
                        world, slug, number, rules.FUNDED_STATES[number % 4], country="MZ" if number % 2 else "CM"
                    )
                for number, state in enumerate(("draft", "deciding", "decided", "declined", "withdrawn"), start=900):
                    make_case(world, slug, number, state, title=f"Secret {state}", is_submitted=state != "draft")
                db.session.commit()
        db.session.remove()
    return world


PUBLIC = ("", "projects/", "help/", "accessibility/", "status/")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_public_pages(projects: World, client_for: Clients, language: str) -> None:
    for who in (None, projects.email("alpha", "vilankulo.lead")):
        client = client_for(who)
        for path in PUBLIC:
            assert client.get(f"/alpha/{path}?lang={language}").status_code == 200, path
    assert client_for(None).get("/gamma/").status_code == 404


def references(page: str) -> list[str]:
    return [part.split("/")[0] for part in page.split("/projects/")[1:] if part[2:3] == "-"]


def test_projects_are_paged_without_loss_both_ways(projects: World, client_for: Clients) -> None:
    client = client_for(None)
    seen, address, pages = [], "/alpha/projects/", []
    while address:
        page = client.get(address).get_data(as_text=True)
        pages.append(references(page))
        seen += pages[-1]
        back = page.split('rel="prev" href="')
        previous = back[1].split('"')[0].replace("&amp;", "&") if len(back) > 1 else ""
        more = page.split('rel="next" href="')
        address = more[1].split('"')[0].replace("&amp;", "&") if len(more) > 1 else ""
    assert seen == [f"AL-2026-{number:04}" for number in range(60, 0, -1)]
    assert references(client.get(previous).get_data(as_text=True)) == pages[-2]
    assert "Secret" not in page
    assert client.get("/alpha/projects/?after=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("q=cidade+7+de", 6), ("q=%25", 0), ("q=vilankulo+AL-2026-0007", 1), ("country=CM", 25),
     ("country=ZZ", 0), ("q=Secret", 0), ("q=beta", 0)],
)  # fmt: skip
def test_projects_by_words_and_country(projects: World, client_for: Clients, asked: str, expected: int) -> None:
    page = client_for(None).get(f"/alpha/projects/?{asked}")
    assert page.status_code == 200
    assert len(references(page.get_data(as_text=True))) == expected


def test_a_case_that_is_not_funded_is_not_found(projects: World, client_for: Clients) -> None:
    client = client_for(projects.email("alpha", "officer"))
    assert client.get("/alpha/projects/AL-2026-0001/").status_code == 200
    for reference in ("AL-2026-0900", "AL-2026-0901", "AL-2026-0902", "AL-2026-0903", "BE-2026-0001", "none"):
        assert client.get(f"/alpha/projects/{reference}/").status_code == 404
    assert client.get("/beta/projects/BE-2026-0001/").status_code == 200


def test_a_title_keeps_its_language_and_direction(place: Place, world: World, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        make_case(world, "alpha", 1, "under_way", title="مدينة <b>", language="ar", title_translated="A city")
        db.session.commit()
    client = client_for(None)
    assert '<bdi lang="en" dir="ltr">A city</bdi>' in client.get("/alpha/projects/?lang=en").get_data(as_text=True)
    page = client.get("/alpha/projects/?lang=fr").get_data(as_text=True)
    assert '<bdi lang="ar" dir="rtl">مدينة &lt;b&gt;</bdi>' in page


# -- status


def token_of(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_a_null_in_a_form_is_as_if_it_were_not_typed(projects: World, client_for: Clients) -> None:
    client = client_for(None)
    values = {
        "csrf_token": token_of(client, "/alpha/status/"),
        "reference": "AL-2026\x00-0901",
        "code": "\x00abcde23456",
    }
    page = client.post("/alpha/status/", data=values)
    assert page.status_code == 200
    assert "Being decided" in page.get_data(as_text=True)


def test_status_by_reference_and_code_however_typed(projects: World, client_for: Clients) -> None:
    client = client_for(None)
    values = {"csrf_token": token_of(client, "/alpha/status/"), "reference": " al-2026-0901", "code": "abcde 23456"}
    page = client.post("/alpha/status/", data=values)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Being decided" in text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Municipality" not in text
    assert "Secret" not in text


def test_a_wrong_code_an_unknown_case_and_another_tenant_look_the_same(projects: World, client_for: Clients) -> None:
    client = client_for(None)
    token = token_of(client, "/alpha/status/")
    answers = set()
    for reference, code in (("AL-2026-0901", "AAAAA-AAAAA"), ("AL-2026-7777", CODE), ("BE-2026-0001", CODE), ("", "")):
        answer = client.post("/alpha/status/", data={"csrf_token": token, "reference": reference, "code": code})
        text = answer.get_data(as_text=True)
        answers.add((answer.status_code, text.split("error-summary-title")[2].split("</ul>")[0]))
    assert len(answers) == 1
    assert answers.pop()[0] == 422


def test_guessing_codes_is_slowed(projects: World, client_for: Clients) -> None:
    client = client_for(None)
    values = {"csrf_token": token_of(client, "/alpha/status/"), "reference": "AL-2026-0901", "code": "AAAAA"}
    codes = [client.post("/alpha/status/", data=values).status_code for _ in range(32)]
    assert codes == [422] * 30 + [429] * 2
    assert client.post("/alpha/status/", data=values | {"code": CODE}).status_code == 429


# -- colours


def test_colours_are_served_and_nothing_else(client_for: Clients, world: World) -> None:
    client = client_for(None)
    answer = client.get("/alpha/brand.css")
    assert answer.mimetype == "text/css"
    assert "--brand: #0f4c5c;" in answer.get_data(as_text=True)
    assert client.get("/alpha/brand.css", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_colour_that_is_none_is_left_out() -> None:
    css = rules.brand_css(
        {"brand": "red; } body { display: none", "brand_ink": "#fff\n}", "on_brand": "#123456", "x": "#fff"}
    )
    assert css == ":root { --on-brand: #123456; }\n"
    assert "{" not in rules.brand_css({"brand": 5})


# -- mail


@pytest.fixture
def mails(place: Place, world: World) -> dict[str, UUID]:
    """A mail in each tenant, and one that lets somebody in."""
    found = {}
    with place.app.app_context():
        for slug in ("alpha", "beta"):
            with tenancy.scope(world[slug].id):
                context = {
                    "name": "Nadia",
                    "hours": 2,
                    "tenant_name": slug,
                    "action_url": f"https://x.example/{slug}-secret",
                }
                for key, secret in ((slug, False), (f"{slug}-secret", True)):
                    mail = queue_mail(
                        "reset", f"{key}@example.org", "ar", context, case_id=None, now=NOW, confidential=secret
                    )
                    mail.state = "kept"
                    found[key] = mail.id
                db.session.commit()
        db.session.remove()
    return found


def test_staff_read_the_mails_of_their_tenant(world: World, client_for: Clients, mails: dict[str, UUID]) -> None:
    client = client_for(world.email("alpha", "auditor"))
    page = client.get("/alpha/admin/mail/").get_data(as_text=True)
    assert "alpha@example.org" in page
    assert "beta@example.org" not in page
    assert "No mail matches" in client.get("/alpha/admin/mail/?q=beta&state=kept").get_data(as_text=True)
    letter = client.get(f"/alpha/admin/mail/{mails['alpha']}/")
    assert "alpha-secret" in letter.get_data(as_text=True)
    assert '<pre class="prose lines" dir="auto" lang="ar"' in letter.get_data(as_text=True)
    assert client.get(f"/alpha/admin/mail/{mails['beta']}/").status_code == 404
    assert client_for(world.email("alpha", "finance")).get("/alpha/admin/mail/").status_code == 403
    assert client_for(world.email("alpha", "vilankulo.lead")).get("/alpha/admin/mail/").status_code == 403
    assert client_for(world.email("beta", "auditor")).get("/alpha/admin/mail/").status_code == 403


def test_a_link_that_lets_somebody_in_is_shown_to_nobody(
    world: World, client_for: Clients, mails: dict[str, UUID]
) -> None:
    client = client_for(world.email("alpha", "administrator"))
    page = client.get(f"/alpha/admin/mail/{mails['alpha-secret']}/").get_data(as_text=True)
    assert "x.example" not in page
    assert "portal user link" in page
    assert client.get(f"/alpha/admin/mail/{mails['alpha-secret']}/html").status_code == 404


def test_the_html_of_a_mail_is_shown_in_a_sandbox(
    place: Place, world: World, client_for: Clients, mails: dict[str, UUID]
) -> None:
    person = client_for(world.email("alpha", "auditor"))
    with person.session_transaction() as session:
        kept = dict(session)
    client = FlaskClient(place.app, place.app.response_class)  # the mail's own HTML has its styles in it
    with client.session_transaction() as session:
        session.update(kept)
    answer = client.get(f"/alpha/admin/mail/{mails['alpha']}/html")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_sending_again(place: Place, world: World, client_for: Clients, mails: dict[str, UUID]) -> None:
    reader, sender = client_for(world.email("alpha", "auditor")), client_for(world.email("alpha", "officer"))
    path = f"/alpha/admin/mail/{mails['alpha']}/"
    token = token_of(sender, path)
    assert reader.post(f"{path}resend", data={"csrf_token": token_of(reader, "/account/")}).status_code == 403
    assert sender.post(f"{path}resend", data={"csrf_token": token}).status_code == 303
    assert sender.post(f"{path}resend", data={"csrf_token": token}).status_code == 409
    other = f"/alpha/admin/mail/{mails['beta']}/resend"
    assert sender.post(other, data={"csrf_token": token}).status_code == 404
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert db.session.query(OutboxMail).filter_by(id=mails["alpha"]).one().state == "queued"


# -- people and standards


def test_people_are_invited_and_roles_taken(world: World, client_for: Clients) -> None:
    client = client_for(world.email("alpha", "administrator"))
    token = token_of(client, "/alpha/admin/people/")
    page = client.get("/alpha/admin/people/").get_data(as_text=True)
    assert "officer@alpha.example" in page
    assert "beta.example" not in page
    values = {"csrf_token": token, "email": "new@example.org", "name": "New", "language": "fr", "role": "translator"}
    assert client.post("/alpha/admin/people/", data=values | {"role": ""}).status_code == 422
    assert client.post("/alpha/admin/people/", data=values | {"email": "x"}).status_code == 422
    assert client.post("/alpha/admin/people/", data=values).status_code == 303
    assert "new@example.org" in client.get("/alpha/admin/people/").get_data(as_text=True)
    revoke = "/alpha/admin/people/{}/revoke"
    officer, boss = world["alpha"].people["officer"], world["alpha"].people["administrator"]
    taken = {"csrf_token": token, "role": "programme_officer"}
    assert client.post(revoke.format(officer), data=taken).status_code == 303
    assert client.post(revoke.format(officer), data=taken).status_code == 404
    assert client.post(revoke.format(world["beta"].people["officer"]), data=taken).status_code == 404
    assert client.post(revoke.format(boss), data={"csrf_token": token, "role": "administrator"}).status_code == 409
    auditor = client_for(world.email("alpha", "auditor"))
    assert auditor.get("/alpha/admin/people/").status_code == 200
    refused = auditor.post("/alpha/admin/people/", data=values | {"csrf_token": token_of(auditor, "/account/")})
    assert refused.status_code == 403
    assert client_for(world.email("alpha", "officer2")).get("/alpha/admin/people/").status_code == 403


@pytest.mark.parametrize("language", ["en", "ar"])
def test_administration_in_both_directions(world: World, client_for: Clients, language: str) -> None:
    client = client_for(world.email("alpha", "administrator"))
    for path in ("mail", "people", "standards"):
        assert client.get(f"/alpha/admin/{path}/?lang={language}").status_code == 200
    assert client_for(None).get("/alpha/admin/standards/").status_code == 302


def test_health_tells_what_is_wrong(client_for: Clients, world: World) -> None:
    answer = client_for(None).get("/health")
    assert answer.status_code == 503, "no job runner is at work in this test"
    assert answer.json is not None
    assert answer.json | {"pdf": True} == {
        "status": "failing",
        "version": answer.json["version"],
        "database": "ok",
        "migrations_at_head": True,
        "jobs_alive": False,
        "tenants_fenced": True,
        "pdf": True,
    }


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (None, "/alpha/"),
        ("vilankulo.lead", "/alpha/"),
        ("vilankulo.lead", "/alpha/projects/?q=cidade"),
        ("vilankulo.lead", "/alpha/my/organisation/"),
        ("administrator", "/alpha/admin/mail/"),
        ("administrator", "/alpha/admin/people/"),
    ],
)
def test_a_page_needs_few_queries_however_many_rows(
    place: Place, projects: World, client_for: Clients, who: str | None, path: str
) -> None:
    client = client_for(projects.email("alpha", who) if who else None)
    client.get(path)
    queries.forget()
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SELECT set_config", "SELECT 1", "BEGIN")):
            statements.append(statement)

    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(statements) <= 6, statements


@pytest.mark.parametrize("asked", ["country=%00%00", "q=%00", "after=%00", "before=%ff~%ff", "q=" + "a" * 5000])
def test_nonsense_in_an_address_never_breaks_a_page(projects: World, client_for: Clients, asked: str) -> None:
    assert client_for(None).get(f"/alpha/projects/?{asked}").status_code in (200, 400, 404)
