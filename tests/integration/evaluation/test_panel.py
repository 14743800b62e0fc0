"""The panel beside a case: who is asked, how it ends, and what is signed after the window."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from portal.calls.models import Call
from portal.cases.models import Case, CaseTrack
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.evaluation import jobs, queries
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound
from portal.evaluation.service import assign, consensus, evaluate, rank, rounds
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.jobs import Run
from portal.infra.mail import OutboxMail
from portal.organisations import queries as organisations
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import proposals, stories
from tests.integration.evaluation.panels import CLOCK, DAY, Clients, ask, evaluator, filed, new_round

LATER = CLOCK + 2 * DAY


def proposal(world: World, slug: str = "alpha") -> Case:
    """A proposal for which an external evaluation was asked."""
    case = proposals.to_coordinate(world, proposals.submitted(world, slug))
    return make_move(case, "ask_panel", stories.who(world, case, "officer"), CLOCK, {"reason": "A large amount."})


def round_of(world: World, slug: str = "alpha", **more: Any) -> EvaluationRound:
    """An open round of all project proposals."""
    return new_round(world, slug, instrument="project_proposal", call_id=None, **more)


def run(now: datetime) -> Run:
    """A job of the first tenant at an instant."""
    return cast("Run", SimpleNamespace(now=now))


def track(case: Case) -> str:
    """The state of the external evaluation beside a case."""
    return db.session.scalars(
        select(CaseTrack.state).where(CaseTrack.case_id == case.id, CaseTrack.code == "panel")
    ).one()


def test_only_where_the_evaluation_was_begun(alpha: World) -> None:
    """A proposal nobody asked external evaluators about is in no round; and a call's round takes only its own."""
    without = proposals.to_coordinate(alpha, proposals.submitted(alpha))
    row, one = round_of(alpha), evaluator(alpha, "one")
    assert queries.cases_of(row) == []
    with pytest.raises(NotNow):
        ask(alpha, without, row, one)
    case = make_move(without, "ask_panel", alpha.actor("alpha", "officer"), CLOCK, {"reason": "A large amount."})
    assert [found.id for found in queries.waiting(row)] == [case.id]
    assert [found.id for found in assign.lacking(row)] == [case.id]
    made = assign.assign_by_rule(row, alpha.actor("alpha", "officer"), CLOCK)
    assert [(found.case_id, found.person_id) for found in made] == [(case.id, one.person_id)]
    assert [found.id for found in assign.lacking(row)] == [case.id], "one of two"


def test_a_round_of_a_call(alpha: World) -> None:
    """A call of another instrument is refused; its own brings the envelope."""
    with pytest.raises(Invalid) as refused:
        new_round(alpha, instrument="project_proposal")
    assert "instrument" in refused.value.problems
    call = queries.call_of(new_round(alpha))
    assert call is not None
    assert call.id == alpha["alpha"].call


def test_the_last_signature_ends_the_panel(alpha: World) -> None:
    """Scores far apart, a consensus written when the window is over, signed by both: the system closes the track."""
    case, row = proposal(alpha), round_of(alpha)
    officer = alpha.actor("alpha", "officer")
    one, two = evaluator(alpha, "one"), evaluator(alpha, "two")
    first, second = ask(alpha, case, row, one), ask(alpha, case, row, two)
    filed(first, row, one)
    filed(second, row, two, "not_met")
    jobs.end_rounds(run(LATER))
    assert (row.state, track(case)) == ("closed", "open"), "the scores lie far apart"
    agreed = consensus.moderate(row, case, Decimal(55), "We agree on most.", officer, LATER)
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.subject.contains("signature"))).all()
    assert {mail.to_address for mail in mails} == {"one@experts.example", "two@experts.example"}
    assert all(case.reference not in mail.text_body and case.title not in mail.text_body for mail in mails)
    assert [found[0].id for found in queries.to_sign(one)] == [first.id]
    consensus.sign(first.id, agreed.changed_at.isoformat(), one, LATER)
    assert queries.to_sign(one) == []
    assert track(case) == "open"
    with pytest.raises(NotFound):
        consensus.sign(first.id, agreed.changed_at.isoformat(), two, LATER)
    consensus.sign(second.id, agreed.changed_at.isoformat(), two, LATER)
    assert track(case) == "ended"
    with pytest.raises(NotNow):
        ask(alpha, case, row, evaluator(alpha, "three"))
    assert [found.id for found in queries.cases_of(row)] == [case.id], "it stays in the ranking"


