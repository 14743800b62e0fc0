"""Reading plain data (JSON, TOML) key by key, collecting everything that is wrong instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from portal.core.standards.standard import EventMatch, Scalar
from portal.core.text import N_, Message

LARGEST_AMOUNT = 5000
C = TypeVar("C", bound=str)
Words = Mapping[str, tuple[Scalar, ...]]


class StandardError(ValueError):
    """A standard (or simulation) that cannot be used: ``problems`` are pairs of the key at fault and how to mend it."""

    def __init__(self, problems: Sequence[tuple[str, Message]]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in problems))
        self.problems = tuple(problems)


class Reader:
    """One level of plain data. Reading returns a usable value in any case; faults go to the shared list."""

    def __init__(self, data: object, problems: list[tuple[str, Message]], at: str = "") -> None:
        self.problems = problems
        self.at = at
        self.data: Mapping[str, object] = {}
        if isinstance(data, Mapping):
            self.data = data
        else:
            self.fault("", N_("This must be an object with named settings."))

    def fault(self, key: str, message: Message) -> None:
        """Record what is wrong with a key of this level."""
        self.problems.append((".".join(part for part in (self.at, key) if part), message))

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that nobody reads: a misspelt setting must not be lost in silence."""
        for key in self.data:
            if key not in known:
                self.fault(str(key), N_("This setting is not known. Remove it or correct its spelling."))

    def has(self, key: str) -> bool:
        """Whether the key is given and not null."""
        return self.data.get(key) is not None

    def within(self, key: str) -> Reader:
        """The level below a key."""
        return Reader(self.data.get(key), self.problems, self._path(key))

    def each(self, key: str) -> list[Reader]:
        """The levels below a key that holds a list; an absent list is empty."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.fault(key, N_("This must be a list."))
            return []
        return [Reader(item, self.problems, f"{self._path(key)}.{i}") for i, item in enumerate(value)]

    def text(self, key: str, default: str | None = None) -> str:
        """A piece of text; without ``default`` it must be given."""
        value = self.data.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        self.fault(key, N_("Give this as a piece of text."))
        return ""

    def maybe_text(self, key: str) -> str | None:
        """A piece of text or None."""
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, known: Sequence[C], default: C | None = None) -> C:
        """One of the known words."""
        value = self.data.get(key, default)
        for word in known:
            if value == word:
                return word
        self.fault(key, N_("Choose one of: %(known)s.", known=tuple(known)))
        return known[0]

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self.data.get(key, False)
        if isinstance(value, bool):
            return value
        self.fault(key, N_("This is true or false."))
        return False

    def whole(self, key: str, low: int = 0, high: int = LARGEST_AMOUNT, default: int | None = None) -> int:
        """A whole number in a range."""
        value = self.data.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, N_("Give a whole number from %(low)s to %(high)s.", low=low, high=high))
        return low

    def money(self, key: str) -> Decimal | None:
        """An amount of money, written as text or whole number; None when absent."""
        if not self.has(key):
            return None
        try:
            amount = Decimal(str(self.data[key]))
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and amount >= 0:
            return amount
        self.fault(key, N_("Give an amount of money such as 250000.00."))
        return None

    def hour(self, key: str) -> time | None:
        """An hour of the day such as 17:00; None when absent."""
        value = self.data.get(key)
        if value is None or (isinstance(value, time) and value.tzinfo is None):
            return value
        try:
            found = time.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is not None and found.tzinfo is None:
            return found
        self.fault(key, N_("Give an hour of the day such as 17:00."))
        return None

    def day_or_yearly(self, key: str) -> date | tuple[int, int] | None:
        """A date (2026-03-31) or a day that recurs every year (03-31); None when absent."""
        value = self.data.get(key)
        if value is None or type(value) is date:
            return value
        text = str(value)
        try:
            if len(text) == 5:
                leap = date.fromisoformat(f"2024-{text}")
                return leap.month, leap.day
            return date.fromisoformat(text)
        except ValueError:
            self.fault(key, N_("Give a date such as 2026-03-31, or a day of every year such as 03-31."))
            return None

    def wording(self, key: str, languages: Collection[str]) -> dict[str, str]:
        """A text in every one of ``languages``; holes are faults that name the language."""
        value = self.data.get(key)
        if not isinstance(value, Mapping) or not value:
            self.fault(key, N_('Give this text by language, such as {"en": "…"}.'))
            return {}
        found = {str(lang): words for lang, words in value.items() if isinstance(words, str) and words.strip()}
        for lang in sorted({*languages, *map(str, value)} - set(found)):
            self.fault(f"{key}.{lang}", N_("This text is missing in the language %(language)s.", language=lang))
        return found

    def events(self, key: str, known: Collection[str] | None, needed: bool = False) -> tuple[EventMatch, ...]:
        """Events: a kind, or a list of kinds and of {kind, where} objects. Unknown kinds are faults."""
        value = self.data.get(key)
        items = [value] if isinstance(value, str | Mapping) else value if value is not None else []
        if not isinstance(items, list | tuple):
            self.fault(key, N_('Give one or more event kinds, such as ["submitted"].'))
            return ()
        if needed and not items:
            self.fault(key, N_("Name at least one event."))
        matches: list[EventMatch] = []
        for i, item in enumerate(items):
            inner = Reader({"kind": item} if isinstance(item, str) else item, self.problems, f"{self._path(key)}.{i}")
            inner.only({"kind", "where"})
            match = EventMatch(inner.text("kind"), inner.conditions("where"))
            if known is not None and match.kind and match.kind not in known:
                inner.fault("", N_("The event %(event)s is not known to the workflow.", event=match.kind))
            matches.append(match)
        return tuple(matches)

    def conditions(self, key: str) -> Words:
        """For each key of an event's data the value or values it may have."""
        if not self.has(key):
            return {}
        inner = self.within(key)
        found: dict[str, tuple[Scalar, ...]] = {}
        for name, value in inner.data.items():
            values = value if isinstance(value, list | tuple) else [value]
            if not values or any(not isinstance(v, str | int | bool) for v in values):
                inner.fault(name, N_("Give one or more texts, whole numbers or true or false."))
            else:
                found[str(name)] = tuple(v for v in values if isinstance(v, str | int))
        return found

    def _path(self, key: str) -> str:
        return f"{self.at}.{key}" if self.at else key
