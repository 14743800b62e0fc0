"""A decision undone or appealed against goes back to where it was taken, and never past the members."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.errors import NotNow
from portal.members.service import close
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.members import people
from tests.integration.review.decided import GROUNDS, read_and_send

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNDO, APPEAL = {"reason": "A wrong figure."}, {"grounds": "The council does stand behind it."}
AMOUNTS = {"large": "300000.00", "small": "60000.00"}


def answering(world: World, amount: str = AMOUNTS["large"], instrument: str = "project_proposal") -> Case:
    """The members were asked for comments, and their time is over; the country was not heard yet."""
    case = people.coordinating(world, amount=amount, instrument=instrument)
    people.close_over(case, "coordination")
    assert case.state == "answering"
    return case


def declined(world: World, case: Case, now: datetime) -> Case:
    """A manager declines it where it stands."""
    return make_move(case, "decline", stories.who(world, case, "manager"), now, GROUNDS)


@pytest.mark.parametrize(
    ("instrument", "amount"),
    [
        ("project_proposal", AMOUNTS["large"]),
        ("project_proposal", AMOUNTS["small"]),
        ("concept_note", AMOUNTS["small"]),
    ],
)
def test_undone_it_stands_where_it_was_taken(alpha: World, instrument: str, amount: str) -> None:
    """Nothing is skipped by declining and undoing: the country still has to be heard before a recommendation."""
    people.join(alpha, "alpha")
    case = answering(alpha, amount, instrument)
    now = case.state_since + HOUR
    declined(alpha, case, now)
    make_move(case, "undo_decision", stories.who(alpha, case, "manager"), now + HOUR, UNDO)
    assert case.state == "answering"
    onwards = "recommend" if instrument == "project_proposal" else "rank"
    with pytest.raises(NotNow, match="not finished"):
        make_move(case, onwards, stories.who(alpha, case, "officer"), now + 2 * HOUR)


def test_an_appeal_does_not_lead_past_the_members(alpha: World) -> None:
    """Above the middle limit another manager finds for the appeal by letting the members decide, not by approving."""
    people.join(alpha, "alpha")
    case = answering(alpha)
    officer, now = stories.who(alpha, case, "officer"), case.state_since + HOUR
    make_move(case, "close_concurrence", officer, now, {"outcome": "concurs"})
    declined(alpha, case, now + HOUR)
    read_and_send(case, alpha, now + 2 * HOUR)
    make_move(case, "appeal", stories.who(alpha, case, "lead"), now + DAY, APPEAL)
    assert case.state == "answering"
    with pytest.raises(NotNow):
        make_move(case, "approve", stories.who(alpha, case, "manager2"), now + 2 * DAY, GROUNDS)
    make_move(case, "recommend", officer, now + 2 * DAY)
    people.circulated(alpha, "alpha", [case], "recommended", now + 3 * DAY)
    people.mails_arrive()
    people.close_over(case, "recommended")
    assert case.state == "decided"


def test_a_manager_never_approves_what_the_members_decide(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = answering(alpha)
    case.state = "deciding"
    given, manager = {**GROUNDS, "conditions": "Open an account"}, stories.who(alpha, case, "manager")
    for move in ("approve", "approve_with_conditions"):
        with pytest.raises(NotNow, match="members decide"):
            make_move(case, move, manager, case.state_since + HOUR, given)


def test_what_nobody_objected_to_cannot_be_overruled(alpha: World) -> None:
    """An approval by silence was undone: the members are asked again; no manager speaks for a body that was not."""
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    ends = people.close_over(case, "recommended")
    manager, officer = stories.who(alpha, case, "manager"), stories.who(alpha, case, "officer")
    make_move(case, "undo_decision", manager, ends + HOUR, UNDO)
    assert case.state == "contested"
    with pytest.raises(NotNow, match="Nobody objects"):
        make_move(case, "overrule", manager, ends + 2 * HOUR, GROUNDS)
    make_move(case, "circulate_again", officer, ends + 2 * HOUR, {"reason": "The figure is right now."})
    people.circulated(alpha, "alpha", [case], "recommended", ends + DAY)
    people.mails_arrive()
    people.close_over(case, "recommended")
    assert case.state == "decided"


def test_what_was_overruled_and_undone_may_be_overruled_again(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    now, manager = case.state_since + HOUR, stories.who(alpha, case, "manager")
    people.say(alpha, case, "gavea", "objection", now, "The loan is not agreed.")
    make_move(case, "overrule", manager, now + HOUR, GROUNDS)
    make_move(case, "undo_decision", manager, now + 2 * HOUR, UNDO)
    assert case.state == "contested"
    close.close_windows(now + 30 * DAY)
    assert case.state == "contested", "no silence approves what was objected to"
    make_move(case, "overrule", manager, now + 31 * DAY, GROUNDS)
    assert case.state == "decided"
