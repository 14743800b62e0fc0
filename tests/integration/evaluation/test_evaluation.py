"""Evaluators from invitation to the panel, and that nobody reads what is not hers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.steps import GUARDS, Step
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.evaluation import jobs as reminders
from portal.evaluation import queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import assign, consensus, evaluate, people, rank, rounds
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.jobs import Run
from portal.infra.mail import OutboxMail
from portal.organisations import queries as organisations
from portal.tenants import queries as tenants
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories

CLOCK = datetime.now(UTC)
DAY = timedelta(days=1)
PROSE = "The city grows faster than its plans"
TITLE = "A strategy for the city"
Clients = Callable[[str | None], FlaskClient]


def evaluator(world: World, name: str, slug: str = "alpha", **profile: Any) -> Actor:
    """Somebody invited by an officer, with her profile."""
    officer = world.actor(slug, "officer")
    person = people.invite(officer, f"{name}@experts.example", f"Expert {name}", "en", CLOCK)
    tenant = tenants.by_slug(slug)
    assert tenant is not None
    actor = organisations.actor_for(person, tenant)
    facts: dict[str, Any] = {
        "expertise": ["cds"],
        "languages": ["en", "pt"],
        "countries": [],
        "ties": [],
        "most_cases": 5,
        "active": True,
    }
    people.save_profile(actor, **(facts | profile), now=CLOCK)
    return actor


def new_round(world: World, slug: str = "alpha", **more: Any) -> EvaluationRound:
    """An open round of preparatory grants, two evaluators a case."""
    facts: dict[str, Any] = {
        "call_id": world[slug].call,
        "opens_at": CLOCK - DAY,
        "closes_at": CLOCK + DAY,
        "needed": 2,
        "blind": False,
        "shows_others": True,
        "honorarium": Decimal(150),
    }
    officer = world.actor(slug, "officer")
    return rounds.add_round(officer, "spring", {"en": "Spring"}, "preparatory_grant", **(facts | more), now=CLOCK)


def judgement(row: EvaluationRound, word: str = "met") -> dict[str, dict[str, Any]]:
    """A whole review."""
    return {
        "criteria": dict.fromkeys(evaluate.criteria_of(row), word)
        | {f"{code}_comment": "Not quite." for code in evaluate.criteria_of(row)},
        "recommendation": {"recommendation": "approve", "summary": "Sound."},
    }


def filed(one: Evaluation, row: EvaluationRound, actor: Actor, word: str = "met") -> None:
    """Declare, judge and file."""
    evaluate.declare(one.id, "free", "", actor, CLOCK)
    evaluate.save(one.id, judgement(row, word), actor, CLOCK)
    evaluate.file(one.id, actor, CLOCK)


def ask(world: World, case: Case, row: EvaluationRound, who: Actor) -> Evaluation:
    """Give a case to somebody by hand."""
    assert who.person_id is not None
    return assign.assign_by_hand(row, case, who.person_id, world.actor("alpha", "officer"), CLOCK)


def panel(case: Case) -> Any:
    """What the guard says."""
    return GUARDS["panel_ended"](cast("Step", SimpleNamespace(case=case)))


def test_invited_and_assigned_by_rule(alpha: World) -> None:
    """The portal gives to the two who suit, keeps why, mails them without a word of the case."""
    case = stories.submitted(alpha)
    row = new_round(alpha)
    one, two = evaluator(alpha, "one"), evaluator(alpha, "two", expertise=[])
    tied = evaluator(alpha, "tied", ties=["MUNICIPALITY of Vilankulo"])
    compatriot = evaluator(alpha, "compatriot", countries=["MZ"])
    assert one.roles == {Role.EVALUATOR}
    assert not one.is_staff
    made = assign.assign_by_rule(row, alpha.actor("alpha", "officer"), CLOCK)
    assert [(item.person_id, item.case_id) for item in made] == [(one.person_id, case.id), (two.person_id, case.id)]
    assert made[0].reasons["topics"] == ["cds"]
    assert assign.assign_by_rule(row, alpha.actor("alpha", "officer"), CLOCK) == []
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address.in_(["one@experts.example"]))).all()
    assert all(TITLE not in mail.text_body and case.reference not in mail.text_body for mail in mails)
    by_hand = ask(alpha, case, row, tied)
    assert {hint["kind"] for hint in by_hand.reasons["hints"]} == {"city", "organisation"}
    assert ask(alpha, case, row, compatriot).reasons["hints"] == [{"kind": "country", "what": "MZ"}]
    told = [event for event in cases.events_of(case.id) if event.kind == "evaluation_assigned"]
    assert len(told) == 4
    assert {event.audience for event in told} == {"staff"}


def test_who_may_do_what(alpha: World) -> None:
    """Invitations, rounds and ranking are the secretariat's; staff are no external evaluators."""
    with pytest.raises(NotAllowed):
        people.invite(alpha.actor("alpha", "translator"), "x@y.example", "X", "en", CLOCK)
    with pytest.raises(Invalid) as refused:
        people.invite(alpha.actor("alpha", "officer"), alpha.email("alpha", "manager"), "X", "en", CLOCK)
    assert "email" in refused.value.problems
    row, one = new_round(alpha), evaluator(alpha, "one")
    with pytest.raises(NotAllowed):
        assign.assign_by_rule(row, one, CLOCK)
    with pytest.raises(NotAllowed):
        rank.recommend(row, set(), alpha.actor("alpha", "officer"), CLOCK)
    with pytest.raises(NotFound):
        queries.rounds(one)


