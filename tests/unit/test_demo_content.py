"""The demonstration's content: complete, consistent, in the languages it claims, and accepted by the forms."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from decimal import Decimal

import pytest

from forms.engine import answers as form_answers
from forms.engine import registry
from forms.engine.context import Context
from portal.core.policy import TenantPolicy
from portal.core.recipients import recipients
from portal.demo.content import CASE_FILES, STATES, DemoCase, DemoContent, load
from portal.demo.people import demo_id

TODAY = dt.date(2026, 11, 20)
INSTRUMENT = "preparatory_grant"
AT_LEAST = {
    "draft": 2,
    "submitted": 1,
    "checking": 3,
    "returned": 2,
    "translating": 2,
    "assessing": 4,
    "deciding": 2,
    "decided": 2,
    "agreement": 2,
    "signing": 1,
    "under_way": 4,
    "closed": 1,
    "withdrawn": 1,
    "not_eligible": 1,
    "declined": 1,
    "lapsed": 1,
}
LAST_EVENT_OF = {
    "draft": {"started"},
    "submitted": {"submitted"},
    "checking": {"submitted"},
    "returned": {"returned"},
    "translating": {"translation_requested", "translation_queried"},
    "assessing": {"found_complete", "translation_accepted"},
    "deciding": {"recommended"},
    "decided": {"approved", "approved_with_conditions"},
    "agreement": {"letter_sent"},
    "signing": {"agreement_sent"},
    "closed": {"completed"},
    "withdrawn": {"withdrawn"},
    "not_eligible": {"letter_sent"},
    "declined": {"letter_sent"},
    "lapsed": {"lapsed"},
}
# Small words that a text of some length in one of these languages cannot do without.
MARKS = {
    "en": {"the", "and", "of", "with", "to", "is", "are", "in"},
    "fr": {"les", "et", "des", "une", "le", "la", "du", "est"},
    "pt": {"os", "e", "uma", "com", "do", "da", "dos", "das", "em", "as"},
}
PROSE = (
    ("purpose", "background", 60, 400),
    ("purpose", "purpose", 45, 300),
    ("purpose", "leads_to_details", 10, 150),
    ("activities", "approach", 50, 300),
    ("results", "stakeholders", 30, 250),
    ("results", "environment", 30, 250),
)
CASES = load().cases
BY_CODE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)


@pytest.fixture
def content() -> DemoContent:
    return load()


def _context(content: DemoContent, case: DemoCase) -> Context:
    tenant = content.world.tenants[case.tenant]
    papers = [*case.papers, *(report.paper for report in case.reports)]
    return Context(
        today=TODAY,
        currency=tenant.currency,
        locale=case.language,
        language=case.language,
        eligible_countries=recipients(TODAY),
        amount_limit=Decimal(tenant.policy["amount_limit"]),
        files={str(paper.id): paper.answer() for paper in papers},
    )


def _in_language(text: str, language: str) -> bool:
    if language == "ar":
        letters = [sign for sign in text if sign.isalpha()]
        return sum("\u0600" <= sign <= "\u06ff" for sign in letters) > 0.9 * len(letters)
    words = set(re.findall(r"\w+", text.casefold()))
    scores = {code: len(marks & words) for code, marks in MARKS.items()}
    return scores[language] >= 2 and scores[language] == max(scores.values())


def test_every_state_is_shown_often_enough(content: DemoContent) -> None:
    found = Counter(case.target_state for case in content.cases)
    assert set(AT_LEAST) == set(STATES)
    assert {state: found[state] for state in STATES if found[state] < AT_LEAST[state]} == {}


def test_there_are_enough_cases_in_both_tenants(content: DemoContent) -> None:
    found = Counter(case.tenant for case in content.cases)
    assert len(content.cases) >= 26
    assert found["cities-alliance"] >= 20
    assert found["uclg-mentoring"] >= 5
    assert {case.language for case in content.cases} == set(CASE_FILES)


@BY_CODE
def test_the_form_accepts_the_answers_for_submission(case: DemoCase, content: DemoContent) -> None:
    definition = registry.load().form(INSTRUMENT, "application", 1)
    assert form_answers.problems(definition, case.answers, _context(content, case), "submit") == []


@BY_CODE
def test_the_forms_accept_assessment_and_reports(case: DemoCase, content: DemoContent) -> None:
    forms = registry.load()
    if case.assessment is not None:
        review = forms.form(INSTRUMENT, "review", 1)
        assert form_answers.problems(review, case.assessment, _context(content, case), "submit") == []
    for report in case.reports:
        definition = forms.form(INSTRUMENT, "report-progress", 1)
        given = report.answers(TODAY)
        assert form_answers.problems(definition, given, _context(content, case), "submit") == []
        assert given["funds"]["period_from"] < given["funds"]["period_to"]
        for line in given["funds"]["use_of_funds"]:
            assert Decimal(line["spent"]) >= 0


@BY_CODE
def test_the_budget_adds_up_to_the_amount(case: DemoCase, content: DemoContent) -> None:
    total = sum(Decimal(str(line["grant"])) for line in case.answers["budget"]["budget"])
    policy = TenantPolicy.parse(content.world.tenants[case.tenant].policy)
    assert total == case.amount == Decimal(case.answers["budget"]["amount"])
    assert total <= policy.amount_limit
    assert len(case.answers["sponsors"]["sponsors"]) >= policy.sponsors_needed


@BY_CODE
def test_prose_is_in_its_language_and_of_believable_length(case: DemoCase) -> None:
    for section, question, at_least, at_most in PROSE:
        text = case.answers[section][question]
        # Arabic joins articles and prepositions to the word, so that it says the same in three quarters of the words.
        floor = at_least * 0.75 if case.language == "ar" else at_least
        assert floor <= len(text.split()) <= at_most, question
        if at_least >= 30:
            assert _in_language(text, case.language), question


@BY_CODE
def test_places_and_amounts_are_eligible(case: DemoCase) -> None:
    assert case.answers["place"]["country"] in recipients(TODAY)
    for entry in case.answers["place"]["cities"]:
        assert entry["city"]["country"] == case.answers["place"]["country"]


@BY_CODE
def test_the_story_leads_to_the_state(case: DemoCase, content: DemoContent) -> None:
    days = [milestone.day for milestone in case.milestones]
    kinds = [milestone.kind for milestone in case.milestones]
    assert days == sorted(days)
    assert max(days) <= 0
    assert kinds[0] == "started"
    if case.target_state == "under_way":
        assert "agreement_accepted" in kinds
        assert "completed" not in kinds
    else:
        assert kinds[-1] in LAST_EVENT_OF[case.target_state]
    decided = {"approved", "approved_with_conditions", "declined"} & set(kinds)
    if decided:
        assert case.decision is not None
        assert case.assessed_by is not None
        assert case.decision.person != case.assessed_by
        assert (case.decision.conditions is not None) == (decided == {"approved_with_conditions"})
    if "recommended" in kinds:
        assert case.assessment is not None
    if "returned" in kinds:
        assert any(entry.subject is None for entry in case.returns)
    if "found_not_eligible" in kinds:
        assert case.not_eligible is not None
        assert case.not_eligible.code == "purpose"
        assert case.not_eligible.person != case.monitor
    submitted = {m.subject for m in case.milestones if m.kind == "report_submitted"}
    assert submitted <= {report.subject for report in case.reports}
    tenant = content.world.tenants[case.tenant]
    past_checking = "found_complete" in kinds
    assert ("translation_requested" in kinds) == (past_checking and case.language not in tenant.working_languages)
    if "translation_filed" in kinds:
        assert case.translation is not None


@pytest.mark.parametrize("case", [case for case in CASES if case.translation is not None], ids=lambda case: case.code)
def test_translations_cover_everything_translatable(case: DemoCase, content: DemoContent) -> None:
    definition = registry.load().form(INSTRUMENT, "application", 1)
    assert case.translation is not None
    wanted = {item.path for item in form_answers.translatable(definition, case.answers)}
    assert set(case.translation) == wanted
    for path in ("purpose.background", "activities.approach"):
        assert _in_language(case.translation[path], "en")


def test_enough_cases_are_translated() -> None:
    translated = {case.code for case in CASES if case.translation is not None}
    assert {"vilankulo-desenvolvimento", "aleppo-strategy", "douala-pauvrete-urbaine"} <= translated
    assert len(translated) >= 6


def test_the_two_drafts_for_the_journeys_store_only_the_first_answers(content: DemoContent) -> None:
    for code in ("vilankulo-desenvolvimento", "aleppo-strategy"):
        case = content.case(code)
        assert case.target_state == "draft"
        assert set(case.answers_to_store) == {"place"}
        assert case.answers_to_store["place"]["title"] == case.title
        assert set(case.answers) > {"place", "purpose", "budget"}


def test_every_applicant_has_its_four_people_and_every_secretariat_its_roles(content: DemoContent) -> None:
    for case in content.cases:
        for role in ("lead", "contributor", "signatory", "viewer"):
            assert content.world.in_role(case.organisation, role)
    for tenant in content.tenants:
        found = Counter(role for person in content.people for slug, role in person.roles if slug == tenant.slug)
        for role, number in (
            ("programme_officer", 2),
            ("programme_manager", 2),
            ("translator", 2),
            ("finance_officer", 2),
            ("administrator", 1),
            ("auditor", 1),
        ):
            assert found[role] >= number, (tenant.slug, role)
    assert any(len({slug for slug, _ in person.roles}) == 2 for person in content.people)


def test_people_cannot_be_reached_and_are_told_apart(content: DemoContent) -> None:
    for kind in ("code", "email", "password"):
        values = [getattr(person, kind) for person in content.people]
        assert len(set(values)) == len(values), kind
    for person in content.people:
        assert re.fullmatch(r"[a-z.]+@[a-z-]+\.example", person.email), person.code
        assert person.password == f"demo-{person.code}"
        assert person.roles or person.organisations


def test_tenants_offer_their_texts_in_every_language(content: DemoContent) -> None:
    for tenant in content.tenants:
        assert set(tenant.working_languages) <= set(tenant.languages)
        assert re.fullmatch(r"#[0-9a-f]{6}", tenant.brand_colour)
        TenantPolicy.parse(tenant.policy)
        for texts in (tenant.name, tenant.short, tenant.welcome, tenant.signatory_title):
            assert set(texts) == set(tenant.languages)
        for language, text in tenant.welcome.items():
            assert _in_language(text, language)
        days = [entry["day"] for entry in tenant.calendar["closing_days"]]
        assert days == sorted(set(days))
        assert all(isinstance(day, dt.date) for day in days)


def test_cities_are_in_recipient_countries_and_unique(content: DemoContent) -> None:
    assert len(content.cities) >= 120
    numbers = [city.id for city in content.cities if city.id is not None]
    assert len(set(numbers)) == len(numbers)
    for city in content.cities:
        assert city.country in recipients(TODAY), city.code
        assert -90 <= city.lat <= 90
        assert -180 <= city.lon <= 180


def test_papers_are_small_valid_and_always_the_same(content: DemoContent) -> None:
    paper = content.case("aleppo-strategy").papers[0]
    assert paper.content() == paper.content()
    assert paper.content()[:2] == b"PK"
    assert paper.answer()["size"] == len(paper.content())
    assert demo_id("person", "x") == demo_id("person", "x") != demo_id("organisation", "x")


def test_partnership_stories_wait_for_later(content: DemoContent) -> None:
    assert {story.country for story in content.partnerships} == {"GH", "PH"}
    assert all(story.notes and story.members for story in content.partnerships)
