"""Organisations: who may come and go, and the page of one's own organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts import queries as accounts
from portal.core.actor import Actor, OrgRole
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.organisations import queries, service
from tests.conftest import Place
from tests.factories import NOW, World

Clients = Callable[[str | None], FlaskClient]


def roles_of(world: World, name: str) -> tuple[str, ...]:
    part = world["alpha"]
    people = queries.people_by_organisation([part.organisations["vilankulo"]])
    found = [one.roles for one in people[part.organisations["vilankulo"]] if one.id == part.people[name]]
    return found[0] if found else ()


def test_a_lead_gives_and_takes_roles_and_nobody_else_does(alpha: World) -> None:
    part = alpha["alpha"]
    home = part.organisations["vilankulo"]
    viewer = part.people["vilankulo.viewer"]
    service.set_roles(alpha.actor("alpha", "vilankulo.lead"), home, viewer, {OrgRole.VIEWER, OrgRole.SIGNATORY}, NOW)
    assert roles_of(alpha, "vilankulo.viewer") == ("signatory", "viewer")
    for name in ("vilankulo.contributor", "vilankulo.signatory", "aleppo.lead", "officer", "administrator"):
        with pytest.raises(NotAllowed):
            service.set_roles(alpha.actor("alpha", name), home, viewer, set(), NOW)
        with pytest.raises(NotAllowed):
            service.invite_member(alpha.actor("alpha", name), home, "x@example.org", "X", "en", OrgRole.LEAD, NOW)
    assert roles_of(alpha, "vilankulo.viewer") == ("signatory", "viewer")


def test_the_last_lead_stays(alpha: World) -> None:
    part = alpha["alpha"]
    home, lead = part.organisations["vilankulo"], part.people["vilankulo.lead"]
    actor = alpha.actor("alpha", "vilankulo.lead")
    for taken in (set(), {OrgRole.VIEWER}):
        with pytest.raises(NotNow):
            service.set_roles(actor, home, lead, taken, NOW)
    service.add_member(actor, home, part.people["vilankulo.viewer"], OrgRole.LEAD, NOW)
    service.remove_member(actor, home, lead)
    assert roles_of(alpha, "vilankulo.lead") == ()


def test_who_leaves_her_last_organisation_has_no_way_into_the_tenant(alpha: World) -> None:
    part = alpha["alpha"]
    actor = alpha.actor("alpha", "vilankulo.lead")
    person = accounts.by_id(part.people["vilankulo.viewer"])
    assert person is not None
    assert [tenant.slug for tenant in accounts.tenants_of(person)] == ["alpha"]
    service.add_member(Actor.system(part.id), part.organisations["aleppo"], person.id, OrgRole.VIEWER, NOW)
    service.remove_member(actor, part.organisations["vilankulo"], person.id)
    assert [tenant.slug for tenant in accounts.tenants_of(person)] == ["alpha"]
    service.remove_member(Actor.system(part.id), part.organisations["aleppo"], person.id)
    assert accounts.tenants_of(person) == ()


def test_nobody_is_added_who_was_not_invited(alpha: World) -> None:
    part = alpha["alpha"]
    with pytest.raises(NotFound):
        service.set_roles(
            alpha.actor("alpha", "vilankulo.lead"),
            part.organisations["vilankulo"],
            part.people["stranger"],
            {OrgRole.LEAD},
            NOW,
        )


def test_an_invitation_reaches_a_new_and_a_known_person(alpha: World) -> None:
    part = alpha["alpha"]
    actor = alpha.actor("alpha", "vilankulo.lead")
    home = part.organisations["vilankulo"]
    new = service.invite_member(actor, home, "Ana@example.org", "Ana", "pt", OrgRole.CONTRIBUTOR, NOW)
    assert new.email == "ana@example.org"
    known = accounts.by_id(part.people["aleppo.viewer"])
    assert known is not None
    known.password_hash = "something"
    again = service.invite_member(actor, home, known.email, "ignored", "en", OrgRole.VIEWER, NOW)
    assert again is known
    assert known.name != "ignored"
    mails = {mail.to_address: mail for mail in db.session.query(OutboxMail)}
    assert mails["ana@example.org"].confidential
    assert not mails[known.email].confidential
    assert "/account/" not in mails[known.email].text_body
    assert "Municipality of Vilankulo" in mails[known.email].subject


def test_making_an_organisation(alpha: World) -> None:
    system = Actor.system(alpha["alpha"].id)
    made = service.create_organisation(system, " Ville de Douala ", "city", "cm", "fr", NOW)
    assert (made.name, made.country, made.tenant_id) == ("Ville de Douala", "CM", alpha["alpha"].id)
    with pytest.raises(Invalid) as refused:
        service.create_organisation(system, " ", "club", "CMR", "tlh", NOW)
    assert set(refused.value.problems) == {"name", "kind", "country", "language"}
    with pytest.raises(NotAllowed):
        service.create_organisation(alpha.actor("alpha", "vilankulo.lead"), "X", "city", "CM", "fr", NOW)


# -- the page


def token_of(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_shows_ones_own_organisation_only(world: World, client_for: Clients, language: str) -> None:
    for name, other, managed in (("vilankulo.lead", "Aleppo", True), ("aleppo.viewer", "Vilankulo", False)):
        page = client_for(world.email("alpha", name)).get(f"/alpha/my/organisation/?lang={language}")
        text = page.get_data(as_text=True)
        assert page.status_code == 200
        assert f"Municipality of {other}" not in text
        assert "beta.example" not in text
        assert ("/invite" in text) is managed
    assert client_for(world.email("alpha", "officer")).get("/alpha/my/organisation/").status_code == 403
    assert client_for(world.email("alpha", "vilankulo.lead")).get("/beta/my/organisation/").status_code == 403


def test_inviting_and_changing_roles_on_the_page(place: Place, world: World, client_for: Clients) -> None:
    part = world["alpha"]
    client = client_for(world.email("alpha", "vilankulo.lead"))
    base = f"/alpha/my/organisation/{part.organisations['vilankulo']}"
    token = token_of(client, "/alpha/my/organisation/")
    wrong = client.post(f"{base}/invite", data={"csrf_token": token, "email": "nobody", "name": "Ana", "role": "lead",
                                                "language": "pt"})  # fmt: skip
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.get_data(as_text=True)
    values = {"csrf_token": token, "email": "ana@example.org", "name": "Ana", "role": "viewer", "language": "pt"}
    assert client.post(f"{base}/invite", data=values).status_code == 303
    assert client.post(f"{base}/invite", data=values | {"role": "king"}).status_code == 422
    page = client.get("/alpha/my/organisation/?lang=en").get_data(as_text=True)
    assert "ana@example.org" in page
    assert "has not accepted" in page
    lead = f"{base}/people/{part.people['vilankulo.lead']}"
    assert client.post(lead, data={"csrf_token": token, "leave": "yes"}).status_code == 409
    viewer = f"{base}/people/{part.people['vilankulo.viewer']}"
    assert client.post(viewer, data={"csrf_token": token, "role": ["lead", "viewer"]}).status_code == 303
    assert client.post(lead, data={"csrf_token": token, "leave": "yes"}).status_code == 303
    with place.app.app_context(), tenancy.scope(part.id):
        assert roles_of(world, "vilankulo.lead") == ()


def test_a_lead_of_another_organisation_finds_nothing_to_change(world: World, client_for: Clients) -> None:
    part = world["alpha"]
    client = client_for(world.email("alpha", "aleppo.lead"))
    token = token_of(client, "/alpha/my/organisation/")
    base = f"/alpha/my/organisation/{part.organisations['vilankulo']}"
    assert client.post(f"{base}/invite", data={"csrf_token": token}).status_code == 404
    viewer = f"{base}/people/{part.people['vilankulo.viewer']}"
    assert client.post(viewer, data={"csrf_token": token, "leave": "yes"}).status_code == 404