def test_filed_scored_and_agreed(alpha: World) -> None:
    """The panel ends when enough are filed and agree: by their scores, or in writing signed by each."""
    case, row = stories.submitted(alpha), new_round(alpha)
    one, two = evaluator(alpha, "one"), evaluator(alpha, "two")
    assert panel(case) is not None
    first, second = ask(alpha, case, row, one), ask(alpha, case, row, two)
    with pytest.raises(NotFound):
        evaluate.save(first.id, judgement(row), one, CLOCK)
    filed(first, row, one)
    assert (first.score, first.passed, first.honorarium_state) == (Decimal("100.0"), True, "due")
    with pytest.raises(NotNow):
        evaluate.save(first.id, judgement(row, "not_met"), one, CLOCK)
    assert panel(case) is not None
    filed(second, row, two, "not_met")
    assert panel(case) is not None  # a hundred points apart
    officer = alpha.actor("alpha", "officer")
    agreed = consensus.moderate(row, case, Decimal(55), "We agree on most.", officer, CLOCK)
    consensus.sign(first.id, agreed.changed_at.isoformat(), one, CLOCK)
    with pytest.raises(NotNow):
        consensus.sign(second.id, "another wording", two, CLOCK)
    assert panel(case) is not None
    consensus.sign(second.id, agreed.changed_at.isoformat(), two, CLOCK)
    assert panel(case) is None
    assert consensus.result(row, case.id) == (Decimal(55), Decimal(100))
    assign.settle_honorarium(first.id, row, "paid", officer, CLOCK)
    assert first.honorarium_state == "paid"


def test_scores_that_lie_together_need_no_consensus(alpha: World) -> None:
    """Two who agree end the panel by themselves."""
    case, row = stories.submitted(alpha), new_round(alpha)
    for name in ("one", "two"):
        who = evaluator(alpha, name)
        filed(ask(alpha, case, row, who), row, who)
    assert panel(case) is None


def test_ranking(alpha: World) -> None:
    """By score; another place needs a reason; what is recommended is kept."""
    first, second = stories.submitted(alpha), stories.submitted(alpha, organisation="aleppo")
    row, one = new_round(alpha, needed=1), evaluator(alpha, "one", languages=["en", "pt", "ar"])
    filed(ask(alpha, first, row, one), row, one, "not_met")
    filed(ask(alpha, second, row, one), row, one)
    manager = alpha.actor("alpha", "manager")
    assert [case.id for _, case in rank.entries(row)] == [second.id, first.id]
    with pytest.raises(Invalid):
        rank.move(row, first.id, 1, " ", manager, CLOCK)
    rank.move(row, first.id, 1, "A country never funded before.", manager, CLOCK)
    assert [case.id for _, case in rank.entries(row)] == [first.id, second.id]
    rank.recommend(row, {first.id}, manager, CLOCK)
    assert [key for key, kept in queries.ranking_of(row.id).items() if kept.recommended] == [first.id]
    with pytest.raises(NotFound):
        rank.recommend(row, {uuid4()}, manager, CLOCK)


