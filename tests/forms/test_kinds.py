"""The contract of every kind: build, render, read in each locale, keep, show, export."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms.engine import answers
from forms.engine.build import bind, parse_question
from forms.engine.context import Context
from forms.engine.kinds import KINDS
from forms.engine.kinds_number import decimal_of
from tests.forms.examples import LOCALES, form_of, question_toml

AB = 'choice = [{code="a", label={en="Alpha"}}, {code="b", label={en="Beta"}}]'


@dataclass(frozen=True)
class Case:
    """One kind's example: its question, a post, what is kept, what is shown in English, what is wrong."""

    more: str
    posted: list[tuple[str, str]]
    stored: Any
    shown: str
    wrong: list[tuple[str, str]] | None


CASES = {
    "text": Case("max_chars = 20", [("x", " Water  plan ")], "Water plan", "Water plan", [("x", "y" * 21)]),
    "longtext": Case("max_words = 3", [("x", "One\r\ntwo")], "One\ntwo", "One\ntwo", [("x", "a b c d")]),
    "email": Case("", [("x", "ana@vilankulo.gov.mz")], "ana@vilankulo.gov.mz", "ana@vilankulo.gov.mz", [("x", "ana")]),
    "phone": Case("", [("x", "+٢٥٨ 293 82000")], "+258 293 82000", "+258 293 82000", [("x", "ask Ana")]),
    "choice": Case(AB, [("x", "b")], "b", "Beta", [("x", "z")]),
    "multichoice": Case(AB, [("x", ""), ("x", "b"), ("x", "a")], ["a", "b"], "Alpha; Beta", None),
    "confirm": Case('statement = [{en="It is true."}]', [("x", ""), ("x", "true")], True, "Confirmed", None),
    "number": Case("min = 1\nmax = 24", [("x", "١٢")], 12, "12", [("x", "25")]),
    "money": Case("", [("x", "USD 72 000")], "72000.00", "72,000\u00a0USD", [("x", "-5")]),
    "date": Case("", [("x", "2026-11-20")], "2026-11-20", "November 20, 2026", [("x", "2026-02-30")]),
    "month": Case("", [("x", "11/2026")], "2026-11", "November 2026", [("x", "2026-13")]),
    "country": Case("", [("x", "MZ")], "MZ", "Mozambique", [("x", "Atlantis")]),
    "city": Case(
        "", [("x-name", "vilankulo"), ("x-id", "1040652")],
        {"id": 1040652, "name": "Vilankulo", "country": "MZ"}, "Vilankulo", [("x-name", "y" * 201)],
    ),
    "organisation": Case("", [("x-name", "uclg")], {"id": "uclg", "name": "UCLG"}, "UCLG", [("x-name", "y" * 201)]),
    "file": Case(
        "", [("x", "f1")], {"id": "f1", "name": "letter.pdf", "size": 12, "type": "application/pdf"}, "letter.pdf",
        [("x", "nobody-knows")],
    ),
    "contact": Case(
        "", [("x-name", "Ana"), ("x-organisation", "City"), ("x-email", "ana@city.org")],
        {"name": "Ana", "organisation": "City", "email": "ana@city.org"}, "Ana", [("x-email", "ana@")],
    ),
    "table": Case(
        question_toml("what", "text", level="section.question.column")
        + question_toml("cost", "money", "total = true", "section.question.column")
        + question_toml("double", "money", 'computed = {sum = ["cost", "cost"]}', "section.question.column"),
        [("x-0-_row", "r1"), ("x-0-what", "Maps"), ("x-0-cost", "5")],
        [{"_row": "r1", "what": "Maps", "cost": "5.00"}], "Maps", [("x-0-what", "Maps"), ("x-0-cost", "five")],
    ),
    "group": Case(
        question_toml("who", "contact", level="section.question.question")
        + question_toml("part", "text", level="section.question.question"),
        [("x-0-_row", "r1"), ("x-0-part", "Leads")], [{"_row": "r1", "who": None, "part": "Leads"}], "Leads",
        [("x-0-part", "y" * 201)],
    ),
}  # fmt: skip

Contexts = Callable[..., Context]


def definition_of(kind: str) -> Any:
    return form_of(question_toml("x", kind, CASES[kind].more))


def all_text(shown: Any) -> str:
    return " ".join([shown.text or "", *(c for r in shown.rows for c in r), *(t for e in shown.entries for _, t in e)])


