"""Every definition in the folder, and what the registry refuses."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms.definitions import HOME
from forms.engine import answers, registry
from forms.engine.build import bind
from forms.engine.context import Context
from forms.engine.definition import DefinitionError, FormDefinition
from forms.engine.text import Text

Contexts = Callable[..., Context]
FORMS = list(registry.load().forms.values())
INSTRUMENTS = list(registry.load().instruments.values())


def name_of(item: Any) -> str:
    return f"{item.key}.v{item.version}" if isinstance(item, FormDefinition) else str(item.code)


class Page(HTMLParser):
    """Collects ids, references to ids, and inputs of a rendered page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.posted: list[tuple[str, str]] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self._textarea: str | None = None
        self._select: str | None = None
        self._in_pattern = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "template":
            self._in_pattern = True
        if found.get("id"):
            self.ids.append(str(found["id"]))
        self.references += str(found.get("aria-describedby") or "").split()
        if tag == "label":
            self.labelled.add(str(found.get("for")))
        if self._in_pattern:
            return
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.controls.append(found)
        name = found.get("name")
        typed = found.get("type") not in ("file", "radio", "checkbox")
        if tag == "input" and name and not name.endswith("-remove") and (typed or "checked" in found):
            self.posted.append((name, found.get("value") or ""))
        self._textarea = name if tag == "textarea" else self._textarea
        self._select = name if tag == "select" else self._select
        if tag == "textarea":
            self.posted.append((str(name), ""))
        if tag == "option" and self._select and "selected" in found:
            self.posted.append((self._select, found.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._in_pattern = False
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea and not self._in_pattern:
            name, so_far = self.posted[-1]
            self.posted[-1] = (name, (so_far + data).removeprefix("\n") if not so_far else so_far + data)


def texts(data: Any) -> Iterator[Text]:
    if isinstance(data, Text):
        yield data
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, tuple | list) else ():
        yield from texts(item)


def sample(question: Any) -> Any:
    """Return an answer of the right shape for any question."""
    if question.kind in ("table", "group"):
        row = {part.code: sample(part) for part in question.parts if not part.computed}
        return [{"_row": "r1", **row}, {"_row": "r2", **row}]
    return {
        "text": "Água", "longtext": "Um\n\ndois <b>&", "email": "a@b.org", "phone": "+258 1234567", "number": 3,
        "money": "1234.50", "date": "2026-11-20", "month": "2026-11", "country": "MZ", "confirm": True,
        "choice": question.choices[-1].code if question.choices else None,
        "multichoice": [choice.code for choice in question.choices[:2]],
        "city": {"id": 1040652, "name": "Vilankulo", "country": "MZ"}, "organisation": {"id": "uclg", "name": "UCLG"},
        "file": {"id": "f1", "name": "letter.pdf", "size": 12, "type": "application/pdf"},
        "contact": {"name": "Ana", "position": "Mayor", "organisation": "City", "address": "Rua 1\nVilankulo",
                    "email": "a@b.org", "phone": "+258 1234567"},
    }[question.kind]  # fmt: skip


@pytest.mark.parametrize("locale", ["en", "fr", "pt", "ar"])
@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_every_page_builds_in_every_language(
    form: FormDefinition, locale: str, make_context: Contexts, macros: Any
) -> None:
    for section in form.sections:
        for stored in ({}, {question.code: sample(question) for question in section.questions}):
            bound = bind(form, section.code, context=make_context(locale), stored=stored)
            found = bound.validate("submit")
            html = str(macros.error_summary(found)) + "".join(str(macros.question(field, 1)) for field in bound.fields)
            page = Page(html)
            assert len(page.ids) == len(set(page.ids)), "two elements share an id"
            assert set(page.references) <= set(page.ids), "a description is not on the page"
            assert {problem.path for problem in found} <= set(page.ids), "a problem leads nowhere"
            assert {str(control.get("id")) for control in page.controls} <= page.labelled, "a control has no label"
            assert "style=" not in html
            assert "<script" not in html
            assert " onclick" not in html


@pytest.mark.parametrize("locale", ["en", "fr", "pt", "ar"])
@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_what_is_shown_and_sent_back_is_the_same(
    form: FormDefinition, locale: str, make_context: Contexts, macros: Any
) -> None:
    for section in form.sections:
        stored = {question.code: sample(question) for question in section.questions}
        context = make_context(locale)
        bound = bind(form, section.code, context=context, stored=stored)
        page = Page("".join(str(macros.question(field)) for field in bound.fields))
        again = bind(form, section.code, context=context, stored=stored, formdata=MultiDict(page.posted))
        assert again.stored() == stored
        fresh = bind(form, section.code, context=context, stored={}, formdata=MultiDict(page.posted))
        rows = {q.code for q in section.questions if q.fixed_rows}
        expected = {code: value for code, value in stored.items() if code not in rows}
        assert {code: value for code, value in fresh.stored().items() if code not in rows} == expected


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_answers_of_every_shape_are_shown_and_exported(
    form: FormDefinition, make_context: Contexts, macros: Any
) -> None:
    given = {section.code: {q.code: sample(q) for q in section.questions} for section in form.sections}
    for locale in form.languages:
        for section in answers.show(form, given, locale, make_context(locale)):
            assert "<b>" not in str(macros.shown_section(section, "pt")).replace("<bdi>", "")
        assert answers.export(form, given, locale)
    for change in answers.diff(form, {}, given, "en", make_context()):
        assert change.label in str(macros.shown_diff(change))


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=name_of)
def test_an_instrument_s_texts_are_complete_and_alike(instrument: Any) -> None:
    found = [instrument.title, instrument.summary, *texts(instrument.documents)]
    for text in found:
        assert set(text.languages) == set(instrument.languages)
        assert len(set(text.placeholders.values())) == 1
        for language, words in text.by_language.items():
            assert not re.search(r"\{[^a-z]|\s$", words), (language, words)


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_messages_of_rules_use_the_same_placeholders(form: FormDefinition) -> None:
    for check in form.checks:
        assert len(set(check.message.placeholders.values())) == 1, check.code


