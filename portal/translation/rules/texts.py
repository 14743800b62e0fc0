"""Which texts have to be translated, and what of an earlier translation still stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

MOST_CHARACTERS = 20_000


class Item(Protocol):
    """A text worth translating and its place in the answers."""

    @property
    def path(self) -> str:
        """Where the text stands: "section.question"."""
        ...

    @property
    def text(self) -> str:
        """The text as the applicant wrote it."""
        ...


def target_language(working_languages: list[str]) -> str:
    """The language into which applications are translated: the first one the secretariat works in."""
    return working_languages[0]


def is_needed(language: str, working_languages: list[str]) -> bool:
    """Whether an application in this language has to be translated before it is assessed."""
    return language not in working_languages


def missing(items: Iterable[Item], texts: Mapping[str, str]) -> list[str]:
    """The paths of the texts that have no translation yet, in the order of the form."""
    return [item.path for item in items if item.text.strip() and not texts.get(item.path, "").strip()]


def carried_over(before: Iterable[Item], now: Iterable[Item], texts: Mapping[str, str]) -> dict[str, str]:
    """What of an earlier translation still stands: the texts whose original has not changed since."""
    originals = {item.path: item.text for item in before}
    return {item.path: texts[item.path] for item in now if item.path in texts and originals.get(item.path) == item.text}


def readable(state: str, has_version: bool) -> bool:
    """Whether a translator may open a case: it waits for a translation, or has one."""
    return state == "translating" or has_version
