"""What the tests of the forms library share: no application, only definitions, WTForms and templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forms.engine.context import Context
from tests.forms.examples import find_cities

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def make_context() -> Callable[..., Context]:
    """Return a maker of contexts."""

    def make(locale: str = "en", **more: Any) -> Context:
        given: dict[str, Any] = {
            "today": dt.date(2026, 11, 20),
            "locale": locale,
            "currency": "USD",
            "eligible_countries": frozenset({"MZ", "MW", "PH"}),
            "amount_limit": Decimal(75000),
            "find_cities": find_cities,
            "find_members": lambda: (("uclg", "UCLG"), ("giz", "GIZ")),
            "files": {"f1": {"id": "f1", "name": "letter.pdf", "size": 12, "type": "application/pdf"}},
        }
        return Context(**(given | more))

    return make


@pytest.fixture(scope="session")
def macros() -> Any:
    """Return the macros of the questions' template, with a gettext that only fills in values."""
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined)
    environment.globals["_"] = lambda text, **values: text % values
    return environment.get_template("components/questions.html").module
