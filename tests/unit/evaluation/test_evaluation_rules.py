"""Conflicts, assignment, scores, the budget line, the balance and what a blind reader sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portal.calls.rules import instruments
from portal.evaluation.rules import assignment, blind, conflicts, portfolio, ranking, scores, topics
from portal.evaluation.rules.known import Evaluator, Subject

A, B, C = (UUID(int=number) for number in (1, 2, 3))
CASE = Subject(
    UUID(int=9),
    "AL-1",
    country="MZ",
    cities=("Vilankulo",),
    organisations=("Município de Vilankulo",),
    people=("José Matsinhe",),
    topics=frozenset({"cds"}),
    languages=frozenset({"pt", "en"}),
)


def person(key: UUID, **more: object) -> Evaluator:
    """An evaluator who reads English."""
    return replace(Evaluator(key, f"Person {key.int}", languages=frozenset({"en"})), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({}, []),
        ({"ties": ("VILANKULO",)}, ["city"]),
        ({"ties": ("Municipality of Vilankulo",)}, ["city"]),
        ({"organisations": ("municipio de vilankulo",)}, ["city", "organisation"]),
        ({"countries": frozenset({"MZ"})}, ["country"]),
        ({"ties": ("Jose Matsinhe",)}, ["mentor"]),
        ({"name": "JOSÉ MATSINHE"}, ["mentor"]),
        ({"ties": ("Vilankulos", "")}, []),
    ],
)
def test_hints(facts: dict[str, object], kinds: list[str]) -> None:
    """By folded text, city also inside a longer name, never inside a longer word."""
    assert [hint.kind for hint in conflicts.hints(person(A, **facts), CASE)] == kinds


def test_assignment_prefers_expertise_then_language_and_spreads_the_load() -> None:
    """The expert first; of the others the one with less; nobody over her limit; the same every time."""
    expert, busy, idle = person(A, expertise=frozenset({"cds"})), person(B, load=2), person(C)
    found = assignment.assign([CASE], [busy, idle, expert], 2, {})
    assert [choice.person_id for choice in found] == [A, C]
    assert found[0].to_data() == {"topics": ["cds"], "languages": ["en"], "load": 0, "most": 5, "points": 5}
    assert found == assignment.assign([CASE], [expert, idle, busy], 2, {})
    full = person(C, most_cases=1, load=1)
    assert [c.person_id for c in assignment.assign([CASE], [full, busy], 2, {})] == [B]


def test_assignment_keeps_to_the_limit_over_several_cases() -> None:
    """What is given in this run counts as load."""
    cases = [replace(CASE, case_id=UUID(int=20 + n), reference=f"AL-{n}") for n in range(4)]
    found = assignment.assign(cases, [person(A, most_cases=2), person(B, most_cases=1)], 1, {})
    assert len(found) == 3
    assert [c.person_id for c in found].count(A) == 2


def test_nobody_conflicted_unable_to_read_or_barred_is_assigned() -> None:
    """A hint, another language, a declared conflict and a place already taken."""
    tied, mute = person(A, ties=("Vilankulo",)), person(B, languages=frozenset({"ru"}))
    assert assignment.assign([CASE], [tied, mute], 2, {}) == ()
    assert assignment.assign([CASE], [person(C)], 2, {}, {(CASE.case_id, C)}) == ()
    assert assignment.assign([CASE], [person(C)], 2, {CASE.case_id: {C}}) == ()


def test_scores() -> None:
    """Weighted scale, yes and no, nothing judged, the pass mark itself passes."""
    scale = scores.Scoring.parse({"scale": {1: 20, 5: 100}, "weights": {"a": 3}, "pass_mark": 80})
    assert scores.score(scale, {"a": "5", "b": 1}, ("a", "b")) == scores.Score(Decimal("80.0"), True)
    assert scores.score(scale, {"a": "1.0", "b": "5"}, ("a", "b")) == scores.Score(Decimal("40.0"), False)
    assert scores.score(scale, {}, ("a",)) == scores.Score(None, None)
    plain = scores.Scoring.parse(None)
    assert scores.score(plain, {"a": "yes", "b": "no", "c": True}, ("a", "b", "c")).value == Decimal("66.7")
    assert scores.spread([Decimal(40), Decimal(65), Decimal(50)]) == 25
    assert scores.spread([Decimal(40)]) is None
    assert scores.spread([]) is None
    assert scores.mean([Decimal(1), Decimal(2)]) == Decimal("1.5")


def test_the_budget_line() -> None:
    """Ordered by score; the line is where the sum passes the envelope; nothing below it fits."""
    rows = [
        ranking.Entry(A, "AL-1", Decimal(70), Decimal(60)),
        ranking.Entry(B, "AL-2", Decimal(90), Decimal(50)),
        ranking.Entry(C, "AL-3", None, Decimal(1)),
    ]
    found = ranking.lines(ranking.by_score(rows), Decimal(110))
    assert [(one.entry.reference, one.cumulative, one.fits) for one in found] == [
        ("AL-2", Decimal(50), True),
        ("AL-1", Decimal(110), True),
        ("AL-3", Decimal(111), False),
    ]
    assert all(one.fits for one in ranking.lines(rows, None))
    assert ranking.moved([A, B, C], C, 1) == [C, A, B]
    assert ranking.moved([A, B, C], A, 99) == [B, C, A]
    with pytest.raises(ValueError, match="not in"):
        ranking.moved([A, B], C, 1)


def test_the_balance() -> None:
    """Income groups by the list of the day, regions, first-time cities."""
    found = portfolio.balance(
        [
            portfolio.Piece("MZ", "preparatory_grant", Decimal(75), True),
            portfolio.Piece("BR", "preparatory_grant", Decimal(25), False),
        ],
        date(2026, 3, 1),
    )
    assert [(one.code, one.percent) for one in found.income] == [("ldc", 75), ("umic", 25)]
    assert [one.code for one in found.regions] == ["africa", "americas"]
    assert (found.count, found.first_time, found.amount) == (2, 1, Decimal(100))
    assert portfolio.balance([], date(2026, 3, 1)).income == ()


def test_every_recipient_lies_in_one_region() -> None:
    """The regions cover today's list of recipients."""
    from portal.core import recipients

    assert [code for code in sorted(recipients.recipients(date(2026, 1, 1))) if portfolio.region(code) == "other"] == []


