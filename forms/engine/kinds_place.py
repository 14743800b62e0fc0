"""Kinds that name something the installation knows: countries, cities, organisations, files."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from babel.dates import format_date

from .cleaning import clean_line
from .context import Context
from .definition import Answer, Question
from .inputs import Env, Inputs
from .kinds import PLAIN, Exported, Found, Kind, cut, is_raw, raw, register, unreadable
from .numbers import locale_of
from .shown import Shown
from .text import N_, Message

# Codes of CLDR that are not countries: unions, the world, outlying oceans, test and unknown regions.
_NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
LONGEST = 200


@lru_cache(maxsize=32)
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """Return (ISO 3166 alpha-2 code, name in *locale* by CLDR), ordered by name."""
    names = {str(code): str(name) for code, name in locale_of(locale).territories.items()}
    pairs = [(code, names[code]) for code in names if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES]
    return tuple(sorted(pairs, key=lambda pair: _plain(pair[1])))


@lru_cache(maxsize=32)
def _country_names(locale: str) -> dict[str, str]:
    return dict(countries(locale))


def country_name(code: object, locale: str) -> str:
    """Return the name of a country in *locale*, or the code when it is not one."""
    return _country_names(locale).get(str(code), str(code or ""))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))


@register
class CountryKind(Kind):
    """A country by its ISO code; at submission it must be on the list of eligible countries, if there is one."""

    name = "country"
    control = "country"

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        typed = clean_line(typed)
        if not typed:
            return None
        if typed.upper() in _country_names("en"):
            return typed.upper()
        named = [code for code, name in countries(context.locale) if _plain(name) == _plain(typed)]
        return named[0] if len(named) == 1 else cut(typed)

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if not self.empty(question, value) and (not isinstance(value, str) or value not in _country_names("en")):
            yield path, N_("Choose a country from the list.")

    def complete(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        yield from super().complete(question, value, context, path)
        known = isinstance(value, str) and value in _country_names("en")
        if known and context.eligible_countries is not None and value not in context.eligible_countries:
            day = context.policy.get("eligible_on", context.today)
            yield (
                path,
                N_(
                    "%(country)s was not on the list of aid recipients on %(date)s. Choose an eligible country.",
                    country=country_name(value, context.locale),
                    date=format_date(day, "long", locale_of(context.locale)) if isinstance(day, dt.date) else str(day),
                ),
            )

    def ask(self, question: Question, context: Context) -> Message:
        return N_("Choose an answer to “%(label)s”.", label=question.label.get(context.locale))

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        return raw(value) or str(value or "")

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return raw(value) if is_raw(value) else country_name(value, locale)

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        if isinstance(value, str):
            yield from {country_name(value, locale) for locale in ("en", "fr", "pt", "ar")}


class _Named(Kind):
    """A thing with a name and, when we know it, an id; its inputs are NAME-name and NAME-id."""

    control = "pick"

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        named = inputs.child("name")
        if question.read_only or not named.present:
            return stored
        name = clean_line(named.value)
        return self.find(question, name, clean_line(inputs.child("id").value), stored, env) if name else None

    def find(self, question: Question, name: str, given: str, stored: Answer, env: Env) -> Answer:
        """Return the stored value for a typed *name*, with its id when it is known."""
        raise NotImplementedError

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
            yield unreadable(f"{path}-name")
        elif len(value["name"]) > LONGEST:
            many = len(value["name"])
            yield (
                f"{path}-name",
                N_("Write at most %(limit)s characters; this has %(count)s.", limit=LONGEST, count=many),
            )

    def complete(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        for _, message in super().complete(question, value, context, path):
            yield f"{path}-name", message

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return str(value.get("name") or "") if isinstance(value, Mapping) else str(value or "")

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        yield self.text(question, value, "en", PLAIN)


@register
class CityKind(_Named):
    """A city: picked among those the installation knows, or written freely (then its id is null)."""

    name = "city"
    options = frozenset({"country_from"})

    def find(self, question: Question, name: str, given: str, stored: Answer, env: Env) -> Answer:
        country = env.sibling(question.country_from) if question.country_from else None
        country = country if isinstance(country, str) else None
        if isinstance(stored, Mapping) and stored.get("name") == name and stored.get("country") == country:
            return {"id": stored.get("id"), "name": name, "country": country}
        found = env.context.find_cities(name, country) if env.context.find_cities else []
        same = [city for city in found if _plain(str(city.get("name", ""))) == _plain(name)]
        chosen = [city for city in found if given and str(city.get("id")) == given and city in same]
        pick = chosen[0] if chosen else (same[0] if len(same) == 1 else None)
        if pick is None:
            return {"id": None, "name": name, "country": country}
        return {"id": pick.get("id"), "name": pick.get("name", name), "country": pick.get("country", country)}

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        known = value if isinstance(value, Mapping) else {}
        return {"": known.get("name"), "id": str(known["id"]) if known.get("id") is not None else None}

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        known = value if isinstance(value, Mapping) else {}
        return {str(question.promote): known.get("name"), f"{question.promote}_id": known.get("id")}


@register
class OrganisationKind(_Named):
    """An organisation: one of the members, by name, or any other."""

    name = "organisation"

    def find(self, question: Question, name: str, given: str, stored: Answer, env: Env) -> Answer:
        same = [(key, known) for key, known in env.context.find_members() if _plain(known) == _plain(name)]
        if same:
            return {"id": same[0][0], "name": same[0][1]}
        kept = stored.get("id") if isinstance(stored, Mapping) and stored.get("name") == name else None
        return {"id": kept, "name": name}

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        return {str(question.promote): value.get("name") if isinstance(value, Mapping) else None}


@register
class FileKind(Kind):
    """An uploaded file.

    NAME carries the id of a known upload, NAME-upload is the browser's file input, NAME-remove a tick.
    """

    name = "file"
    control = "file"

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        if question.read_only:
            return stored
        if any(inputs.child("remove").values):
            return None
        key = clean_line(inputs.value)
        if not key:
            return stored
        if isinstance(stored, Mapping) and stored.get("id") == key:
            return stored
        known = env.context.files.get(key)
        if known is None:
            return cut(key)
        return {"id": key, "name": known.get("name"), "size": known.get("size"), "type": known.get("type")}

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if not self.empty(question, value) and (not isinstance(value, Mapping) or not value.get("id")):
            yield path, N_("This file was not received. Please add it again.")

    def ask(self, question: Question, context: Context) -> Message:
        return N_("Add a file for “%(label)s”.", label=question.label.get(context.locale))

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        return str(value.get("id") or "") if isinstance(value, Mapping) else ""

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return str(value.get("name") or "") if isinstance(value, Mapping) else ""

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        files = (value,) if isinstance(value, Mapping) and value.get("id") else ()
        text = self.text(question, value, locale, context) or None
        return Shown(question.code, question.label.get(locale), self.name, text, files=files)
