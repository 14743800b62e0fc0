"""The register of members: entered, changed, spoken for; by officers, managers and administrators alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.infra import tenancy
from portal.infra.db import db
from portal.members.queries import membership
from portal.members.service import register
from portal.organisations.models import Organisation
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.members import people
from tests.integration.members.test_pages import post

Clients = Callable[[str | None], FlaskClient]
FACTS = register.Facts("Nordic Fund", "DK", "en", "Copenhagen")
DAY = date(2026, 1, 1)


def test_a_member_is_entered_with_its_first_day(alpha: World) -> None:
    row = register.add(FACTS, DAY, alpha.actor("alpha", "administrator"), NOW)
    assert (row.kind, row.name, row.country) == ("member", "Nordic Fund", "DK")
    assert row.id in {one.id for one in membership.members_on(DAY)}
    assert row.id not in {one.id for one in membership.members_on(date(2025, 12, 31))}
    with pytest.raises(Invalid) as refused:
        register.add(register.Facts(" nordic  FUND", "DK", "en"), DAY, alpha.actor("alpha", "officer"), NOW)
    assert set(refused.value.problems) == {"name"}
    for facts, field in (
        (register.Facts("", "DK", "en"), "name"),
        (register.Facts("Other", "Denmark", "en"), "country"),
        (register.Facts("Other", "DK", "tlh"), "language"),
        (register.Facts("Other", "DK", "en", "x" * 501), "address"),
    ):
        with pytest.raises(Invalid) as refused:
            register.add(facts, DAY, alpha.actor("alpha", "officer"), NOW)
        assert set(refused.value.problems) == {field}


def test_what_is_known_of_it_is_changed(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    officer = alpha.actor("alpha", "officer")
    row = register.change(found["gavea"], register.Facts("Gavea Agency", "FR", "fr"), officer)
    assert (row.name, row.kind) == ("Gavea Agency", "member")
    with pytest.raises(Invalid):
        register.change(found["gavea"], register.Facts("NORLAN", "FR", "fr"), officer)
    with pytest.raises(NotFound):
        register.change(alpha["alpha"].organisations["vilankulo"], FACTS, officer)


def test_who_may(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    gavea = people.speaker(alpha, "alpha", "gavea")
    for name in ("translator", "finance", "auditor", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            register.add(FACTS, DAY, alpha.actor("alpha", name), NOW)
    with pytest.raises(NotAllowed):
        register.change(found["gavea"], FACTS, gavea)
    with pytest.raises(NotAllowed):
        register.dismiss_focal_point(found["gavea"], gavea.person_id, gavea)  # type: ignore[arg-type]


def test_on_the_pages(place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        found = people.join(place.world, "alpha")
        db.session.commit()
        db.session.remove()
    boss = client_for("administrator@alpha.example")
    new = "/alpha/circulars/members/new/"
    assert new in boss.get("/alpha/circulars/members/").text
    assert "/alpha/circulars/members/" in boss.get("/alpha/admin/standards/").text
    form = {"name": "Nordic Fund", "country": "", "language": "en", "address": "", "starts_on": "2026-01-01"}
    assert post(boss, new, new, **form) == 422
    assert post(boss, new, new, **form | {"country": "DK", "starts_on": "soon"}) == 422
    assert post(boss, new, new, **form | {"country": "DK"}) == 303
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        key = db.session.scalars(select(Organisation.id).where(Organisation.name == "Nordic Fund")).one()
        gavea = people.speaker(place.world, "alpha", "gavea").person_id
        db.session.remove()
    own = f"/alpha/circulars/members/{key}/"
    assert "no focal point" in boss.get(f"{own}?lang=en").text
    assert post(boss, own, own, **form | {"name": "Nordic Bank", "country": "DK"}) == 303
    assert "Nordic Bank" in boss.get(own).text
    invite = {"member": key, "email": "ida@nordic.example", "name": "Ida", "language": "en"}
    assert post(boss, "/alpha/circulars/members/people/", own, **invite) == 303
    assert "ida@nordic.example" in boss.get(own).text
    page = f"/alpha/circulars/members/{found['gavea']}/"
    focal = client_for("gavea@alpha.example")
    assert focal.get("/alpha/members/").status_code == 200
    assert post(boss, f"{page}people/{gavea}/dismiss/", page) == 303
    assert post(boss, f"{page}people/{gavea}/dismiss/", page) == 404
    assert focal.get("/alpha/members/").status_code in (403, 404)
    other = client_for("officer@beta.example")
    assert other.get(page.replace("/alpha/", "/beta/")).status_code == 404
    assert client_for("norlan@alpha.example").get(page).status_code == 404