def test_reminded_once(place: Place, told: dict[str, Any]) -> None:
    """Three days before the window closes, once, only who has not filed."""
    change(place, told["hers"], state="filed")
    with place.app.app_context():
        for _ in range(2):
            reminders.remind(cast("Run", SimpleNamespace(now=CLOCK)))
            db.session.commit()
        with tenancy.scope(place.world["alpha"].id):
            found = {one.id: one.reminded_at for one in db.session.scalars(select(Evaluation))}
            assert found == {told["mine"]: CLOCK, told["hers"]: None}
            to = db.session.scalars(select(OutboxMail.to_address).where(OutboxMail.subject.contains("due soon"))).all()
            assert to == ["one@experts.example"]
        db.session.remove()


# -- nobody reads what is not hers


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


def addresses(app: Flask, references: list[str], evaluations: list[UUID]) -> list[str]:
    """Every address of the portal that shows something of a case."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "tenant" not in rule.arguments:
            continue
        for reference in references:
            for key in evaluations:
                known: dict[str, Any] = {
                    "tenant": "alpha", "reference": reference, "evaluation_id": key, "code": "spring", "move": "submit",
                    "section": "purpose", "document_id": uuid4(), "file_id": uuid4(), "year": 2026, "number": 1,
                }  # fmt: skip
                if rule.arguments <= set(known) and not {"reference", "evaluation_id"}.isdisjoint(rule.arguments):
                    values = {name: known[name] for name in rule.arguments}
                    found.append(adapter.build(rule.endpoint, values))
    return sorted(set(found))


def refused_everywhere(app: Flask, client: FlaskClient, references: list[str], evaluations: list[UUID]) -> None:
    """Not one of them answers with a page about the case."""
    asked = addresses(app, references, evaluations)
    assert any("/inbox/evaluations/" in address for address in asked)
    assert any("/desk/" in address for address in asked)
    for address in asked:
        answer = client.get(address)
        assert answer.status_code in (403, 404), f"{address}: {answer.status_code}"
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
    """Bare facts: no title, no name, no text; and nothing can be judged."""
    client = client_for("one@experts.example")
    page = client.get(f"/alpha/inbox/evaluations/{told['mine']}/")
    assert page.status_code == 200
    assert told["case"] in page.text
    assert "Mozambique" in page.text
    for secret in (TITLE, PROSE, "Vilankulo", "UN-Habitat"):
        assert secret not in page.text
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


@pytest.mark.parametrize("window", ["over", "not yet", "closed"])
def test_outside_the_window(place: Place, client_for: Clients, told: dict[str, Any], window: str) -> None:
    """Nothing before it opens, nothing once it is over, filed or not."""
    change(place, told["mine"], state="filed")
    values = {
        "over": {"closes_at": CLOCK - timedelta(seconds=1)},
        "not yet": {"opens_at": CLOCK + timedelta(hours=2)},
        "closed": {"state": "closed"},
    }[window]
    change(place, told["round"], **values)
    client = client_for("one@experts.example")
    refused_everywhere(place.app, client, [told["case"]], [told["mine"]])
    assert told["case"] not in client.get("/alpha/inbox/evaluations/").text


def test_another_evaluators_and_another_tenants(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Neither a colleague's case nor another fund's; an evaluator of another fund has no inbox here."""
    refused_everywhere(place.app, client_for("two@experts.example"), [told["case"], told["other"]], [told["mine"]])
    abroad = client_for("abroad@experts.example")
    refused_everywhere(place.app, abroad, [told["case"]], [told["mine"], told["foreign"]])
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