def test_the_end_of_the_window_ends_the_panels_that_agree(alpha: World) -> None:
    """By the job, once; an officer may do it before, and by closing the round."""
    case, row = proposal(alpha), round_of(alpha, needed=1)
    one = evaluator(alpha, "one")
    officer = alpha.actor("alpha", "officer")
    assert not consensus.end_panel(case, officer, CLOCK)
    filed(ask(alpha, case, row, one), row, one)
    jobs.end_rounds(run(CLOCK))
    assert (row.state, track(case)) == ("open", "open")
    jobs.end_rounds(run(LATER))
    assert (row.state, track(case)) == ("closed", "ended")
    jobs.end_rounds(run(LATER))
    assert not consensus.end_panel(case, officer, LATER), "it has ended"


def test_a_concept_note_scored_from_one_to_five(alpha: World) -> None:
    """Its panel is begun with the circular; the weighted scale of the instrument makes the score."""
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha, instrument="concept_note", amount="100000.00"))
    case = make_move(case, "circulate_for_coordination", Actor.system(alpha["alpha"].id), CLOCK)
    call = db.session.scalars(select(Call).where(Call.instrument == "concept_note")).one()
    row = new_round(alpha, instrument="concept_note", call_id=call.id, needed=1, blind=True)
    one = evaluator(alpha, "one", expertise=["concept_note"])
    made = assign.assign_by_rule(row, alpha.actor("alpha", "officer"), CLOCK)
    assert [found.case_id for found in made] == [case.id]
    filed(made[0], row, one, "4")
    assert (made[0].score, made[0].passed) == (Decimal(80), True)
    assert consensus.end_panel(case, alpha.actor("alpha", "manager"), CLOCK)
    assert track(case) == "ended"


def test_closing_a_round_by_hand(alpha: World) -> None:
    """It ends what agrees, and can be undone by letting it close later."""
    case, row = proposal(alpha), round_of(alpha, needed=1)
    one, officer = evaluator(alpha, "one"), alpha.actor("alpha", "officer")
    filed(ask(alpha, case, row, one), row, one)
    with pytest.raises(NotAllowed):
        rounds.close(row, alpha.actor("alpha", "auditor"), CLOCK)
    rounds.close(row, officer, CLOCK)
    assert (row.state, track(case)) == ("closed", "ended")
    with pytest.raises(Invalid):
        rounds.extend(row, CLOCK, officer, CLOCK)
    with pytest.raises(NotAllowed):
        rounds.extend(row, LATER, one, CLOCK)
    rounds.extend(row, LATER, officer, CLOCK)
    assert (row.state, row.closes_at) == ("open", LATER)


def test_a_conflict_discovered_while_reading(alpha: World) -> None:
    """It can be declared until she has filed; she reads no further, and the portal asks somebody else."""
    case, row = proposal(alpha), round_of(alpha, needed=1)
    one, two = evaluator(alpha, "one"), evaluator(alpha, "two")
    first = ask(alpha, case, row, one)
    evaluate.declare(first.id, "free", "", one, CLOCK)
    with pytest.raises(NotNow):
        evaluate.declare(first.id, "decline", "", one, CLOCK)
    with pytest.raises(Invalid):
        evaluate.declare(first.id, "conflict", " ", one, CLOCK)
    evaluate.declare(first.id, "conflict", "I advised the mayor.", one, CLOCK)
    with pytest.raises(NotFound):
        queries.one_readable(one, first.id, CLOCK)
    made = assign.assign_by_rule(row, alpha.actor("alpha", "officer"), CLOCK)
    assert [found.person_id for found in made] == [two.person_id]
    filed(made[0], row, two)
    with pytest.raises(NotNow):
        evaluate.declare(made[0].id, "conflict", "Too late.", two, CLOCK)


