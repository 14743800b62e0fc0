"""Evaluators from invitation to the panel."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.cases import queries as cases
from portal.core.actor import Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.evaluation import queries
from portal.evaluation.service import assign, consensus, evaluate, people, rank
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.evaluation.panels import (
    CLOCK,
    TITLE,
    ask,
    evaluator,
    filed,
    judgement,
    new_round,
    panel,
)


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
    with pytest.raises(NotFound):
        consensus.sign(first.id, "", one, CLOCK)  # there is nothing to sign yet
    officer = alpha.actor("alpha", "officer")
    agreed = consensus.moderate(row, case, Decimal(55), "We agree on most.", officer, CLOCK)
    consensus.sign(first.id, agreed.changed_at.isoformat(), one, CLOCK)
    with pytest.raises(NotNow):
        consensus.sign(second.id, "another wording", two, CLOCK)
    assert panel(case) is not None
    consensus.sign(second.id, agreed.changed_at.isoformat(), two, CLOCK)
    assert panel(case) is None
    assert consensus.result(row, case.id) == (Decimal(55), Decimal(100))
    assert consensus.results(row) == {case.id: (Decimal(55), Decimal(100))}
    assign.settle_honorarium(first.id, row, "paid", officer, CLOCK)
    assert first.honorarium_state == "paid"
    assert first.reasons["honorarium"] == {"by": officer.name, "at": CLOCK.isoformat()}


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
