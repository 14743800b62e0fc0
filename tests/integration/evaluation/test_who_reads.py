"""Nobody reads what is not hers: before the declaration, after a conflict, outside the window, and others."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.core.actor import Actor, Role
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.evaluation import jobs as reminders
from portal.evaluation import queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import assign, evaluate
from portal.infra import access, tenancy, worker
from portal.infra.db import db
from portal.infra.jobs import Run
from portal.infra.mail import OutboxMail
from portal.organisations import queries as organisations
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.evaluation.panels import (
    CLOCK,
    PROSE,
    TITLE,
    Clients,
    ask,
    evaluator,
    filed,
    new_round,
)


@pytest.fixture
def told(place: Place, world: World) -> dict[str, Any]:
    """Two cases with an evaluator each, and a case of the other tenant with an evaluator of its own."""
    with place.app.app_context():
        return _tell(world)


def _tell(world: World) -> dict[str, Any]:
    with tenancy.scope(world["alpha"].id):
        case, other = stories.submitted(world), stories.submitted(world, organisation="aleppo")
        row = new_round(world)
        one, two = evaluator(world, "one"), evaluator(world, "two", languages=["en", "ar"])
        keys: dict[str, Any] = {
            "case": case.reference,
            "other": other.reference,
            "round": row.id,
            "mine": ask(world, case, row, one).id,
            "hers": ask(world, other, row, two).id,
        }
        db.session.commit()
    with tenancy.scope(world["beta"].id):
        foreign, row = stories.submitted(world, "beta", "douala"), new_round(world, "beta")
        abroad = evaluator(world, "abroad", "beta")
        assert abroad.person_id is not None
        officer = world.actor("beta", "officer")
        keys |= {
            "foreign": assign.assign_by_hand(row, foreign, abroad.person_id, officer, CLOCK).id,
            "foreign_case": foreign.reference,
        }
        db.session.commit()
    return keys


def addresses(app: Flask, method: str, references: list[str], evaluations: list[UUID]) -> list[str]:
    """Every address of the portal about a case: pages, files, documents, exports, autosave, evaluations."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        about = {"reference", "evaluation_id"} & rule.arguments
        if method not in (rule.methods or ()) or "tenant" not in rule.arguments or not about:
            continue
        for reference in references:
            for key in evaluations:
                known: dict[str, Any] = {
                    "tenant": "alpha", "reference": reference, "evaluation_id": key, "code": "spring", "move": "submit",
                    "move_code": "withdraw", "section": "purpose", "year": 2026, "number": 1,
                }  # fmt: skip
                values = {name: known.get(name, uuid4()) for name in rule.arguments}
                found.append(adapter.build(rule.endpoint, values, method=method))
    return sorted(set(found))


def refused_everywhere(
    app: Flask, client: FlaskClient, references: list[str], evaluations: list[UUID], allowed: tuple[int, ...] = (404,)
) -> None:
    """Not one of them answers with anything about the case; all answer alike, whether or not there is such a case."""
    token = client.get("/alpha/help/").text.split('name="csrf_token" value="')[1].split('"')[0]
    for method in ("GET", "POST"):
        asked = addresses(app, method, references, evaluations)
        for part in ("/inbox/evaluations/", "/desk/", "/cases/"):
            assert any(part in address for address in asked)
        for address in asked:
            answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert answer.status_code in allowed, f"{method} {address}: {answer.status_code}"
            assert TITLE not in answer.text
            assert PROSE not in answer.text


def change(place: Place, key: UUID, **values: Any) -> None:
    """Change a row behind everybody's back."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        found: Any = db.session.scalars(select(Evaluation).where(Evaluation.id == key)).first()
        if found is None:
            found = db.session.scalars(select(EvaluationRound).where(EvaluationRound.id == key)).one()
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def test_before_the_declaration(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Bare facts: who applies, so that she can say whether she is bound to them; no text; and nothing can be judged."""
    client = client_for("one@experts.example")
    page = client.get(f"/alpha/inbox/evaluations/{told['mine']}/")
    assert page.status_code == 200
    assert told["case"] in page.text
    assert "Mozambique" in page.text
    for name in ("Vilankulo", "UN-Habitat", "A B"):
        assert name in page.text
    for secret in (TITLE, PROSE, "letter.pdf", "planner@city.example"):
        assert secret not in page.text
    change(place, told["round"], blind=True)
    blind = client.get(f"/alpha/inbox/evaluations/{told['mine']}/").text
    for secret in (told["case"], TITLE, PROSE, "Vilankulo", "UN-Habitat", "A B"):
        assert secret not in blind
    change(place, told["round"], blind=False)
    listed = client.get("/alpha/inbox/evaluations/").text
    assert told["case"] in listed
    assert told["other"] not in listed
    assert TITLE not in listed
    path = f"/alpha/inbox/evaluations/{told['mine']}/review/"
    assert client.post(path, data={"do": "save"}).status_code in (400, 404)
    refused_everywhere(place.app, client, [told["case"]], [told["hers"]])