def test_blind_readers_see_no_names() -> None:
    """Questions that name are gone by kind, the title too; names in prose are masked."""
    form = instruments.form("preparatory_grant", "application", 1)
    answers: dict[str, dict[str, Any]] = {
        "who": {"contact": {"name": "Ana Sitoe", "organisation": "Câmara"}},
        "place": {"title": "Vilankulo", "cities": [{"_row": "c", "city": {"id": None, "name": "Vilankulo"}}]},
        "purpose": {"background": "In VILANKULO, Ana Sitoe plans. Vilankulos stays."},
    }
    seen = blind.without_names(form)
    kinds = {part.kind for _, question in seen.each() for part in (question, *question.parts)}
    assert kinds.isdisjoint(blind.NAMING)
    assert all(question.promote != "title" for _, question in seen.each())
    masked = blind.masked(form, answers, blind.names_in(form, answers))
    assert masked["purpose"]["background"] == "In […], […] plans. Vilankulos stays."
    assert blind.organisations_in(form, answers) == ["Câmara"]
    assert blind.people_in(form, answers) == ["Ana Sitoe"]
    assert blind.number(A, B) == blind.number(A, B) != blind.number(A, C)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Mrs Sitoe asked; so did Ana.", "Mrs […] asked; so did […]."),
        ("An ana is no name.", "An ana is no name."),
        ("The CAMARA of Sao Tome", "The […] of […]"),
        ("Sa\u0303o Tome\u0301 itself", "[…] itself"),
        ("Write to plan@city.example or see https://city.example/plan now", "Write to […] or see […] now"),
        ("مدينة حلب وبحلب والحلب", "مدينة […] […] […]"),
        ("حلبة", "حلبة"),
        ("HUDCC and the Housing and Urban Council agree", "[…] and the […] agree"),
        ("The World Bank and the UDP help; a bank lends", "The […] and the […] help; a bank lends"),
    ],
)
def test_names_are_masked_as_people_write_them(written: str, seen: str) -> None:
    """Parts of people's names, marks and case, addresses, and Arabic with what is written onto a word."""
    form = instruments.form("preparatory_grant", "application", 1)
    names = ["Ana Sitoe", "Câmara", "São Tomé", "حلب"]
    names += ["Housing and Urban Council (HUDCC)", "World Bank, Urban Practice", "Urban Department of Planning"]
    masked = blind.masked(form, {"purpose": {"background": written}}, names, ["Ana Sitoe"])
    assert masked["purpose"]["background"] == seen


def test_only_words_are_masked() -> None:
    """What was chosen from a list stays, also where its code is somebody's name."""
    form = instruments.form("preparatory_grant", "application", 1)
    answers = {"place": {"activity_type": "cds", "scope": "city"}}
    assert blind.masked(form, answers, ["City", "cds"]) == answers


def test_subjects_of_an_application() -> None:
    """Its instrument and its activity; an answer that stands for all of them is all of them."""
    form = instruments.form("project_proposal", "application", 1)
    for answer, found in (("cds", {"cds"}), ("both", {"cds", "su"}), ("", set())):
        asked = {"place": {"activity_type": answer}}
        assert topics.of("project_proposal", form, asked) == {"project_proposal", *found}
    assert {"cds", "su", "concept_note"} <= set(topics.known())
    assert "both" not in topics.known()
