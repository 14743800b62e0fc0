"""Conditions, rules between answers, comparison, translation, what lists need: on the real application form."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from forms.engine import answers, registry
from forms.engine.build import bind
from forms.engine.context import Context
from forms.engine.definition import FormDefinition

Contexts = Callable[..., Context]


@pytest.fixture(scope="module")
def form() -> FormDefinition:
    return registry.load().form("preparatory_grant", "application", 1)


def person(name: str) -> dict[str, str]:
    return {"name": name, "position": "Vereador", "organisation": "Conselho Municipal de Vilankulo", "address": "Av. 1",
            "email": "ana@vilankulo.gov.mz", "phone": "+258 293 82000"}  # fmt: skip


@pytest.fixture
def complete() -> dict[str, dict[str, Any]]:
    """Return answers that can be submitted."""
    return {
        "who": {"submitter": person("Ana"), "contact": person("Rui"), "recipient": person("Ana")},
        "sponsors": {"sponsors": [
            {"_row": "s1", "organisation": {"id": "uclg", "name": "UCLG"}, "signatory": person("E")}]},
        "place": {"title": "Preparação da estratégia", "activity_type": "cds", "scope": "city", "country": "MZ",
                  "cities": [{"_row": "c1", "city": {"id": 1040652, "name": "Vilankulo", "country": "MZ"}}]},
        "purpose": {"background": "A cidade cresce.", "purpose": "Preparar.", "leads_to": "cds_proposal",
                    "leads_to_details": "Em 2027."},
        "activities": {"approach": "Com todos.", "activities": [
            {"_row": "a1", "what": "Consultas", "from_month": 1, "to_month": 3, "who": "Município"}]},
        "results": {"outputs": [{"_row": "o1", "output": "Proposta", "month": 6}], "stakeholders": "Moradores.",
                    "environment": "Dunas."},
        "budget": {"duration": 6, "amount": "72000.00", "budget": [
            {"_row": "b1", "component": "Consultas", "category": "consultants", "grant": "60000.00",
             "cofin_cash": "5000.00"},
            {"_row": "b2", "component": "Auditoria", "category": "audit", "grant": "12000.00",
             "cofin_kind": "1000.50"}]},
        "execution": {"client_executes": "yes"},
        "declaration": {"declaration": True},
    }  # fmt: skip


def codes(found: list[Any]) -> set[str]:
    return {problem.path for problem in found}


def test_complete_answers_can_be_submitted(form: FormDefinition, complete: Any, make_context: Contexts) -> None:
    assert [str(p.message) + p.path for p in answers.problems(form, complete, make_context("pt"), "submit")] == []
    states = answers.states(form, complete, make_context("pt"))
    assert {state.status for code, state in states.items() if code != "attachments"} == {"complete"}
    assert states["attachments"].optional


def test_hidden_questions_keep_their_answers_and_do_not_count(
    form: FormDefinition, complete: Any, make_context: Contexts
) -> None:
    complete["execution"] |= {"exception_reason": "nonsense", "exception_explanation": "word " * 300}
    assert answers.problems(form, complete, make_context(), "submit") == []
    assert "execution.exception_reason" not in answers.export(form, complete, "en")
    shown = {q.code for section in answers.show(form, complete, "en", make_context()) for q in section.questions}
    assert "exception_reason" not in shown
    assert "client_executes" in shown
    complete["execution"]["client_executes"] = "no"
    found = codes(answers.problems(form, complete, make_context(), "submit"))
    assert {"exception_reason", "exception_explanation", "agent-name"} <= found
    bound = bind(
        form, "execution", context=make_context(), stored=complete["execution"], formdata={"client_executes": "yes"}
    )
    assert bound.stored()["exception_reason"] == "nonsense"


@pytest.mark.parametrize(
    ("section", "change", "path", "says"),
    [
        ("budget", {"amount": "70000.00"}, "amount", "70,000\u00a0USD"),
        ("budget", {"duration": 2}, "activities-0-to_month", "month 3"),
        ("activities", {"activities": [{"_row": "a", "what": "x", "who": "y", "from_month": 5, "to_month": 4}]},
         "activities-0-from_month", "month 4"),
        ("place", {"cities": [
            {"_row": "1", "city": {"id": 1, "name": "Beira"}}, {"_row": "2", "city": {"name": "beira"}}]},
         "cities-1-city", "beira"),
    ],
)  # fmt: skip
def test_rules_between_answers(
    form: FormDefinition, complete: Any, make_context: Contexts, section: str, change: Any, path: str, says: str
) -> None:
    complete[section] |= change
    found = {p.path: p for p in answers.problems(form, complete, make_context(), "submit")}
    assert path in found
    assert says in str(found[path].message)
    assert path not in codes(answers.problems(form, complete, make_context(), "draft"))


def test_the_limit_of_the_policy(form: FormDefinition, complete: Any, make_context: Contexts) -> None:
    tight = make_context(amount_limit=Decimal(50000))
    assert codes(answers.problems(form, complete, tight, "submit")) == {"amount"}
    assert answers.problems(form, complete, make_context(amount_limit=None), "submit") == []


@pytest.mark.parametrize(("needed", "refused"), [("0", False), ("1", False), ("2", True)])
def test_as_many_sponsors_as_the_policy_asks_for(
    form: FormDefinition, complete: Any, make_context: Contexts, needed: str, refused: bool
) -> None:
    context = make_context("fr", policy={"sponsors_needed": int(needed)})
    complete["sponsors"]["sponsors"].append({"_row": "s2"})  # an empty row is nobody
    found = [p for p in answers.problems(form, complete, context, "submit") if p.path == "sponsors"]
    assert [str(problem.message) for problem in found] == (
        [f"Parrains nécessaires\u202f: {needed}\u202f; indiqués\u202f: 1. Ajoutez ceux qui manquent."]
        if refused
        else []
    )


def test_a_difference_names_the_question_and_both_answers(
    form: FormDefinition, complete: Any, make_context: Contexts
) -> None:
    new = copy.deepcopy(complete)
    new["place"]["title"] = "Outro título"
    new["budget"]["budget"][0]["grant"] = "61000.00"
    changes = answers.diff(form, complete, new, "en", make_context())
    assert [(c.section, c.code) for c in changes] == [("place", "title"), ("budget", "budget")]
    assert changes[0].before.text == "Preparação da estratégia"
    assert changes[0].after.text == "Outro título"
    assert answers.diff(form, complete, copy.deepcopy(complete), "ar", make_context()) == []


def test_translation_goes_out_and_comes_back(form: FormDefinition, complete: Any) -> None:
    items = {item.path: item.text for item in answers.translatable(form, complete)}
    assert items["purpose.background"] == "A cidade cresce."
    assert items["activities.activities.a1.what"] == "Consultas"
    assert not any("submitter" in path or "email" in path for path in items)
    before = copy.deepcopy(complete)
    translated = answers.with_translation(form, complete, {path: f"EN {text}" for path, text in items.items()})
    assert complete == before
    assert {i.path: i.text for i in answers.translatable(form, translated)} == {p: f"EN {t}" for p, t in items.items()}
    assert translated["budget"]["amount"] == "72000.00"
    assert translated["who"] == complete["who"]


def test_what_lists_need_is_typed(form: FormDefinition, complete: Any) -> None:
    found = answers.promote(form, complete)
    assert found["title"] == "Preparação da estratégia"
    assert found["amount"] == Decimal(72000)
    assert (found["country"], found["city"], found["city_id"]) == ("MZ", "Vilankulo", 1040652)
    assert found["recipient"] == "Conselho Municipal de Vilankulo"
    assert set(answers.promote(form, {})) == set(found)
    assert set(answers.promote(form, {}).values()) == {None}


def test_tables_add_up(form: FormDefinition, complete: Any, make_context: Contexts) -> None:
    totals = answers.table_totals(form, complete, "budget.budget")
    assert totals["grant"] == 72000
    assert totals["total"] == Decimal("78000.50")
    rows = answers.table_rows(complete, "budget.budget", form)
    assert [row["total"] for row in rows] == ["65000.00", "13000.50"]
    flat = answers.export(form, complete, "en")
    assert flat["budget.budget.total.total"] == Decimal("78000.50")
    assert flat["budget.budget.2.category"] == "Audit"
    section = next(s for s in answers.show(form, complete, "fr", make_context("fr")) if s.code == "budget")
    assert section.questions[0].totals[-1] == "78\u202f000,50\u00a0USD"


def test_search_finds_words_and_places_but_not_addresses(form: FormDefinition, complete: Any) -> None:
    text = answers.search_text(form, complete)
    assert "Vilankulo" in text
    assert "Mozambique" in text
    assert "UCLG" in text
    assert "A cidade cresce." in text
    assert "@" not in text
    assert "+258" not in text


def test_a_large_variance_asks_for_a_reason_but_does_not_prevent(make_context: Contexts) -> None:
    report = registry.load().form("preparatory_grant", "report-progress", 1)
    lines = [{"_row": "b1", "line": "Consultas", "category": "consultants", "budget": "1000.00", "spent": "889.00"}]
    given = {"funds": {"use_of_funds": lines, "period_from": "2027-01", "period_to": "2027-06"}}
    found = answers.warnings(report, given, make_context())
    assert codes(found) == {"variance_explanation"}
    assert "Consultas" in str(found[0].message)
    assert "variance_explanation" not in codes(answers.problems(report, given, make_context(), "submit"))
    lines[0]["spent"] = "900.00"
    assert answers.warnings(report, given, make_context()) == []
    given["funds"]["period_to"] = "2026-12"
    assert "period_to" in codes(answers.problems(report, given, make_context(), "submit"))
