"""The catalogues: fresh, complete where a language is offered, with the same placeholders and tags everywhere."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from portal.infra.i18n import TRANSLATIONS, all_languages, offered
from tests.machine import run_tool

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
TAG = re.compile(r"</?[a-z]+[^>]*>")
KEYWORDS = ("_", "gettext", "ngettext:1,2", "lazy_gettext", "lazy_ngettext:1,2", "pgettext:1c,2", "N_")


@cache
def catalogue(path: Path) -> Catalog:
    """A catalogue as it is stored."""
    with path.open("rb") as file:
        return read_po(file)


def of(code: str) -> Catalog:
    """The catalogue of a language."""
    return catalogue(TRANSLATIONS / code / "LC_MESSAGES" / "messages.po")


def forms_of(text: object) -> tuple[str, ...]:
    """A message's wordings: one, or one a plural form."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


def test_the_template_of_catalogues_is_fresh(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    words = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    done = run_tool(
        sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", *words, "-o", str(pot), "."
    )
    assert done.returncode == 0, done.stdout
    fresh = {(m.context, forms_of(m.id)) for m in catalogue(pot) if m.id}
    stored = {(m.context, forms_of(m.id)) for m in catalogue(TRANSLATIONS / "messages.pot") if m.id}
    assert fresh == stored, f"run `make messages`: {sorted(map(str, fresh ^ stored))[:5]}"


@pytest.mark.parametrize("code", sorted(all_languages()))
def test_every_language_has_its_catalogue(code: str) -> None:
    template = {(m.context, forms_of(m.id)) for m in catalogue(TRANSLATIONS / "messages.pot") if m.id}
    assert {(m.context, forms_of(m.id)) for m in of(code) if m.id} == template


@pytest.mark.parametrize("code", sorted(set(offered()) - {"en"}))
def test_an_offered_language_is_complete(code: str) -> None:
    missing = [m.id for m in of(code) if m.id and (m.fuzzy or not all(forms_of(m.string)))]
    assert not missing, f"{len(missing)} to translate, first {missing[:3]}"


@pytest.mark.parametrize("code", sorted(set(all_languages()) - {"en"}))
def test_translations_keep_placeholders_and_tags(code: str) -> None:
    wrong = []
    for message in of(code):
        sources, wordings = forms_of(message.id), forms_of(message.string)
        if not message.id or not any(wordings):
            continue
        places = set(PLACEHOLDER.findall(sources[-1]))
        tags = sorted(TAG.findall(sources[-1]))
        for number, wording in enumerate(wordings):
            found = set(PLACEHOLDER.findall(wording))
            # A plural form for exactly one or two may say the number in words.
            spared = {"count", "num", "number"} if message.pluralizable and number < len(wordings) - 1 else set()
            if not (places - spared <= found <= places) or sorted(TAG.findall(wording)) != tags:
                wrong.append((message.id, wording))
    assert not wrong, wrong[:3]


#: what typography asks of a language: a sign of it that is wrong, and why
WRONG_SIGNS = {
    "fr": (re.compile(r"« | [:;?!»]"), "a space that may break stands beside a sign; write U+202F"),
    "pt": (re.compile(r"[«»]"), "two kinds of quotation marks; write “ ”"),
    "ar": (re.compile(r"[\u0621-\u064a][,;?]|[“”]"), "a Latin sign in Arabic text; write ، ؛ ؟ « »"),
}


@pytest.mark.parametrize("code", sorted(WRONG_SIGNS))
def test_translations_keep_the_typography_of_their_language(code: str) -> None:
    sign, why = WRONG_SIGNS[code]
    wrong = [w for m in of(code) if m.id for w in forms_of(m.string) if sign.search(w)]
    assert not wrong, f"{why}: {wrong[:3]}"


def written_in(tree: object, code: str) -> Iterator[str]:
    """Every text of a data file that is given in a language beside others."""
    if isinstance(tree, dict):
        if isinstance(tree.get(code), str) and isinstance(tree.get("en"), str):
            yield tree[code]
        for part in tree.values():
            yield from written_in(part, code)
    elif isinstance(tree, list):
        for part in tree:
            yield from written_in(part, code)


@pytest.mark.parametrize("code", sorted(WRONG_SIGNS))
def test_the_texts_of_instruments_keep_the_typography_of_their_language(code: str) -> None:
    sign, why = WRONG_SIGNS[code]
    files = [*(ROOT / "forms").rglob("*.toml"), ROOT / "portal" / "demo" / "data" / "tenants.toml"]
    texts = [text for path in files for text in written_in(tomllib.loads(path.read_text("utf-8")), code)]
    assert len(texts) > 500
    wrong = [text for text in texts if sign.search(text)]
    assert not wrong, f"{why}: {wrong[:3]}"
