"""The definitions (data) and the few words that the library itself writes."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from forms.engine.text import Text

HOME = Path(__file__).parent


@cache
def _words() -> dict[str, Text]:
    with (HOME / "words.toml").open("rb") as file:
        return {code: Text(wording) for code, wording in tomllib.load(file).items()}


def word(code: str) -> Text:
    """Return the library's wording called *code*; KeyError when there is none."""
    return _words()[code]
