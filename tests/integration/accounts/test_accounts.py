"""Accounts: letting in, slowing guessers down, links that work once, roles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import jobs, queries, rules, service
from portal.accounts.models import Person, Ticket
from portal.accounts.service.passwords import _hasher
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.role_names import role_name
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.infra.mail import OutboxMail
from portal.organisations.queries import session_user
from tests.conftest import Place
from tests.factories import NOW, World

Clients = Callable[[str | None], FlaskClient]
Enter = Callable[[str], None]
GOOD = "the tram stops at noon"
HOME = "192.0.2.7"


def give_password(email: str, password: str = GOOD) -> Person:
    person = queries.by_email(email)
    assert person is not None
    person.password_hash = service.hash_password(password)
    db.session.commit()
    return person


def token_of(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_the_right_password_lets_in_whatever_the_case_of_the_address(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    assert service.log_in("  Officer@Alpha.example ", GOOD, HOME, NOW).id == person.id
    assert person.last_login_at == NOW


@pytest.mark.parametrize("email", ["officer@alpha.example", "nobody@alpha.example", "manager@alpha.example", ""])
def test_a_refusal_does_not_say_what_was_wrong(app: Flask, world: World, email: str) -> None:
    give_password(world.email("alpha", "officer"))
    with pytest.raises(Invalid) as refused:
        service.log_in(email, "something else", HOME, NOW)
    assert refused.value.problems == {"password": service.WRONG}


def test_an_account_that_was_closed_cannot_be_entered(app: Flask, world: World) -> None:
    give_password(world.email("alpha", "officer")).active = False
    with pytest.raises(Invalid):
        service.log_in(world.email("alpha", "officer"), GOOD, HOME, NOW)


@pytest.mark.parametrize("email", ["officer@alpha.example", "nobody@alpha.example"])
def test_guessing_at_one_account_is_slowed_from_every_address(app: Flask, world: World, email: str) -> None:
    give_password(world.email("alpha", "officer"))
    for number in range(rules.FREE_FAILURES["account"]):
        with pytest.raises(Invalid):
            service.log_in(email, "wrong", f"192.0.2.{number}", NOW)
    with pytest.raises(service.TooManyTries) as refused:
        service.log_in(email, GOOD, "198.51.100.1", NOW)
    assert refused.value.until == NOW + rules.FIRST_BLOCK
    later = refused.value.until
    with pytest.raises(Invalid):
        service.log_in(email, "wrong", "198.51.100.1", later)
    with pytest.raises(service.TooManyTries) as again:
        service.log_in(email, "wrong", "198.51.100.1", later)
    assert again.value.until == later + 2 * rules.FIRST_BLOCK


def test_after_the_block_the_right_password_works_and_wipes_the_count(app: Flask, world: World) -> None:
    email = world.email("alpha", "officer")
    give_password(email)
    for _ in range(rules.FREE_FAILURES["account"]):
        with pytest.raises(Invalid):
            service.log_in(email, "wrong", HOME, NOW)
    service.log_in(email, GOOD, HOME, NOW + rules.FIRST_BLOCK)
    with pytest.raises(Invalid):
        service.log_in(email, "wrong", HOME, NOW + rules.FIRST_BLOCK)


def test_guessing_at_many_accounts_from_one_network_is_slowed(app: Flask, world: World) -> None:
    give_password(world.email("alpha", "officer"))
    for number in range(rules.FREE_FAILURES["address"]):
        with pytest.raises(Invalid):
            service.log_in(f"n{number}@alpha.example", "wrong", f"2001:db8::{number + 1:x}", NOW)
    with pytest.raises(service.TooManyTries):
        service.log_in(world.email("alpha", "officer"), GOOD, "2001:db8::ffff", NOW)
    service.log_in(world.email("alpha", "officer"), GOOD, "2001:db8:0:1::1", NOW)


def test_failures_of_last_week_are_forgotten(app: Flask, world: World) -> None:
    email = world.email("alpha", "officer")
    give_password(email)
    for _ in range(rules.FREE_FAILURES["account"]):
        with pytest.raises(Invalid):
            service.log_in(email, "wrong", HOME, NOW)
    service.forget_old_tries(NOW + timedelta(days=7))
    with pytest.raises(Invalid):
        service.log_in(email, "wrong", HOME, NOW + timedelta(days=7))


def test_a_digest_of_an_older_profile_is_renewed_when_she_logs_in(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    person.password_hash = _hasher(False).hash(GOOD)
    old = person.password_hash
    assert "m=19456,t=2,p=1" in old
    service.log_in(person.email, GOOD, HOME, NOW)
    assert person.password_hash != old
    assert service.verify_password(person, GOOD)


@pytest.mark.parametrize(
    "password",
    ["short", "password123!", "officer@alpha.example", "aaaaaaaaaaaaaa", "1234567890", "Qwertyuiop", "x" * 300],
)
def test_passwords_that_are_refused(app: Flask, world: World, password: str) -> None:
    person = give_password(world.email("alpha", "officer"))
    with pytest.raises(Invalid) as refused:
        service.set_password(person, password, NOW)
    assert set(refused.value.problems) == {"password"}


def test_no_composition_is_asked_and_other_keyboards_make_the_same_password(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    service.set_password(person, "cafe\u0301 sans sucre", NOW)
    assert service.verify_password(person, "caf\u00e9 sans sucre")
    service.set_password(person, "صباح الخير يا مدينة", NOW)
    assert service.verify_password(person, "صباح الخير يا مدينة")


def test_a_new_password_ends_every_session(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    before = queries.SessionUser(person).get_id()
    service.set_password(person, "another long one", NOW)
    assert session_user(before) is None
    assert session_user(queries.SessionUser(person).get_id()) is not None
    with tenancy.scope(world["alpha"].id):
        assert [mail.template for mail in db.session.query(OutboxMail)] == ["password_changed"]


def test_a_reset_link_works_once_and_only_its_digest_is_kept(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    token = service.new_ticket(person, "reset", NOW)
    assert token not in {ticket.digest for ticket in db.session.query(Ticket)}
    assert service.ticket_person(token, "reset", NOW) is person
    assert service.ticket_person(token, "invitation", NOW) is None
    assert service.use_ticket(token, "reset", "another long one", NOW) is person
    with pytest.raises(NotNow):
        service.use_ticket(token, "reset", "yet another one", NOW)
    assert service.verify_password(person, "another long one")


def test_a_link_runs_out_and_a_newer_one_replaces_it(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    old = service.new_ticket(person, "reset", NOW)
    new = service.new_ticket(person, "reset", NOW)
    assert service.ticket_person(old, "reset", NOW) is None
    assert service.ticket_person(new, "reset", NOW + service.LIFETIME["reset"]) is None


def test_a_bad_password_does_not_spend_the_link(app: Flask, world: World) -> None:
    person = give_password(world.email("alpha", "officer"))
    token = service.new_ticket(person, "reset", NOW)
    with pytest.raises(Invalid):
        service.use_ticket(token, "reset", "short", NOW)
    assert service.use_ticket(token, "reset", "long enough for this", NOW) is person


def test_asking_for_a_link_does_the_same_for_unknown_addresses(app: Flask, world: World) -> None:
    for email in (world.email("alpha", "officer"), "nobody@alpha.example"):
        service.ask_for_reset(email, HOME, NOW)
    assert [job.name for job in db.session.query(Job)] == [service.RESET_JOB] * 2
    service.mail_reset("nobody@alpha.example", NOW)
    with tenancy.scope(world["alpha"].id):
        assert db.session.query(OutboxMail).count() == 0
    service.mail_reset(world.email("alpha", "officer"), NOW)
    with tenancy.scope(world["alpha"].id):
        mail = db.session.query(OutboxMail).one()
        assert mail.confidential
        assert "/account/reset/" in mail.text_body
    assert jobs.mail_reset is not None


def test_reset_mails_to_one_person_are_limited(app: Flask, world: World) -> None:
    for _ in range(6):
        service.mail_reset(world.email("alpha", "officer"), NOW)
    with tenancy.scope(world["alpha"].id):
        assert db.session.query(OutboxMail).count() == rules.FREE_FAILURES["reset"]


def test_roles_are_given_and_taken_by_administrators_of_the_tenant(app: Flask, world: World) -> None:
    stranger = world["alpha"].people["stranger"]
    with tenancy.scope(world["alpha"].id):
        boss, officer = world.actor("alpha", "administrator"), world.actor("alpha", "officer")
        service.grant_role(boss, stranger, Role.TRANSLATOR, NOW)
        service.grant_role(boss, stranger, Role.TRANSLATOR, NOW)
        assert queries.roles_in(stranger, world["alpha"].id) == [Role.TRANSLATOR]
        assert queries.roles_in(stranger, world["beta"].id) == []
        with pytest.raises(NotAllowed):
            service.grant_role(officer, stranger, Role.AUDITOR, NOW)
        with pytest.raises(NotAllowed):
            service.revoke_role(officer, stranger, Role.TRANSLATOR)
        service.revoke_role(boss, stranger, Role.TRANSLATOR)
        with pytest.raises(NotFound):
            service.revoke_role(boss, stranger, Role.TRANSLATOR)
        with pytest.raises(NotNow):
            service.revoke_role(boss, world["alpha"].people["administrator"], Role.ADMINISTRATOR)


def test_making_a_person_says_what_is_wrong(app: Flask, world: World) -> None:
    with pytest.raises(Invalid) as refused:
        service.create_person("no address", " ", "xx", NOW, password="short")
    assert set(refused.value.problems) == {"email", "name", "language", "password"}
    with pytest.raises(Invalid) as taken:
        service.create_person(world.email("beta", "officer").upper(), "Twin", "en", NOW)
    assert set(taken.value.problems) == {"email"}
    wanted = UUID(int=7)
    assert service.create_person("new@example.org", "New", "ar", NOW, password=GOOD, person_id=wanted).id == wanted


def test_an_invitation_makes_an_account_that_its_link_opens(app: Flask, world: World, client_for: Clients) -> None:
    with tenancy.scope(world["alpha"].id):
        invited = service.invite(
            world.actor("alpha", "administrator"), "nadia@example.org", "Nadia", "ar", NOW, role=role_name(Role.AUDITOR)
        )
        mail = db.session.query(OutboxMail).one()
        assert invited.is_new
        assert mail.language == "ar"
        assert 'dir="rtl"' in mail.html_body
        service.grant_role(Actor.system(world["alpha"].id), invited.person.id, Role.AUDITOR, NOW)
    ticket = db.session.query(Ticket).one()
    path = mail.text_body.split("/account/invitation/")[1].split()[0].partition("?")[0]
    ticket.expires_at = NOW + timedelta(days=36500)
    db.session.commit()
    client = client_for(None)
    for _ in range(2):
        assert client.get(f"/account/invitation/{path}").status_code == 200
    assert ticket.used_at is None
    values = {"csrf_token": token_of(client, f"/account/invitation/{path}"), "name": "Nadia Haddad"}
    short = client.post(f"/account/invitation/{path}", data=values | {"password": "short"})
    assert short.status_code == 422
    assert "Nadia Haddad" in short.get_data(as_text=True)
    done = client.post(f"/account/invitation/{path}", data=values | {"password": GOOD})
    assert done.status_code == 303
    assert client.get(f"/account/invitation/{path}").status_code == 404
    assert client.get("/account/").status_code == 200


# -- pages (each request in a context of its own: what one request keeps must not reach the next)


@pytest.fixture
def enter(place: Place) -> Enter:
    """Give somebody the password ``GOOD``."""

    def do(email: str) -> None:
        with place.app.app_context():
            give_password(email)
            db.session.remove()

    return do


def test_logging_in_makes_a_new_session_and_leads_back(world: World, client_for: Clients, enter: Enter) -> None:
    email = world.email("alpha", "officer")
    enter(email)
    client = client_for(None)
    token = token_of(client, "/login?next=/account/tenants/")
    with client.session_transaction() as session:
        session["planted"] = "yes"
    values = {"csrf_token": token, "email": email, "password": GOOD, "next": "/account/tenants/"}
    answer = client.post("/login", data=values)
    assert (answer.status_code, answer.location) == (303, "/account/tenants/")
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"]
    again = client.post("/login", data=values)
    assert again.status_code == 400, "the form of the session before does not work in the new one"


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/\t/evil.example"])
def test_logging_in_never_leads_to_another_host(world: World, client_for: Clients, enter: Enter, target: str) -> None:
    email = world.email("alpha", "stranger")
    enter(email)
    client = client_for(None)
    values = {"csrf_token": token_of(client, "/login"), "email": email, "password": GOOD, "next": target}
    assert client.post("/login", data=values).location == "/account/tenants/"


def test_failed_log_ins_are_counted_although_refused(world: World, client_for: Clients, enter: Enter) -> None:
    enter(world.email("alpha", "officer"))
    client = client_for(None)
    values = {"csrf_token": token_of(client, "/login"), "email": world.email("alpha", "officer"), "password": "wrong"}
    for _ in range(rules.FREE_FAILURES["account"]):
        answer = client.post("/login", data=values)
        assert answer.status_code == 422
        assert 'value="officer@alpha.example"' in answer.get_data(as_text=True), "what was typed is kept"
    blocked = client.post("/login", data=values | {"password": GOOD})
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["Retry-After"]) <= 30
    assert "Try again in 1 minute" in blocked.get_data(as_text=True)


def test_a_post_without_its_token_is_refused(client_for: Clients) -> None:
    assert client_for(None).post("/login", data={"email": "a", "password": "b"}).status_code == 400


def test_several_tenants_are_a_choice_on_purpose(place: Place, world: World, client_for: Clients, enter: Enter) -> None:
    email = world.email("alpha", "stranger")
    enter(email)
    with place.app.app_context():
        person_id = world["alpha"].people["stranger"]
        service.affiliate(person_id, world["alpha"].id)
        service.grant_role(Actor.system(world["beta"].id), person_id, Role.TRANSLATOR, NOW)
        db.session.commit()
    client = client_for(email)
    page = client.get("/account/tenants/").get_data(as_text=True)
    assert "Alpha Fund" in page
    assert "Beta Fund" in page
    assert "Translator" in page
    token = token_of(client, "/account/tenants/")
    assert client.post("/account/tenants/", data={"csrf_token": token, "as": "beta"}).location == "/beta/desk/"
    assert client.post("/account/tenants/", data={"csrf_token": token, "as": "alpha"}).location == "/alpha/"
    assert client.post("/account/tenants/", data={"csrf_token": token, "as": "gamma"}).status_code == 404


def test_changing_the_password_asks_the_old_one_and_ends_other_sessions(
    world: World, client_for: Clients, enter: Enter
) -> None:
    email = world.email("alpha", "stranger")
    enter(email)
    here, elsewhere = client_for(email), client_for(email)
    values = {"csrf_token": token_of(here, "/account/"), "old": "wrong", "password": "a quiet new morning"}
    assert here.post("/account/password", data=values).status_code == 422
    done = here.post("/account/password", data=values | {"old": GOOD})
    assert done.status_code == 303
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_the_language_of_the_account_is_the_language_of_the_pages(
    world: World, client_for: Clients, enter: Enter
) -> None:
    email = world.email("alpha", "stranger")
    client = client_for(email)
    values = {"csrf_token": token_of(client, "/account/"), "name": "Rana", "language": "ar"}
    assert client.post("/account/", data=values).status_code == 303
    page = client.get("/account/").get_data(as_text=True)
    assert '<html lang="ar" dir="rtl">' in page
    assert client.post("/account/", data=values | {"language": "tlh", "name": ""}).status_code == 422


def test_logging_out_everywhere(world: World, client_for: Clients, enter: Enter) -> None:
    email = world.email("alpha", "stranger")
    here, elsewhere = client_for(email), client_for(email)
    values = {"csrf_token": token_of(here, "/account/"), "everywhere": "yes"}
    assert here.post("/logout", data=values).status_code == 303
    for client in (here, elsewhere):
        assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/", "/login", "/account/forgot", "/account/reset/none", "/account/invitation/none"])
def test_pages_for_everybody(client_for: Clients, path: str, language: str) -> None:
    assert client_for(None).get(f"{path}?lang={language}").status_code in (200, 302, 404)
