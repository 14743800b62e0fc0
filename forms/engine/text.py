"""Two sorts of words: wording that travels with a definition, and messages for the reader's catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Message:
    """A sentence for people: an English catalogue key with named placeholders, translated by whoever shows it."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the English sentence (for logs and tests)."""
        return self.id % self._plain()

    def render(self, gettext: Callable[[str], str]) -> str:
        """Translate with *gettext* (one argument: the English key) and fill in the values."""
        return gettext(self.id) % self._plain()

    def _plain(self) -> dict[str, Any]:
        """The values, those that are several names written one after the other."""
        return {
            key: ", ".join(map(str, value)) if isinstance(value, tuple) else value for key, value in self.values.items()
        }


def N_(key: str, /, **values: Any) -> Message:  # noqa: N802 (the customary name of the marker, known to extractors)
    """Mark *key* for the catalogue and return it as a message with its *values*."""
    return Message(key, MappingProxyType(values))


def literal(text: str) -> Message:
    """Return a message that says *text* as it stands (wording of a definition, already in the reader's language)."""
    return Message("%(text)s", MappingProxyType({"text": text}))


@dataclass(frozen=True, eq=False)
class Text:
    """The same wording in several languages, in the order of preference of its author."""

    by_language: Mapping[str, str]

    def get(self, lang: str) -> str:
        """Return the wording in *lang*, else in its base language, else in English, else in the first one there is."""
        for code in (lang, lang.replace("_", "-").split("-")[0], "en"):
            if self.by_language.get(code):
                return self.by_language[code]
        return next(iter(self.by_language.values()), "")

    def fill(self, lang: str, values: Mapping[str, object]) -> str:
        """Return the wording in *lang* with its ``{placeholders}`` filled in; KeyError names a missing one."""
        return fill(self.get(lang), values)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which there is a wording."""
        return tuple(code for code, words in self.by_language.items() if words)

    @property
    def placeholders(self) -> dict[str, frozenset[str]]:
        """The ``{placeholders}`` used, by language."""
        return {code: frozenset(_PLACE.findall(words)) for code, words in self.by_language.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.languages)

    def __str__(self) -> str:
        return self.get("en")


def fill(template: str, values: Mapping[str, object]) -> str:
    """Replace each ``{name}`` in *template*; KeyError names the placeholder for which no value was given."""

    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            raise KeyError(f"no value was given for the placeholder {{{name}}}")
        return str(values[name])

    return _PLACE.sub(one, template)