@pytest.mark.parametrize("state", ["conflicted", "released", "declined"])
def test_after_a_conflict(place: Place, client_for: Clients, told: dict[str, Any], state: str) -> None:
    """The case is gone from her list and from every address."""
    change(place, told["mine"], state=state)
    client = client_for("one@experts.example")
    refused_everywhere(place.app, client, [told["case"]], [told["mine"], told["hers"], told["foreign"]])
    assert "Nothing waits for you now." in client.get("/alpha/inbox/evaluations/").text


def test_before_the_window(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """She may declare herself before it opens; what is to be read opens with it."""
    change(place, told["round"], opens_at=CLOCK + timedelta(hours=2))
    client = client_for("one@experts.example")
    address = f"/alpha/inbox/evaluations/{told['mine']}/"
    assert 'value="free"' in client.get(address).text
    for state in ("declared", "draft"):
        change(place, told["mine"], state=state)
        page = client.get(address)
        assert page.status_code == 200
        assert 'value="free"' not in page.text
        for secret in (TITLE, PROSE, "criteria"):
            assert secret not in page.text, secret
        with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
            person = queries.profiles(place.world["alpha"].id)[0][1]
            tenant = tenants.by_slug("alpha")
            assert tenant is not None
            actor = organisations.actor_for(person, tenant)
            with pytest.raises(NotFound):
                evaluate.save(told["mine"], {}, actor, CLOCK)
            db.session.rollback()


@pytest.mark.parametrize("window", ["over", "closed"])
def test_outside_the_window(place: Place, client_for: Clients, told: dict[str, Any], window: str) -> None:
    """Nothing once it is over, filed or not."""
    change(place, told["mine"], state="filed")
    windows: dict[str, dict[str, Any]] = {
        "over": {"closes_at": CLOCK - timedelta(seconds=1)},
        "closed": {"state": "closed"},
    }
    change(place, told["round"], **windows[window])
    client = client_for("one@experts.example")
    refused_everywhere(place.app, client, [told["case"]], [told["mine"]])
    assert told["case"] not in client.get("/alpha/inbox/evaluations/").text


def test_another_evaluators_and_another_tenants(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Neither a colleague's case nor another fund's; an evaluator of another fund has no inbox here."""
    refused_everywhere(place.app, client_for("two@experts.example"), [told["case"], told["other"]], [told["mine"]])
    abroad = client_for("abroad@experts.example")
    # Whoever has no role here at all is refused alike everywhere, as any stranger is.
    refused_everywhere(place.app, abroad, [told["case"]], [told["mine"], told["foreign"]], (403, 404))
    assert abroad.get("/alpha/inbox/evaluations/").status_code in (403, 404)
    missing = client_for("one@experts.example")
    known, unknown = (missing.get(f"/alpha/inbox/evaluations/{key}/") for key in (told["hers"], uuid4()))
    assert (known.status_code, unknown.status_code) == (404, 404)


def test_declared_free(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Then she reads it, in her language and with names, as the round allows; the role taken, she reads nothing."""
    change(place, told["mine"], state="declared")
    client = client_for("one@experts.example")
    address = f"/alpha/inbox/evaluations/{told['mine']}/"
    for language in ("en", "ar"):
        page = client.get(f"{address}?lang={language}").text
        assert PROSE in page
        assert "Vilankulo" in page
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        tenant = tenants.by_slug("alpha")
        assert tenant is not None
        person = queries.profiles(tenant.id)[0][1]
        actor = organisations.actor_for(person, tenant)
        assert queries.one_readable(actor, told["mine"], CLOCK)
        accounts.revoke_role(Actor.system(tenant.id), person.id, Role.EVALUATOR)
        db.session.commit()
        with pytest.raises(NotFound):
            queries.one_readable(actor, told["mine"], CLOCK)
    assert client.get(address).status_code in (403, 404)


def test_of_her_own_organisation(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Whoever belongs to the organisation that applies reads nothing as an evaluator, whatever she declared."""
    change(place, told["mine"], state="declared")
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        person = queries.profiles(place.world["alpha"].id)[0][1]
        own = place.world["alpha"].organisations["vilankulo"]
        db.session.add(OrganisationMember(organisation_id=own, person_id=person.id, role="viewer", since=CLOCK))
        db.session.commit()
    client = client_for("one@experts.example")
    assert client.get(f"/alpha/inbox/evaluations/{told['mine']}/").status_code == 404
    assert str(told["mine"]) not in client.get("/alpha/inbox/evaluations/").text


def test_what_the_portal_noticed(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """A tie she names only after she was asked is shown to her and to the secretariat; blind, only its sort."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        profile = queries.profile_of(queries.profiles(place.world["alpha"].id)[0][1].id)
        assert profile is not None
        profile.ties = ["Municipality of Vilankulo"]
        db.session.commit()
    desk = client_for("officer@alpha.example").get(f"/alpha/admin/evaluation/spring/{told['case']}/").text
    assert "same city: Vilankulo" in desk
    client = client_for("one@experts.example")
    assert "same city: Vilankulo" in client.get(f"/alpha/inbox/evaluations/{told['mine']}/").text
    change(place, told["round"], blind=True)
    page = client.get(f"/alpha/inbox/evaluations/{told['mine']}/").text
    assert "same city" in page
    assert "Vilankulo" not in page


def test_no_other_page_is_there(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Lists, desks, exports and administration are not there for her; nor do public pages speak of the case."""
    client = client_for("one@experts.example")
    for rule in place.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments != {"tenant"}:
            continue
        address = place.app.url_map.bind("localhost").build(rule.endpoint, {"tenant": "alpha"})
        answer = client.get(address)
        allowed = access.declared(place.app, rule.endpoint)
        hers = isinstance(allowed, str) or Permission.EVALUATION_WRITE in (allowed or ())
        assert (answer.status_code in (200, 302, 503)) if hers else answer.status_code == 404, address
        assert TITLE not in answer.text, address
        assert told["other"] not in answer.text, address


def test_blind(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """A blind round shows no reference, no title, no name."""
    change(place, told["mine"], state="declared")
    change(place, told["round"], blind=True)
    client = client_for("one@experts.example")
    for address in ("/alpha/inbox/evaluations/", f"/alpha/inbox/evaluations/{told['mine']}/"):
        page = client.get(address).text
        for secret in (told["case"], TITLE, "Vilankulo", "UN-Habitat", "planner@city.example", "A B<", "letter.pdf"):
            assert secret not in page, secret
    assert PROSE in page


def test_the_secretariats_pages(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Every page is strict HTML in two languages; an auditor reads them and changes nothing."""
    world = place.world
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        row: Any = db.session.scalars(select(EvaluationRound)).one()
        one: Any = db.session.scalars(select(Evaluation).where(Evaluation.id == told["mine"])).one()
        tenant = tenants.by_slug("alpha")
        person = queries.profiles(world["alpha"].id)[0][1]
        assert tenant is not None
        filed(one, row, organisations.actor_for(person, tenant))
        db.session.commit()
    base = "/alpha/admin/evaluation/"
    pages = (base, f"{base}spring/", f"{base}spring/{told['case']}/", f"{base}spring/panel/")
    for who in ("manager@alpha.example", "auditor@alpha.example"):
        client = client_for(who)
        for address in pages:
            for language in ("en", "ar"):
                assert client.get(f"{address}?lang={language}").status_code == 200, address
    table = client.get(f"{base}spring/panel.csv")
    assert table.text.startswith("\ufeffplace,reference")
    assert told["case"] in table.text
    own = client_for("one@experts.example")
    for address in ("inbox/evaluations/profile/", "inbox/evaluations/", f"inbox/evaluations/{told['mine']}/"):
        assert own.get(f"/alpha/{address}").status_code == 200
    assert own.get(base).status_code in (403, 404)


def test_reminded_once(place: Place, told: dict[str, Any]) -> None:
    """Three days before the window closes, once, only who has not filed."""
    change(place, told["hers"], state="filed")
    with place.app.app_context():
        for _ in range(2):
            reminders.look(cast("Run", SimpleNamespace(now=CLOCK)))
            db.session.commit()
            worker.run_all(place.app, CLOCK)
        with tenancy.scope(place.world["alpha"].id):
            found = {one.id: one.reminded_at for one in db.session.scalars(select(Evaluation))}
            assert found == {told["mine"]: CLOCK, told["hers"]: None}
            to = db.session.scalars(select(OutboxMail.to_address).where(OutboxMail.subject.contains("due soon"))).all()
            assert to == ["one@experts.example"]
        db.session.remove()