def test_a_published_definition_never_changes() -> None:
    assert registry.changed(HOME) == []
    locked = registry.read_lock(HOME)
    assert locked, "nothing is published"
    for form in FORMS:
        assert f"{form.key}.v{form.version}.toml" in locked, "publish it: python -m forms.engine.registry lock"


@pytest.fixture
def copy_of(tmp_path: Path) -> Path:
    shutil.copytree(HOME / "preparatory_grant", tmp_path / "preparatory_grant")
    return tmp_path


def test_the_lock_adds_what_is_new_and_refuses_what_has_changed(copy_of: Path) -> None:
    assert "preparatory_grant/review.v1.toml" in registry.lock(copy_of, ["application", "review"])
    assert registry.lock(copy_of, ["application", "review"]) == []
    path = copy_of / "preparatory_grant" / "review.v1.toml"
    path.write_text(path.read_text() + "# later\n")
    assert registry.changed(copy_of) == ["preparatory_grant/review.v1.toml"]
    with pytest.raises(DefinitionError, match="add the next version"):
        registry.lock(copy_of)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "longtext"', 'kind = "essay"', "'essay' is not known"),
        ('code = "background"', 'code = "data"', "cannot be used"),
        ('code = "background"', 'code = "purpose"', "two of one code"),
        ('fr="Contexte", ', "", "no wording in fr"),
        ("max_words = 400", 'max_words = "many"', "not a whole number"),
        ("max_words = 400", "colour = 3", "does not know colour"),
        ('question = "client_executes"', 'question = "whoever"', "execution.whoever"),
        ('right = "sum(budget.budget.grant)"', 'right = "sum(budget.budget.gold)"', "gold"),
        ('right = "policy.sponsors_needed"', 'right = "as many as needed"', 'write "section.question"'),
        ('left = "count(sponsors.sponsors)"', 'left = "count(sponsors.members)"', "sponsors.members"),
        ('"grant", "cofin_cash"', '"gold", "cofin_cash"', "computed from gold"),
        ('kind = "equal"', 'kind = "similar"', "'similar' is not known"),
        ("[[section]]", "[[section]", "is not TOML"),
    ],
)
def test_a_broken_definition_is_refused_with_its_place(copy_of: Path, old: str, new: str, says: str) -> None:
    path = copy_of / "preparatory_grant" / "application.v1.toml"
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new, 1))
    with pytest.raises(DefinitionError) as refused:
        registry.load(copy_of)
    assert says in str(refused.value)
    assert "preparatory_grant/application.v1.toml" in str(refused.value)


def test_a_text_fills_its_placeholders_and_misses_none() -> None:
    text = Text({"en": "Dear {name}", "pt": "Caro {name}"})
    assert text.fill("pt_PT", {"name": "Rui"}) == "Caro Rui"
    assert text.get("sw") == "Dear {name}"
    with pytest.raises(KeyError, match="name"):
        text.fill("en", {})


def test_the_enter_key_presses_a_button_that_saves(macros: Any) -> None:
    html = str(macros.default_submit("action", "save"))
    assert 'type="submit"' in html
    assert 'name="action" value="save"' in html
    assert "name=" not in str(macros.default_submit())