def test_every_kind_has_an_example() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", CASES)
def test_a_kind_keeps_its_contract(kind: str, locale: str, make_context: Contexts, macros: Any) -> None:
    case, definition, context = CASES[kind], definition_of(kind), make_context(locale)
    post = MultiDict(case.posted)
    bound = bind(definition, "all", context=context, stored={}, formdata=post)
    assert bound.validate("draft") == []
    assert bound.stored() == {"x": case.stored}
    assert json.loads(json.dumps(bound.stored())) == bound.stored()
    assert parse_question(definition, "all", "x", post, context, {}) == (case.stored, [])
    again = bind(definition, "all", context=context, stored=bound.stored())
    html = str(macros.question(again.fields[0], "3"))
    assert 'data-question="x"' in html
    assert 'data-rev="3"' in html
    shown = answers.show(definition, {"all": bound.stored()}, locale, context)[0]
    assert all_text(shown.questions[0]).strip()
    assert "The x" in str(macros.shown_section(shown))
    flat = answers.export(definition, {"all": bound.stored()}, locale)
    assert flat
    assert all(value is None or isinstance(value, str | Decimal) for value in flat.values())


@pytest.mark.parametrize("kind", CASES)
def test_it_reads_well_in_english(kind: str, make_context: Contexts) -> None:
    shown = answers.show(definition_of(kind), {"all": {"x": CASES[kind].stored}}, "en", make_context())
    assert CASES[kind].shown in all_text(shown[0].questions[0])


@pytest.mark.parametrize("kind", CASES)
def test_what_was_typed_comes_back_when_it_is_wrong(kind: str, make_context: Contexts, macros: Any) -> None:
    case = CASES[kind]
    if case.wrong is None:
        assert kind in ("multichoice", "confirm")  # a box is ticked or not: nothing to get wrong
        return
    bound = bind(definition_of(kind), "all", context=make_context(), stored={}, formdata=MultiDict(case.wrong))
    found = bound.validate("draft")
    assert found
    assert str(found[0].message)
    html = str(macros.question(bound.fields[0]))
    assert f'id="{found[0].path}"' in html
    assert ("is-invalid" in html) or kind == "file"
    assert "invalid-feedback" in html
    again = bind(definition_of(kind), "all", context=make_context(), stored=bound.stored())
    assert again.validate("draft") == found  # what is wrong stays wrong after it was kept
    if kind not in ("choice", "country", "file"):  # closed lists show their choices instead
        assert case.wrong[-1][1] in str(macros.question(again.fields[0]))


@pytest.mark.parametrize("kind", CASES)
def test_nothing_is_complete_before_it_is_answered(kind: str, make_context: Contexts) -> None:
    definition = definition_of(kind)
    assert answers.problems(definition, {}, make_context(), "draft") == []
    missing = answers.problems(definition, {}, make_context(), "submit")
    assert missing
    assert all(problem.path.startswith("x") for problem in missing)


@pytest.mark.parametrize("kind", CASES)
def test_a_page_without_the_question_changes_nothing(kind: str, make_context: Contexts) -> None:
    value = CASES[kind].stored
    bound = bind(definition_of(kind), "all", context=make_context(), stored={"x": value}, formdata=MultiDict())
    assert bound.stored() == {"x": value}


@pytest.mark.parametrize("kind", CASES)
def test_a_field_can_be_emptied(kind: str, make_context: Contexts) -> None:
    case = CASES[kind]
    post = MultiDict([(name, "") for name, _ in case.posted if not name.endswith("_row")] + [("x-remove", "1")])
    bound = bind(definition_of(kind), "all", context=make_context(), stored={"x": case.stored}, formdata=post)
    question = bound.section.questions[0]
    assert KINDS[kind].empty(question, bound.stored().get("x"))


NAMES = st.sampled_from(
    ["x", "x-name", "x-id", "x-email", "x-0-_row", "x-0-what", "x-0-cost", "x-1-who-email", "x-99999999-part",
     "x-remove",     "x--1-what", "x-٣-what", "x-0-", "_add", "_remove"]
)  # fmt: skip
TYPED = st.one_of(
    st.text(max_size=40), st.sampled_from(["x", "x:0", "x:r1", "9" * 5000, "\x00", "\ud800", "1e999", "NaN", "a"])
)


@pytest.mark.parametrize("kind", CASES)
@settings(max_examples=60, deadline=None)
@given(posted=st.lists(st.tuples(NAMES, TYPED), max_size=8),
       stored=st.one_of(st.none(), st.text(max_size=5), st.integers(),
       st.lists(st.dictionaries(st.sampled_from(["_row", "what", "cost"]), st.text(max_size=4)), max_size=2),
       st.dictionaries(st.sampled_from(["_raw", "id", "name"]), st.text(max_size=4))))  # fmt: skip
