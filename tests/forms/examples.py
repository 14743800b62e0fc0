"""Examples that several tests of the forms library share."""

from __future__ import annotations

import tomllib
from typing import Any

from forms.engine.definition import FormDefinition
from forms.engine.parse import parse_form

LOCALES = ("en", "fr", "pt", "ar", "es", "ru", "sw", "ja", "zh")
CITIES = [{"id": 1040652, "name": "Vilankulo", "country": "MZ"}, {"id": 927967, "name": "Lilongwe", "country": "MW"}]

ONE_OF_EACH = """
languages = ["en"]
title = {en="One of each"}
[[section]]
code = "all"
title = {en="All"}
"""


def find_cities(name: str, country: str | None) -> list[dict[str, Any]]:
    """Look a city up by the beginning of its name."""
    return [c for c in CITIES if str(c["name"]).lower().startswith(name.lower()) and country in (None, c["country"])]


def question_toml(code: str, kind: str, more: str = "", level: str = "section.question") -> str:
    """Return one question in TOML."""
    return f'[[{level}]]\ncode = "{code}"\nkind = "{kind}"\nlabel = {{en="The {code}"}}\n{more}\n'


def form_of(*questions: str, rest: str = "") -> FormDefinition:
    """Return a form with one section "all" of the *questions* given in TOML."""
    source = ONE_OF_EACH + "\n".join(questions) + rest
    return parse_form(tomllib.loads(source), source.encode(), "test.toml", "test/form", 1)
