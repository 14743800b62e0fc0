"""Members, evaluators, calls and the cases that go their way in the demonstration: whole, accepted by the forms."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

from forms.engine import answers as form_answers
from forms.engine import registry
from forms.engine.context import Context
from portal.core.policy import TenantPolicy
from portal.core.recipients import recipients
from portal.demo.content import DemoCase, load
from portal.evaluation.rules import topics
from tests.unit.test_demo_content import _in_language

TODAY = dt.date(2026, 11, 20)
CONTENT = load()
CASES = CONTENT.alliance.cases
BY_CODE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
PROSE = {
    "project_proposal": ("purpose.background", "activities.methodology", "support.partnerships"),
    "concept_note": ("idea.problem", "idea.approach"),
}


def _context(case: DemoCase) -> Context:
    tenant = CONTENT.world.tenants[case.tenant]
    return Context(
        today=TODAY,
        currency=tenant.currency,
        locale=case.language,
        language=case.language,
        eligible_countries=recipients(TODAY),
        amount_limit=TenantPolicy.parse(tenant.policy).limit_for(case.instrument),
        files={str(paper.id): paper.answer() for paper in case.papers},
    )


def test_the_routes_are_shown_at_their_waiting_places() -> None:
    found = {
        instrument: {case.target_state for case in CASES if case.instrument == instrument}
        for instrument in ("project_proposal", "concept_note")
    }
    assert found["project_proposal"] >= {
        "checking", "coordinating", "answering", "to_circulate", "circulated", "contested", "agreement",
    }  # fmt: skip
    assert found["concept_note"] >= {"draft", "checking", "coordinating", "ranked", "proposal_due"}
    assert {case.language for case in CASES} == {"en", "fr", "pt", "ar"}


@BY_CODE
def test_the_form_accepts_the_answers_for_submission(case: DemoCase) -> None:
    forms = registry.load()
    definition = forms.form(case.instrument, "application", 1)
    assert form_answers.problems(definition, case.answers, _context(case), "submit") == []
    if case.assessment is not None:
        review = forms.form(case.instrument, "review", 1)
        assert form_answers.problems(review, case.assessment, _context(case), "submit") == []


@BY_CODE
def test_prose_is_in_its_language(case: DemoCase) -> None:
    for path in PROSE[case.instrument]:
        section, question = path.split(".")
        assert _in_language(case.answers[section][question], case.language), path


@BY_CODE
def test_whatever_has_to_be_translated_is_translated_whole(case: DemoCase) -> None:
    working = CONTENT.world.tenants[case.tenant].working_languages
    filed = any(milestone.kind == "translation_filed" for milestone in case.milestones)
    complete = any(milestone.kind == "found_complete" for milestone in case.milestones)
    assert filed == (complete and case.language not in working)
    if filed:
        assert case.translation is not None
        definition = registry.load().form(case.instrument, "application", 1)
        assert set(case.translation) == {item.path for item in form_answers.translatable(definition, case.answers)}
        assert _in_language(case.translation[PROSE[case.instrument][0]], "en")


@BY_CODE
def test_days_lie_behind_us_and_in_order(case: DemoCase) -> None:
    days = [milestone.day for milestone in case.milestones]
    assert days == sorted(days)
    assert all(day <= 0 for day in [*days, *(word.day for word in case.words)])
    assert case.amount == Decimal(case.answers["budget"]["amount"])


def test_windows_that_run_still_run_for_some_days() -> None:
    """Comments end ten weekdays after a circular, approvals fourteen calendar days: both at least a week from today."""
    asked: dict[str, int] = {}
    for circular in CONTENT.alliance.circulars:
        asked |= dict.fromkeys((*circular.parts["recommended"], *circular.parts["coordination"]), circular.day)
    for case in CASES:
        if case.target_state in {"coordinating", "circulated"}:
            assert asked[case.code] + 14 >= 7
    for one in CONTENT.alliance.rounds:
        assert one.ended is not None or one.closes >= 7


def test_members_have_people_who_speak_for_them_but_for_one() -> None:
    speaking = {code for person in CONTENT.people for code, role in person.organisations if role == "focal_point"}
    members = {organisation.code for organisation in CONTENT.organisations if organisation.kind == "member"}
    assert set(CONTENT.alliance.periods) == members
    assert len(members - speaking) == 1
    for case in CASES:
        for word in case.words:
            assert not word.member or word.member in speaking
            assert word.kind not in {"comment", "answer"} or word.text


def test_evaluators_are_outsiders_who_know_something() -> None:
    found = {person.code for person in CONTENT.people if any(role == "evaluator" for _, role in person.roles)}
    assert {one.person for one in CONTENT.alliance.evaluators} == found
    assert 4 <= len(found) <= 6
    for one in CONTENT.alliance.evaluators:
        assert set(one.expertise) <= set(topics.known())
        assert one.languages
        assert not CONTENT.world.people[one.person].organisations
    work = [entry for one in CONTENT.alliance.rounds if one.ended is None for entry in one.evaluations]
    assert Counter("filed" in entry for entry in work) == {True: 1, False: len(work) - 1}
    assert sum("conflict" in entry for entry in work) == 1


def test_calls_read_whole_in_every_language_and_one_is_open() -> None:
    for call in CONTENT.alliance.calls:
        languages = CONTENT.world.tenants[call.tenant].languages
        for texts in (call.title, call.summary):
            assert set(texts) == set(languages)
        for language, text in call.summary.items():
            assert _in_language(text, language)
        if call.instrument == "concept_note":
            assert call.envelope
            assert call.next_instrument == "project_proposal"
    still = [call for call in CONTENT.alliance.calls if call.closes is not None and call.closes > 7]
    assert [call.instrument for call in still] == ["concept_note"]
    assert {call.closes for call in CONTENT.alliance.calls if call.instrument == "project_proposal"} == {None}