def test_nobody_evaluates_her_own_organisation(alpha: World) -> None:
    """Not even by hand."""
    case, row, one = proposal(alpha), round_of(alpha), evaluator(alpha, "one")
    assert one.person_id is not None
    db.session.add(
        OrganisationMember(organisation_id=case.organisation_id, person_id=one.person_id, role="viewer", since=CLOCK)
    )
    db.session.flush()
    with pytest.raises(Invalid) as refused:
        ask(alpha, case, row, one)
    assert "person" in refused.value.problems


def test_a_case_that_was_withdrawn_is_closed_to_her(alpha: World) -> None:
    """What has ended is nobody's to read any more."""
    case, row, one = stories.submitted(alpha), new_round(alpha), evaluator(alpha, "one")
    asked = ask(alpha, case, row, one)
    evaluate.declare(asked.id, "free", "", one, CLOCK)
    assert queries.one_readable(one, asked.id, CLOCK)[2].id == case.id
    stories.withdrawn(alpha, case, CLOCK)
    with pytest.raises(NotFound):
        queries.one_readable(one, asked.id, CLOCK)


def expert(place: Place, name: str) -> Actor:
    """An evaluator of the first tenant as she acts."""
    tenant = tenants.by_slug("alpha")
    assert tenant is not None
    person = next(one for _, one in queries.profiles(tenant.id) if one.email == f"{name}@experts.example")
    return organisations.actor_for(person, tenant)


@pytest.fixture
def told(place: Place, world: World) -> dict[str, Any]:
    """A round of a call with an envelope, one case filed by two who disagree; plain values."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        call = db.session.scalars(select(Call).where(Call.id == world["alpha"].call)).one()
        call.envelope = Decimal(30000)
        case, other = stories.submitted(world), stories.submitted(world, organisation="aleppo")
        row, one, two = new_round(world), evaluator(world, "one"), evaluator(world, "two")
        first, second = ask(world, case, row, one), ask(world, case, row, two)
        filed(first, row, one)
        filed(second, row, two, "not_met")
        db.session.commit()
        return {"case": case.reference, "other": other.id, "id": case.id, "round": row.id, "first": first.id}


def token_of(app: Flask, page: str) -> str:
    """The token of a page's form."""
    assert app is not None
    return page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]