def test_nothing_that_is_posted_or_kept_breaks_it(kind: str, posted: list[tuple[str, str]], stored: Any) -> None:
    import datetime as dt

    context = Context(today=dt.date(2026, 11, 20), locale="pt")
    definition = definition_of(kind)
    value, found = parse_question(definition, "all", "x", MultiDict(posted), context, {"x": stored})
    assert json.dumps(value) is not None
    assert all(str(problem.message) for problem in found)
    bound = bind(definition, "all", context=context, stored={"x": stored}, formdata=MultiDict(posted))
    bound.validate("submit")
    assert [str(field.label.text) for field in bound.fields] == ["The x"]
    whole = {"all": bound.stored()}
    answers.problems(definition, whole, context, "submit")
    answers.states(definition, whole, context)
    answers.show(definition, whole, "ar", context)
    answers.export(definition, whole, "fr")
    answers.search_text(definition, whole)
    answers.with_translation(definition, whole, {i.path: "t" for i in answers.translatable(definition, whole)})


def test_whole_numbers_and_precision(make_context: Contexts) -> None:
    number, money = form_of(question_toml("x", "number")), form_of(question_toml("x", "money"))
    for definition, typed, message in (
        (number, "1.5", "Write a whole number, without decimals."),
        (money, "1.234567", "Write at most 2 decimals."),
        (money, "9" * 20, "This number is too large. Check the number of digits."),
        (money, "-1", "Enter 0 or more."),
        (number, "soon", "Write the number in digits only, such as 12."),
    ):
        value, found = parse_question(definition, "all", "x", {"x": typed}, make_context(), {})
        assert [str(problem.message) for problem in found] == [message]
        assert decimal_of(value) is None or decimal_of(value) < 0  # type: ignore[operator]


def test_a_country_must_be_on_the_list_at_submission(make_context: Contexts) -> None:
    definition = form_of(question_toml("x", "country"))
    assert answers.problems(definition, {"all": {"x": "FR"}}, make_context("fr"), "draft") == []
    found = answers.problems(definition, {"all": {"x": "FR"}}, make_context("fr"), "submit")
    assert str(found[0].message).startswith("France was not on the list of aid recipients on 20 novembre 2026.")


def test_a_city_that_nobody_knows_is_kept_without_id(make_context: Contexts) -> None:
    definition = form_of(question_toml("land", "country"), question_toml("x", "city", 'country_from = "land"'))
    post = {"land": "MZ", "x-name": "Inhassoro", "x-id": "1040652"}
    assert bind(definition, "all", context=make_context(), stored={}, formdata=post).stored()["x"] == {
        "id": None, "name": "Inhassoro", "country": "MZ"
    }  # fmt: skip
    post = {"land": "MW", "x-name": "Vilankulo", "x-id": "1040652"}
    assert bind(definition, "all", context=make_context(), stored={}, formdata=post).stored()["x"]["id"] is None


def test_rows_are_added_and_removed_by_buttons_alone(make_context: Contexts) -> None:
    definition = definition_of("table")
    post = MultiDict([("x-0-_row", "r1"), ("x-0-what", "Maps"), ("_add", "x")])
    bound = bind(definition, "all", context=make_context(), stored={}, formdata=post)
    assert bound.rows_changed
    assert [row.get("what") for row in bound.stored()["x"]] == ["Maps", None]
    new = bound.stored()["x"][1]["_row"]
    post = MultiDict([("x-0-_row", "r1"), ("x-0-what", "Maps"), ("x-1-_row", new), ("_remove", "x:r1")])
    bound = bind(definition, "all", context=make_context(), stored=bound.stored(), formdata=post)
    assert [row["_row"] for row in bound.stored()["x"]] == [new]
    assert not bind(definition, "all", context=make_context(), stored={}, formdata={"_add": "nothing"}).rows_changed


def test_given_rows_and_cells_cannot_be_changed_by_a_post(make_context: Contexts) -> None:
    columns = question_toml("line", "text", "read_only = true", "section.question.column") + question_toml(
        "spent", "money", level="section.question.column"
    )
    definition = form_of(question_toml("x", "table", "fixed_rows = true\n" + columns))
    kept = {"x": [{"_row": "a", "line": "Maps"}, {"_row": "b", "line": "Audit"}]}
    post = MultiDict([("x-0-_row", "a"), ("x-0-line", "Cars"), ("x-0-spent", "7"), ("x-1-_row", "zz"),
                      ("x-1-spent", "9"),
                      ("_add", "x"), ("_remove", "x:b")])  # fmt: skip
    stored = bind(definition, "all", context=make_context(), stored=kept, formdata=post).stored()["x"]
    assert [(row["_row"], row["line"], row.get("spent")) for row in stored] == [
        ("a", "Maps", "7.00"),
        ("b", "Audit", None),
    ]


def test_the_form_class_is_built_once_and_speaks_the_reader_s_language(make_context: Contexts) -> None:
    source = question_toml("x", "text").replace('{en="The x"}', '{en="The x"}')
    definition = form_of(source)
    one, two = (bind(definition, "all", context=make_context(locale), stored={}) for locale in ("en", "fr"))
    assert type(one.form) is type(two.form)
