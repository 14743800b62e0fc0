"""What may be decided, and what follows: conditions, a revision, an appeal, an embargo, several at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import answer
from portal.cases.service.move import make_move, offers
from portal.cases.service.sweep import sweep_case
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.standards.counting import months_later
from portal.infra import tenancy
from portal.review.queries import followed, record
from portal.review.service import conditions, letter
from tests.factories import World
from tests.integration.cases import proposals
from tests.integration.review.decided import GROUNDS, HOUR, LATER, approved_with_conditions, read_and_send
from tests.integration.review.road import at


def kinds(case: Case) -> list[str]:
    """What happened to a case."""
    return [event.kind for event in cases.events_of(case.id)]


# -- conditions


def test_each_line_of_a_decision_is_followed_until_it_is_met_or_waived(alpha: World) -> None:
    case = approved_with_conditions(alpha)
    first, second = followed.of_case(case.id)
    assert (first.body, second.body, first.state) == ("Name a leader", "Open an account", "open")
    lead, officer, manager = (alpha.actor("alpha", name) for name in ("vilankulo.lead", "officer", "manager"))
    conditions.set_due(case, first.id, date(2026, 6, 30), officer, LATER)
    conditions.claim(case, first.id, "The council named her, see its minutes.", lead, LATER + HOUR)
    conditions.refuse(case, first.id, "The minutes are missing.", officer, LATER + 2 * HOUR)
    conditions.claim(case, first.id, "The minutes are in the post.", lead, LATER + 3 * HOUR)
    conditions.meet(case, first.id, "Minutes of 3 March seen.", officer, LATER + 4 * HOUR)
    with pytest.raises(NotAllowed, match="programme manager"):
        conditions.waive(case, second.id, "They use the treasury.", officer, LATER)
    conditions.waive(case, second.id, "They use the treasury.", manager, LATER + 5 * HOUR)
    assert [(row.state, row.changed_by_name) for row in followed.of_case(case.id)] == [
        ("met", officer.name), ("waived", manager.name),
    ]  # fmt: skip
    assert kinds(case)[-7:] == [
        "condition_dated", "condition_claimed", "condition_not_met", "condition_claimed", "condition_met",
        "condition_waived", "conditions_settled",
    ]  # fmt: skip
    assert [e.subject for e in cases.events_of(case.id)][-2:] == ["condition-2", None]
    with pytest.raises(NotNow, match="settled already"):
        conditions.meet(case, first.id, "Again.", officer, LATER)


def test_a_condition_asks_for_words_and_is_a_strangers_to_others(alpha: World) -> None:
    case = approved_with_conditions(alpha)
    first, _ = followed.of_case(case.id)
    with pytest.raises(Invalid):
        conditions.meet(case, first.id, "  ", alpha.actor("alpha", "officer"), LATER)
    for name in ("aleppo.lead", "stranger"):
        with pytest.raises(NotFound):
            conditions.claim(case, first.id, "Ours now.", alpha.actor("alpha", name), LATER)
    with pytest.raises(NotAllowed):
        conditions.claim(case, first.id, "Seen.", alpha.actor("alpha", "vilankulo.viewer"), LATER)
    with pytest.raises(NotAllowed):
        conditions.meet(case, first.id, "Seen.", alpha.actor("alpha", "auditor"), LATER)
    with pytest.raises(NotFound):
        conditions.meet(case, case.id, "Seen.", alpha.actor("alpha", "officer"), LATER)


def test_before_the_letter_nobody_outside_learns_of_a_condition(alpha: World) -> None:
    case = at(alpha, "decided")
    first, _ = followed.of_case(case.id)
    assert followed.for_client(case) == []
    with pytest.raises(NotFound):
        conditions.claim(case, first.id, "We know.", alpha.actor("alpha", "vilankulo.lead"), LATER)
    with pytest.raises(NotNow, match="not been sent"):
        conditions.meet(case, first.id, "Seen.", alpha.actor("alpha", "officer"), LATER)
    make_move(case, "undo_decision", alpha.actor("alpha", "manager"), LATER, {"reason": "The amount was wrong."})
    assert followed.of_case(case.id) == []
    make_move(case, "approve", alpha.actor("alpha", "manager"), LATER + HOUR, GROUNDS)
    assert followed.of_case(case.id) == []


def test_conditions_without_a_line_are_refused(alpha: World) -> None:
    case, manager = at(alpha, "deciding"), alpha.actor("alpha", "manager")
    with pytest.raises(Invalid):
        make_move(case, "approve_with_conditions", manager, LATER, {**GROUNDS, "conditions": "- "})


def test_the_client_reads_the_conditions_as_her_letter_words_them(alpha: World) -> None:
    case = at(alpha, "decided", organisation="aleppo")
    words = {"grounds": "يخدم الأحياء الأفقر.", "conditions": "تعيين مسؤول\nفتح حساب"}
    letter.reword_letter(case, "ar", words, alpha.actor("alpha", "officer"), LATER)
    read_and_send(case, alpha, LATER)
    rows = followed.for_client(case)
    assert followed.client_words(case, rows) == {1: ("تعيين مسؤول", "ar"), 2: ("فتح حساب", "ar")}


def test_what_the_policy_obliges_to_is_followed_like_a_condition(alpha: World) -> None:
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha, amount="60000.00", citywide=True))
    case.state = "deciding"  # the members' part of the road is told elsewhere
    make_move(case, "approve", alpha.actor("alpha", "manager"), LATER, GROUNDS)
    (row,) = followed.of_case(case.id)
    assert (row.kind, row.code) == ("obligation", "strategic_environmental_assessment")
    months = cases.last_submission(case.id).answers["budget"]["duration"]
    assert row.due_on == months_later(LATER.date(), int(months)), "during the activity or right after it"
    officer = alpha.actor("alpha", "officer")
    case.state = "under_way"
    offer = next(o for o in offers(case, officer, LATER) if o.move.code == "complete")
    assert offer.refusal is not None


def test_the_letter_tells_what_the_policy_obliges_to(alpha: World) -> None:
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha, amount="60000.00", citywide=True))
    case.state = "deciding"
    make_move(case, "approve", alpha.actor("alpha", "manager"), LATER, GROUNDS)
    for row in record.letters_of(case.id):
        (owed,) = [block for block in row.source["blocks"] if block["kind"] == "list"]
        assert owed["lang"] == row.language
        assert len(owed["lines"]) == 1
        english = "Strategic environmental assessment: " in owed["lines"][0]
        assert english or row.language != "en"


def test_a_letter_that_obliges_to_nothing_says_nothing_of_it(alpha: World) -> None:
    case = at(alpha, "deciding")
    make_move(case, "approve", alpha.actor("alpha", "manager"), LATER, GROUNDS)
    kinds_told = {block["kind"] for row in record.letters_of(case.id) for block in row.source["blocks"]}
    assert "list" not in kinds_told


# -- outcomes


def test_a_decision_says_its_grounds(alpha: World) -> None:
    case, manager = at(alpha, "deciding"), alpha.actor("alpha", "manager")
    with pytest.raises(Invalid):
        make_move(case, "decline", manager, LATER, {"grounds": " "})


def revision(world: World, organisation: str = "vilankulo") -> Case:
    """A decision to revise one section, told by letter."""
    case = at(world, "deciding", organisation=organisation)
    given = {**GROUNDS, "sections": {"purpose": "Say what the poorest gain."}}
    make_move(case, "ask_revision", world.actor("alpha", "manager"), LATER, given)
    return read_and_send(case, world, LATER)


def test_revise_and_resubmit_opens_the_named_sections_and_comes_back_to_assessment(alpha: World) -> None:
    case = revision(alpha)
    assert (case.state, case.returned_sections) == ("revising", {"purpose": "Say what the poorest gain."})
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert decision.outcome == "revise_and_resubmit"
    assert "Say what the poorest gain." in decision.conditions
    lead = alpha.actor("alpha", "vilankulo.lead")
    with pytest.raises(NotNow):
        answer.save_section(case, "budget", {"duration": "8"}, lead, LATER, seen={})
    whole = dict(cases.answers_of(case.id)["purpose"]) | {"purpose": "The poorest quarters are surveyed first of all."}
    answer.save_section(case, "purpose", whole, lead, LATER + HOUR, seen={})
    make_move(case, "resubmit_revised", lead, LATER + 2 * HOUR)
    assert case.state in ("assessing", "translating")
    assert case.returned_sections == {}
    assert [row.number for row in cases.submissions_of(case.id)] == [1, 2]
    filed, draft = record.assessments_of(case.id)[::-1]
    assert (filed.state, draft.state) == ("reopened", "draft")


def test_a_revision_that_never_comes_lapses(alpha: World) -> None:
    case = revision(alpha)
    sweep_case(case.id, LATER + timedelta(days=60))
    assert case.state == "revising"
    sweep_case(case.id, LATER + timedelta(days=120))
    assert case.state == "lapsed"


# -- appeal and reopening


def declined(world: World) -> Case:
    """Declined, and told."""
    case = at(world, "deciding")
    make_move(case, "decline", world.actor("alpha", "manager"), LATER, {"grounds": "No city stands behind it."})
    return read_and_send(case, world, LATER + HOUR)


def test_an_appeal_is_decided_by_another_person_and_names_the_decision_it_is_about(alpha: World) -> None:
    case, lead = declined(alpha), alpha.actor("alpha", "vilankulo.lead")
    first = record.standing_decision(case.id)
    assert first is not None
    make_move(case, "appeal", lead, LATER + timedelta(days=29), {"grounds": "The council does."})
    assert case.state == "deciding"
    with pytest.raises(NotNow, match="another programme manager"):
        make_move(case, "approve", alpha.actor("alpha", "manager"), LATER + timedelta(days=30), GROUNDS)
    make_move(case, "approve", alpha.actor("alpha", "manager2"), LATER + timedelta(days=30), GROUNDS)
    second = record.standing_decision(case.id)
    assert second is not None
    assert (second.outcome, second.appeal_of) == ("approved", first.id)


def test_an_appeal_after_its_time_is_refused_and_a_manager_may_reopen_with_a_reason(alpha: World) -> None:
    case, lead = declined(alpha), alpha.actor("alpha", "vilankulo.lead")
    with pytest.raises(NotNow):
        make_move(case, "appeal", lead, LATER + timedelta(days=32), {"grounds": "Too late."})
    manager = alpha.actor("alpha", "manager")
    with pytest.raises(Invalid):
        make_move(case, "reopen", manager, LATER + timedelta(days=33), {"reason": " "})
    make_move(case, "reopen", manager, LATER + timedelta(days=33), {"reason": "A letter was lost."})
    assert case.state == "checking"


@pytest.mark.parametrize("slug", ["alpha", "beta"])
def test_a_decision_of_one_tenant_is_nobodys_in_the_other(app: object, world: World, slug: str) -> None:
    organisation = "vilankulo" if slug == "alpha" else "douala"
    with tenancy.scope(world[slug].id):
        case = at(world, "decided", slug, organisation)
        assert len(followed.of_case(case.id)) == 2
        case_id = case.id
    with tenancy.scope(world["beta" if slug == "alpha" else "alpha"].id):
        assert followed.of_case(case_id) == []
