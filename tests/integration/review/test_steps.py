"""What the secretariat's moves do, and what stops them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.move import make_move, offers
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import search
from portal.infra.db import db
from portal.review.queries import record
from portal.review.service import assess, assign, letter
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted
from tests.integration.review.road import at, judged

LATER = NOW + timedelta(days=3)


def send(case: Case, world: World, who: str) -> Case:
    """Read the letter and send it."""
    actor = world.actor("alpha", who)
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), actor, LATER)
    return make_move(case, "send_letter", actor, LATER)


def test_cases_go_to_the_officer_with_the_fewest_open_ones(alpha: World) -> None:
    found = [submitted(alpha, "alpha", name) for name in ("vilankulo", "aleppo", "vilankulo", "aleppo")]
    officers = {alpha["alpha"].people["officer"], alpha["alpha"].people["officer2"]}
    assert {case.monitor_id for case in found} == officers
    assert sorted(record.open_cases_by_monitor().values()) == [2, 2]
    assert [e.kind for e in cases.events_of(found[0].id)].count("assigned") == 1


def test_a_case_is_given_to_an_officer_of_this_secretariat_only(alpha: World) -> None:
    case = submitted(alpha)
    manager = alpha.actor("alpha", "manager")
    assign.assign(case, alpha["alpha"].people["officer2"], manager, LATER)
    assert case.monitor_id == alpha["alpha"].people["officer2"]
    for stranger in (alpha["alpha"].people["finance"], alpha["beta"].people["officer"]):
        with pytest.raises(Invalid):
            assign.assign(case, stranger, manager, LATER)
    with pytest.raises(NotAllowed):
        assign.assign(case, alpha["alpha"].people["officer"], alpha.actor("alpha", "auditor"), LATER)


def test_an_unfinished_assessment_is_not_filed(alpha: World) -> None:
    case, officer = at(alpha, "assessing"), alpha.actor("alpha", "officer")
    with pytest.raises(NotNow, match="Nothing has been assessed"):
        make_move(case, "file_assessment", officer, LATER)
    answers = judged()
    del answers["criteria"]["scale"]
    assess.save_assessment(case, answers, officer, LATER)
    with pytest.raises(NotNow, match="not finished"):
        make_move(case, "file_assessment", officer, LATER)
    assess.save_assessment(case, judged(), officer, LATER)
    make_move(case, "file_assessment", officer, LATER)
    filed = record.filed_assessment(case.id)
    assert filed is not None
    assert (filed.recommendation, filed.assessor_id) == ("approve", officer.person_id)
    with pytest.raises(NotNow):
        assess.save_assessment(case, judged("decline"), officer, LATER)
    with pytest.raises(NotAllowed):
        assess.save_assessment(case, judged(), alpha.actor("alpha", "manager"), LATER)


def test_an_assessment_sent_back_stays_and_a_new_one_begins_with_its_answers(alpha: World) -> None:
    case = at(alpha, "deciding")
    make_move(case, "send_back", alpha.actor("alpha", "manager"), LATER, {"reason": "Look at the co-financing again."})
    old, new = record.assessments_of(case.id)[::-1]
    assert (old.state, new.state, new.answers) == ("reopened", "draft", old.answers)


def test_whoever_assessed_does_not_decide(alpha: World) -> None:
    case = at(alpha, "deciding")
    filed = record.filed_assessment(case.id)
    assert filed is not None
    manager = alpha.actor("alpha", "manager")
    filed.assessor_id = manager.person_id
    db.session.flush()
    with pytest.raises(NotNow, match="assessed this application yourself"):
        make_move(case, "approve", manager, LATER, {"grounds": "x"})
    make_move(case, "approve", alpha.actor("alpha", "manager2"), LATER, {"grounds": "It serves the poor."})
    assert case.decided_at == LATER


def test_above_the_limit_it_cannot_be_approved_but_declined(alpha: World) -> None:
    case, manager = at(alpha, "deciding"), alpha.actor("alpha", "manager")
    case.amount = case.amount * 10 if case.amount else None
    db.session.flush()
    with pytest.raises(NotNow, match="above the limit"):
        make_move(case, "approve", manager, LATER, {"grounds": "x"})
    make_move(case, "decline", manager, LATER, {"grounds": "Too much."})
    make_move_ok = record.standing_decision(case.id)
    assert make_move_ok is not None
    assert make_move_ok.outcome == "declined"


def test_letters_are_in_the_applicants_language_and_the_secretariats(alpha: World) -> None:
    case = at(alpha, "decided", organisation="aleppo")
    letters = record.letters_of(case.id)
    assert sorted(row.language for row in letters) == ["ar", "en"]
    assert {row.audience for row in letters} == {"staff"}
    english = next(row for row in letters if row.language == "en").source
    listed = next(block for block in english["blocks"] if block["kind"] == "list")
    assert listed["lines"] == ["Name a leader", "Open an account"]
    assert "In English: A strategy" in str(english["blocks"])
    assert not any("{" in str(block.get("text", "")) for row in letters for block in row.source["blocks"])


def test_a_letter_is_read_before_it_is_sent_and_by_other_eyes(alpha: World) -> None:
    case, officer = at(alpha, "decided"), alpha.actor("alpha", "officer")
    with pytest.raises(NotNow, match="Read the letter first"):
        make_move(case, "send_letter", officer, LATER)
    with pytest.raises(NotNow, match="changed since"):
        letter.mark_seen(case, {"x": "y"}, officer, LATER)
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, LATER)
    with pytest.raises(NotNow, match="Read the letter first"):  # somebody else has read it, not she
        make_move(case, "send_letter", alpha.actor("alpha", "officer2"), LATER)
    decision = record.standing_decision(case.id)
    assert decision is not None
    decision.decided_by = officer.person_id
    db.session.flush()
    offer = next(o for o in offers(case, officer, LATER) if o.move.code == "send_letter")
    assert offer.refusal is not None
    assert "took the decision yourself" in str(offer.refusal)


def test_the_word_of_having_read_is_the_secretariats_own(alpha: World) -> None:
    case = at(alpha, "decided")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), alpha.actor("alpha", "officer"), LATER)
    seen = record.last_event(case.id, "letter_seen")
    assert seen is not None
    assert seen.audience == "staff"
    assert "letter_seen" in events.STAFF_ONLY


def test_wording_the_letter_anew_voids_the_old_one_and_asks_for_reading_again(alpha: World) -> None:
    case, officer = at(alpha, "decided"), alpha.actor("alpha", "officer")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, LATER)
    words = {"grounds": "Serve os bairros mais pobres.", "conditions": "Nomear um responsável"}
    with pytest.raises(Invalid):
        letter.reword_letter(case, "pt", {"grounds": "x", "conditions": " "}, officer, LATER)
    letter.reword_letter(case, "pt", words, officer, LATER)
    letters = record.letters_of(case.id)
    assert {row.key for row in letters} == {"letter-2"}
    portuguese = next(row for row in letters if row.language == "pt").source
    assert {"kind": "list", "lines": ["Nomear um responsável"], "lang": "pt"} in portuguese["blocks"]
    assert not letter.seen_by(case, officer)
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert "Name a leader" in decision.conditions


def test_an_undone_decision_leaves_no_letter_and_can_be_taken_again(alpha: World) -> None:
    case, manager = at(alpha, "decided"), alpha.actor("alpha", "manager")
    make_move(case, "undo_decision", manager, LATER, {"reason": "A figure was wrong."})
    assert (case.state, case.decided_at) == ("deciding", None)
    assert record.letters_of(case.id) == []
    assert record.standing_decision(case.id) is None
    make_move(case, "decline", manager, LATER, {"grounds": "The figures do not add up."})
    assert {row.key for row in record.letters_of(case.id)} == {"letter-2"}


def test_not_eligible_takes_two_and_tells_the_reason_in_the_letter(alpha: World) -> None:
    case, officer = submitted(alpha, "alpha", "aleppo"), alpha.actor("alpha", "officer")
    inputs = {"reason_code": "sponsor", "grounds": "Nobody sponsors it."}
    make_move(case, "doubt_eligibility", officer, LATER, inputs)
    make_move(case, "confirm_not_eligible", alpha.actor("alpha", "manager"), LATER)
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert (decision.outcome, decision.grounds) == ("not_eligible", "Nobody sponsors it.")
    arabic = next(row for row in record.letters_of(case.id) if row.language == "ar").source
    assert [block["kind"] for block in arabic["blocks"]].count("reason") == 1
    sent = send(case, alpha, "officer2")
    assert sent.state == "not_eligible"
    assert {row.audience for row in record.letters_of(case.id)} == {"applicant"}
    with pytest.raises(NotNow):
        make_move(case, "undo_decision", alpha.actor("alpha", "manager"), LATER, {"reason": "x"})


def test_the_doubter_does_not_confirm_her_own_doubt(alpha: World) -> None:
    case = submitted(alpha)
    make_move(
        case, "doubt_eligibility", alpha.actor("alpha", "officer"), LATER, {"reason_code": "purpose", "grounds": "x"}
    )
    doubt = record.last_event(case.id, "eligibility_doubted")
    assert doubt is not None
    both = alpha.actor("alpha", "manager")
    same = type(both)(doubt.actor_id, both.name, "en", both.tenant_id, both.roles)
    with pytest.raises(NotNow, match="doubted the eligibility yourself"):
        make_move(case, "confirm_not_eligible", same, LATER)


def test_translated_words_find_the_case_and_go_on_finding_it(alpha: World) -> None:
    case = at(alpha, "assessing")
    assert case.title_translated == "In English: A strategy for the city"

    def found() -> list[Case]:
        return list(db.session.scalars(select(Case).where(Case.id.in_(search.find_ids("english consult")))))

    assert found() == [case]
    sections = {"sections": {"purpose": "Say more."}}
    make_move(case, "return_sections", alpha.actor("alpha", "officer"), LATER, sections)
    assert found() == [case]