def test_moderated_and_signed_on_the_pages(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """The officer writes it after the window; the evaluator sees it and her own, but no longer the application."""
    officer, one = client_for("officer@alpha.example"), client_for("one@experts.example")
    home = f"/alpha/admin/evaluation/spring/{told['case']}/"
    found = officer.get(home).text
    assert "The scores lie far apart" in found.split('id="consensus"')[1]
    token = token_of(place.app, found)
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        row = db.session.scalars(select(EvaluationRound)).one()
        row.closes_at = CLOCK - timedelta(hours=1)
        db.session.commit()
    hers = f"/alpha/inbox/evaluations/{told['first']}/"
    assert one.get(hers).status_code == 404
    wrong = {"do": "consensus", "score": "101", "summary": "", "csrf_token": token}
    assert officer.post(home, data=wrong).status_code == 422
    right = wrong | {"score": "55", "summary": "We agree on most."}
    assert officer.post(home, data=right).status_code == 303
    page = one.get(hers).text
    assert "We agree on most." in page
    assert "Sound." in page, "her own evaluation"
    assert "The city grows faster" not in page
    assert "A strategy for the city" not in page
    assert hers in one.get("/alpha/inbox/evaluations/").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    signed = one.post(f"{hers}signature/", data={"csrf_token": token_of(place.app, page), "seen": seen})
    assert signed.status_code == 303
    assert "You have signed it." in one.get(hers).text
    listed = one.get("/alpha/inbox/evaluations/?lang=ar")
    assert hers not in listed.text
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        assert list(db.session.scalars(select(Consensus)).one().signatures) == [str(expert(place, "one").person_id)]


def test_the_panel_shows_what_fits(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Scores, spread, budget line; the balance of what fits, then of what is recommended, and what goes beyond."""
    manager = client_for("manager@alpha.example")
    page = manager.get("/alpha/admin/evaluation/spring/panel/").text
    assert "Balance of what fits by score" in page
    assert "Place in the ranking" in page
    assert 'data-label="Region">' in page.split('id="balance"')[1]
    assert "below the budget line" in page, "two cases of 20,000 in an envelope of 30,000"
    data = {"csrf_token": token_of(place.app, page), "do": "recommend", "recommended": [told["id"], told["other"]]}
    assert manager.post("/alpha/admin/evaluation/spring/panel/", data=data).status_code == 303
    page = manager.get("/alpha/admin/evaluation/spring/panel/").text
    assert "Balance of what is recommended" in page
    assert "more than the envelope holds" in page
    assert "Cities funded for the first time: 2" in page
    officer = client_for("officer@alpha.example")
    data["csrf_token"] = token_of(place.app, officer.get("/alpha/admin/evaluation/").text)
    assert officer.post("/alpha/admin/evaluation/spring/panel/", data=data).status_code == 403
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        row = db.session.scalars(select(EvaluationRound)).one()
        with pytest.raises(NotFound):
            rank.move(row, told["round"], 1, "No such case.", place.world.actor("alpha", "manager"), CLOCK)


def test_the_secretariats_forms(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Invite, add, extend, assign and settle on the pages; what is wrong is said beside its field."""
    officer = client_for("officer@alpha.example")
    home = "/alpha/admin/evaluation/"
    token = token_of(place.app, officer.get(home).text)
    call = place.world["alpha"].call
    wrong = {"csrf_token": token, "title": "", "code": "autumn", "instrument": f"call:{call}", "opens_at": "x"}
    page = officer.post(home, data=wrong)
    assert page.status_code == 422
    assert "Give day and time such as" in page.text
    right = wrong | {"title": "Autumn", "opens_at": "2099-01-01T09:00", "closes_at": "2099-01-09T18:00", "needed": "2"}
    for impossible in ("9999-12-31T23:59", "0001-01-01T00:00"):
        page = officer.post(home, data=right | {"closes_at": impossible})
        assert page.status_code == 422
        assert "Give day and time such as" in page.text
    for field in ("opens_at", "closes_at"):  # New York puts the clocks forward from 02:00 to 03:00
        page = officer.post(home, data=right | {field: "2027-03-14T02:30"})
        assert page.status_code == 422
        assert "this hour does not exist" in page.text
    assert officer.post(home, data=right | {"needed": "9" * 5000}).status_code == 422
    assert officer.post(home, data=right).location.endswith("/autumn/")
    guest: dict[str, Any] = {"csrf_token": token, "name": "Nadia", "email": "nadia@experts.example", "language": "ar"}
    guest |= {"expertise": "cds", "languages": ["ar", "fr"], "ties": "City of Tunis"}
    assert officer.post(f"{home}people/", data=guest).status_code == 303
    listed = officer.get(home).text
    assert "City of Tunis" in listed
    assert "City development strategy" in listed
    later = {"csrf_token": token, "closes_at": "2001-01-01T09:00"}
    assert officer.post(f"{home}spring/extension/", data=later).status_code == 422
    later["closes_at"] = "2099-02-01T09:00"
    assert officer.post(f"{home}spring/extension/", data=later).status_code == 303
    assert officer.post(f"{home}spring/assign/", data={"csrf_token": token}).status_code == 303
    assert "Nobody suits" in officer.get(f"{home}spring/").text
    paid = {"csrf_token": token, "do": "honorarium", "evaluation": told["first"], "honorarium": "paid"}
    assert officer.post(f"{home}spring/{told['case']}/", data=paid).status_code == 303
    page = officer.get(f"{home}spring/?lang=ar")
    assert page.status_code == 200
    assert officer.get(f"/alpha/desk/{told['case']}/evaluation/").location.endswith(f"/spring/{told['case']}/")
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        states = db.session.scalars(select(Evaluation.honorarium_state).where(Evaluation.filed_at.is_not(None))).all()
        assert sorted(states) == ["due", "paid"]


def test_closing_says_what_will_happen(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Before the button: what is not filed, what is short of evaluations; only a form that is sent closes the round."""
    officer, home = client_for("officer@alpha.example"), "/alpha/admin/evaluation/spring/"
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        row = db.session.scalars(select(EvaluationRound)).one()
        other = db.session.scalars(select(Case).where(Case.id == told["other"])).one()
        ask(place.world, other, row, expert(place, "two"))
        db.session.commit()
    page = officer.get(home).text
    asked = page.split('<details class="confirm is-late">')[1].split("</details>")[0]
    assert "Close the round now…" in asked.split("</summary>")[0]
    assert f'<form method="post" action="{home}close/"' in asked
    assert "Evaluations that are asked for and not filed: 1." in asked
    assert "Applications with fewer evaluations than this round needs: 1." in asked
    assert page.count(f'action="{home}close/"') == 1, "no button that acts at once"
    assert officer.get(f"{home}close/").status_code in (404, 405)
    auditor = client_for("auditor@alpha.example")
    assert f'action="{home}close/"' not in auditor.get(home).text
    assert officer.post(f"{home}close/", data={"csrf_token": token_of(place.app, page)}).status_code == 303
    over = officer.get(home).text
    assert f'action="{home}close/"' not in over
    assert "Closed" in over.split("<main")[1].split("<table")[0], "although its window would last until tomorrow"
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        assert db.session.scalars(select(EvaluationRound.state)).one() == "closed"


def test_the_other_tenant_has_none_of_it(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Rounds, evaluators and rankings are one tenant's."""
    client = client_for("officer@beta.example")
    home = "/beta/admin/evaluation/"
    page = client.get(home).text
    assert "Spring" not in page
    assert "one@experts.example" not in page
    for path in ("spring/", "spring/panel/", "spring/panel.csv", f"spring/{told['case']}/"):
        assert client.get(home + path).status_code == 404
        assert client.get(f"/alpha/admin/evaluation/{path}").status_code == 404


def test_she_begins_at_her_list(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Logged in, an evaluator lands where her work is."""
    assert told
    client = client_for("one@experts.example")
    assert client.get("/login").location.endswith("/alpha/inbox/evaluations/")
    assert place.app is not None


def test_from_the_desk_to_the_panel_and_back(place: Place, client_for: Clients) -> None:
    """The case on the desk leads to its round; there the panel is ended, and an auditor only reads."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        case, row = proposal(place.world), round_of(place.world, needed=1)
        one = evaluator(place.world, "one")
        filed(ask(place.world, case, row, one), row, one)
        db.session.commit()
        reference = case.reference
    officer, home = client_for("officer@alpha.example"), f"/alpha/admin/evaluation/spring/{reference}/"
    assert f"/alpha/desk/{reference}/evaluation/" in officer.get(f"/alpha/desk/{reference}/").text
    page = officer.get(home).text
    assert 'value="end"' in page
    assert "Close the external evaluation" in page
    auditor = client_for("auditor@alpha.example")
    assert 'value="end"' not in auditor.get(home).text
    form = {"csrf_token": token_of(place.app, page), "do": "end"}
    assert officer.post(home, data=form).status_code == 303
    assert officer.post(home, data=form).status_code == 409
    assert "Close the external evaluation" not in officer.get(home).text, "what has ended is not offered any more"
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        assert db.session.scalars(select(CaseTrack.state).where(CaseTrack.code == "panel")).one() == "ended"


def test_her_profile_on_its_page(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """Countries by name in her language or by two letters; what is none is said, and nothing typed is lost."""
    assert told
    client = client_for("one@experts.example")
    address = "/alpha/inbox/evaluations/profile/"
    token = token_of(place.app, client.get(address).text)
    form = {"csrf_token": token, "languages": "en", "most_cases": "3", "active": "yes", "ties": "City of Tunis"}
    wrong = client.post(address, data=form | {"countries": "Brazil, Atlantis"})
    assert wrong.status_code == 422
    assert "Not known as a country: Atlantis." in wrong.text
    assert client.post(address, data=form | {"most_cases": "9" * 5000}).status_code == 422
    assert "Brazil, Atlantis" in wrong.text
    assert client.post(address, data=form | {"countries": "Brazil, ke", "expertise": "cds"}).status_code == 303
    assert "Brazil, Kenya" in client.get(address).text
    arabic = client.get(f"{address}?lang=ar").text
    assert "البرازيل, كينيا" in arabic
    assert client.post(f"{address}?lang=ar", data=form | {"countries": "البرازيل، كينيا"}).status_code == 303
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        key = expert(place, "one").person_id
        assert key is not None
        profile = queries.profile_of(key)
        assert profile is not None
        assert (profile.countries, profile.expertise, profile.most_cases) == (["BR", "KE"], [], 3)
