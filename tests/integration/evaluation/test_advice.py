"""What the panel recommended is shown where a case is decided; a decision that differs says why."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.calls.models import Call
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.errors import Invalid
from portal.evaluation.models import EvaluationRound
from portal.evaluation.rules import advice as rules
from portal.evaluation.service import rank
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.service import batch
from tests.conftest import Place
from tests.factories import World
from tests.integration.evaluation.panels import CLOCK, Clients, new_round
from tests.integration.review.road import at

GROUNDS = {"grounds": "It serves the poorest quarters."}
WHY = {"against_panel": "The country has withdrawn its concurrence."}


def ranked(world: World) -> tuple[Case, Case, EvaluationRound]:
    """Two cases that wait for a decision; the panel recommends the first of them."""
    first, second = at(world, "deciding"), at(world, "deciding", organisation="aleppo")
    row = new_round(world)
    rank.recommend(row, {first.id}, world.actor("alpha", "manager"), CLOCK)
    return first, second, row


def last(case: Case, kind: str) -> dict[str, object]:
    """What the newest event of a kind states."""
    return dict([e for e in cases.events_of(case.id) if e.kind == kind][-1].data)


@pytest.mark.parametrize(
    ("recommended", "effect", "expected"),
    [
        (True, "approved", False),
        (True, "approved_with_conditions", False),
        (True, "declined", True),
        (True, "revise_and_resubmit", True),
        (True, "not_eligible", False),
        (False, "approved", True),
        (False, "approved_in_principle", True),
        (False, "declined", False),
    ],
)
def test_what_differs(recommended: bool, effect: str, expected: bool) -> None:
    assert rules.differs(recommended, rules.outcome_of(("prepare_letter", f"record_decision:{effect}"))) is expected


def test_a_decision_that_differs_needs_a_reason_and_keeps_it(alpha: World) -> None:
    first, second, _ = ranked(alpha)
    manager = alpha.actor("alpha", "manager")
    with pytest.raises(Invalid) as refused:
        make_move(first, "decline", manager, CLOCK, GROUNDS)
    assert set(refused.value.problems) == {"against_panel"}
    make_move(first, "decline", manager, CLOCK, GROUNDS | WHY)
    told = last(first, "declined")
    assert (told["panel"], told["panel_round"]) == ("recommended", "spring")
    assert told["against_panel"] == WHY["against_panel"]
    assert not [e for e in cases.events_of(first.id, audience="applicant") if "against_panel" in e.data]
    make_move(second, "decline", manager, CLOCK, GROUNDS | WHY)
    told = last(second, "declined")
    assert told["panel"] == "not_recommended"
    assert "against_panel" not in told, "nobody asked"


def test_a_recommendation_to_the_members_counts_as_an_approval() -> None:
    assert rules.outcome_of((), "recommended_for_approval") == "approved"
    assert rules.outcome_of((), "found_complete") == ""


def test_where_no_panel_has_spoken_nothing_is_asked(alpha: World) -> None:
    case, manager = at(alpha, "deciding"), alpha.actor("alpha", "manager")
    row = new_round(alpha)
    rank.recommend(row, set(), manager, CLOCK)
    make_move(case, "approve", manager, CLOCK, GROUNDS)
    assert "panel" not in last(case, "approved")


def test_several_at_once_are_refused_one_by_one(alpha: World) -> None:
    first, second, row = ranked(alpha)
    call = db.session.scalars(select(Call).where(Call.id == row.call_id)).one()
    manager, keys = alpha.actor("alpha", "manager"), [first.id, second.id]
    told = {one.reference: one.refusal for one in batch.decide_together(call, keys, "approve", GROUNDS, manager, CLOCK)}
    assert told[first.reference] is None
    assert told[second.reference] is not None
    assert cases.by_id(second.id).state == "deciding"
    with pytest.raises(Invalid):
        batch.decide_together(call, [second.id], "approve", WHY, manager, CLOCK)
    told = {
        one.reference: one.refusal
        for one in batch.decide_together(call, [second.id], "approve", GROUNDS | WHY, manager, CLOCK)
    }
    assert told == {second.reference: None}
    assert last(second, "approved")["against_panel"] == WHY["against_panel"]


def test_the_pages_show_it(place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        first, second, _ = ranked(place.world)
        one, two = first.reference, second.reference
        db.session.commit()
        db.session.remove()
    manager = client_for("manager@alpha.example")
    page = manager.get(f"/alpha/desk/{one}/moves/decline/?lang=en").text
    assert "What the panel recommends" in page
    assert "The panel recommends this case. Why is it decided otherwise?" in page
    assert "/alpha/admin/evaluation/spring/panel/" in page
    assert "decided otherwise" not in manager.get(f"/alpha/desk/{one}/moves/approve/").text
    assert 'name="against_panel"' not in manager.get(f"/alpha/desk/{one}/moves/keep_back/").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    url = f"/alpha/desk/{two}/moves/approve/"
    assert manager.post(url, data={"csrf_token": token, **GROUNDS}).status_code == 422
    assert manager.post(url, data={"csrf_token": token, **GROUNDS, **WHY}).status_code == 303
    assert WHY["against_panel"] in manager.get(f"/alpha/desk/{two}/?tab=history").text
    several = manager.get("/alpha/desk/calls/preparatory-grants/decide/").text
    assert 'name="against_panel"' in several
    for email in ("vilankulo.lead@alpha.example", "aleppo.lead@alpha.example"):
        own = client_for(email).get(f"/alpha/cases/{one if 'vilankulo' in email else two}/?lang=en").text
        assert "panel" not in own.casefold().replace("panel-", "")
        assert WHY["against_panel"] not in own
