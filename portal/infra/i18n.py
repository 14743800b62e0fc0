"""Languages: which are offered, which one a reader gets, and how dates, numbers and names are written in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_datetime_format, get_timezone_gmt
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale
from markupsafe import Markup, escape

from forms.engine import numbers
from portal.core.local_time import comes_twice
from portal.core.text import Message, Text

TRANSLATIONS = Path(__file__).parents[2] / "translations"
#: Where the language's own short form writes the month in figures.
MONTH_IN_LETTERS = {"pt": {"MMMd": "d MMM", "yMMMd": "d MMM y"}}
#: how a language separates parts of a sentence that hold commas themselves, where not by “; ”
CLAUSES = {"ar": "؛ ", "fr": "\u00a0; ", "ja": "、", "zh": "；"}
#: the regional form whose dates and numbers a bare language follows
REGION = {"pt": "pt_PT", "en": "en_GB", "ar": "ar", "zh": "zh_Hans_CN"}


@dataclass(frozen=True)
class Language:
    """A language of the interface: its code, its own name, its direction, and whether it is offered."""

    code: str
    name: str
    direction: str
    status: str


@lru_cache(maxsize=1)
def all_languages() -> dict[str, Language]:
    """Every language of ``translations/locales.toml``, in the order of that file."""
    with (TRANSLATIONS / "locales.toml").open("rb") as file:
        rows = tomllib.load(file)["language"]
    return {row["code"]: Language(row["code"], row["name"], row["direction"], row["status"]) for row in rows}


def offered() -> dict[str, Language]:
    """The languages that are complete and offered to readers."""
    return {code: language for code, language in all_languages().items() if language.status == "offered"}


def set_up(app: Flask) -> Babel:
    """Give the application its catalogues, its choice of language and the formats templates use."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")
    babel = Babel(app, locale_selector=choose_locale, default_timezone="UTC")
    # Our own look-up in place of the extension's: the same catalogues, without finding the context anew for each word.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _catalogue(locale_code()).gettext(message),
        ngettext=lambda one, many, num: _catalogue(locale_code()).ngettext(one, many, num),
        newstyle=True,
    )
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = function
    return babel


#: The language in use: what ``in_language`` asked for, or what was found for the request; None: not known yet.
_in_use: ContextVar[str | None] = ContextVar("language", default=None)


def forget_language() -> None:
    """Forget the language that was found, before a request and after it; the next one is found when first asked for."""
    _in_use.set(None)


def choose_locale() -> str:
    """The language of this request: asked for, else the person's, else the browser's, else the tenant's first."""
    code = _in_use.get()
    if code is not None:
        return code
    if not has_request_context():
        return "en"
    code = _choose()
    _in_use.set(code)
    return code


def _choose() -> str:
    tenant = g.get("tenant")
    available = [code for code in (tenant.languages if tenant else offered()) if code in offered()] or ["en"]
    person = g.get("person")
    for wish in (request.args.get("lang"), session.get("lang"), person.language if person else None):
        if wish in available:
            return str(wish)
    best = request.accept_languages.best_match([*available, *(REGION.get(c, c).replace("_", "-") for c in available)])
    if best:
        code = best.split("-")[0]
        return code if code in available else available[0]
    return available[0]


def locale_code() -> str:
    """The code of the language in use now: ``en``, ``pt``, ``ar`` …"""
    return _in_use.get() or choose_locale()


@lru_cache(maxsize=32)
def _catalogue(code: str) -> NullTranslations:
    """A language's catalogue, read once per process; without one the English wording stands."""
    return Translations.load(str(TRANSLATIONS), [code])


def gettext(message: str, **values: Any) -> str:
    """A sentence of the interface in the language in use, its values filled in."""
    text = _catalogue(locale_code()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """A sentence about ``num`` things, in the plural form the language has for that number."""
    text = _catalogue(locale_code()).ngettext(singular, plural, num)
    return text % ({"num": num} | values)


def direction(code: str | None = None) -> str:
    """``ltr`` or ``rtl`` for a language, by default the one in use."""
    language = all_languages().get(code or locale_code())
    if language:
        return language.direction
    try:
        return Locale.parse(code or "en").text_direction
    except ValueError:
        return "ltr"


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Say everything in this language for a while: a mail in the receiver's, a letter in the recipient's."""
    known = code if code in all_languages() else "en"
    token = _in_use.set(known)
    try:
        with force_locale(known):
            yield
    finally:
        _in_use.reset(token)


@lru_cache(maxsize=64)
def _locale(code: str) -> Locale:
    return Locale.parse(REGION.get(code, code))


def _here() -> Locale:
    return _locale(locale_code())


# -- formats: each is cached by value and locale, for Babel needs some 15 microseconds a call


@lru_cache(maxsize=8192)
def _date(value: date, form: str, code: str) -> str:
    if form == "medium":
        return _short(value, code, "yMMMd")
    return format_date(value, format=form, locale=_locale(code))


@lru_cache(maxsize=8192)
def _moment(value: datetime, code: str) -> str:
    """Day and time without seconds, in the order the language has them.

    :param value: what the clocks show, without a zone: the same instant in two zones is the same key, and another text.
    """
    locale = _locale(code)
    hour = format_skeleton("Hm", value, locale=locale)
    parts = (hour, _short(value.date(), code, "yMMMd"))
    return str(get_datetime_format("medium", locale=locale)).replace("'", "").format(*parts)


@lru_cache(maxsize=4096)
def _short(day: date, code: str, skeleton: str) -> str:
    """A day with its month in letters, and never in figures that another country reads the other way round."""
    pattern = MONTH_IN_LETTERS.get(code, {}).get(skeleton)
    if pattern is not None:
        return format_date(day, format=pattern, locale=_locale(code))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return format_skeleton(skeleton, noon, locale=_locale(code))


def show_short_day(value: datetime, zone: str) -> str:
    """The day of an instant in a zone without its year, for lists: ``18 Dec``."""
    return _short(value.astimezone(ZoneInfo(zone)).date(), locale_code(), "MMMd")


def show_date(value: date | datetime | None, form: str = "long", zone: str | None = None) -> str:
    """A day: ``18 December 2026``. An instant is shown as the day it is in the zone (default: the tenant's)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or _tenant_zone())).date()
    return _date(value, form, locale_code())


def show_day(value: date | datetime | None, zone: str | None = None) -> str:
    """A day with its weekday, for promises: ``Friday 18 December 2026``."""
    return show_date(value, "full", zone)


def show_instant(value: datetime | None, zone: str | None = None) -> str:
    """An instant in its zone, with the zone's place: ``18 Dec 2026, 17:00 (New York)``.

    In the hour that comes twice, when clocks are put back, with the difference to universal time too.
    """
    if value is None:
        return ""
    place = zone or _tenant_zone()
    there = value.astimezone(ZoneInfo(place))
    which = f", {get_timezone_gmt(there, width='long', locale=_here())}" if comes_twice(there) else ""
    return f"{_moment(there.replace(tzinfo=None), locale_code())} ({zone_city(place)}{which})"


def show_time(value: datetime | None, zone: str | None = None) -> str:
    """The time of day of an instant in its zone: ``15:12``."""
    if value is None:
        return ""
    there = value.astimezone(ZoneInfo(zone or _tenant_zone()))
    return str(format_skeleton("Hm", there, tzinfo=there.tzinfo, locale=_here()))


def _exemplar(zone: str, code: str) -> str:
    names = _locale(code).time_zones.get(zone, {})
    return str(names.get("city") or zone.rpartition("/")[2].replace("_", " "))


def zone_city(zone: str) -> str:
    """The city a time zone is named after, in the reader's language."""
    return _exemplar_cached(zone, locale_code())


@lru_cache(maxsize=512)
def _exemplar_cached(zone: str, code: str) -> str:
    return _exemplar(zone, code)


def _tenant_zone() -> str:
    tenant = g.get("tenant") if has_request_context() else None
    return str(tenant.zone) if tenant else "UTC"


@lru_cache(maxsize=8192)
def _number(value: Decimal | float, code: str) -> str:
    # Figures are written as the forms and the browser write them: by language, not by region ("58.000", not "58 000").
    return format_decimal(value, locale=Locale.parse(code))


def show_number(value: Decimal | float | None) -> str:
    """A number as the reader writes it."""
    return "" if value is None else _number(value, locale_code())


@lru_cache(maxsize=8192)
def _money(value: Decimal, currency: str, code: str) -> str:
    return numbers.money_in_text(value, currency, code)


def show_money(value: Decimal | str | None, currency: str) -> str:
    """An amount with its currency's code: ``72,000 USD``; cents only where there are any.

    For people, not for fields or files that are read again: among words that run from right to left it is kept
    together by signs of its own (``numbers.money_in_text``).
    """
    return "" if value is None or value == "" else _money(Decimal(value), currency, locale_code())


def show_percent(value: float | None) -> str:
    """A share, as whole per cent: 0.87 → ``87 %``."""
    return "" if value is None else format_percent(value, locale=_here())


@lru_cache(maxsize=4096)
def _country(code: str, language: str) -> str:
    return str(_locale(language).territories.get(code.upper(), code))


def show_country(code: str | None) -> str:
    """A country's name in the reader's language."""
    return _country(code, locale_code()) if code else ""


@lru_cache(maxsize=512)
def _language(code: str, language: str) -> str:
    return str(_locale(language).languages.get(code, code))


def show_language(code: str | None) -> str:
    """A language's name in the reader's language."""
    return _language(code, locale_code()) if code else ""


def show_list(items: Iterable[Any], style: Literal["standard", "or"] = "standard") -> str:
    """Several names in running text, joined as the language does: “a, b and c”, « a, b et c ».

    :param items: what is joined, in the reader's language already; empty ones are left out. One that is markup makes
        the whole markup, the others escaped.
    :param style: ``or`` when any one of them is meant.
    """
    given = [item for item in items if str(item)]
    if any(isinstance(item, Markup) for item in given):
        return Markup(format_list([str(escape(item)) for item in given], style=style, locale=_here()))  # noqa: S704
    return format_list([str(item) for item in given], style=style, locale=_here())


def show_names(items: Iterable[Any], style: Literal["standard", "or"] = "standard") -> str:
    """Names of people, members or places in running text of a page, each with a direction of its own."""
    return show_list((Markup("<bdi>{}</bdi>").format(item) for item in items if str(item)), style)


def show_clauses(parts: Iterable[str]) -> str:
    """Parts of a sentence that hold commas themselves, one after the other: “this; that”."""
    return CLAUSES.get(locale_code(), "; ").join(part for part in parts if part)


def show_text(value: Text | Mapping[str, str] | str | None) -> str:
    """A text that travels with its languages, in the reader's."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = Text(value)
    return value.get(locale_code()) if isinstance(value, Text) else str(value)


def show_message(value: Message | str) -> str:
    """A rule's message in the reader's language, its values written as she writes them."""
    if isinstance(value, str):
        return value
    return (
        gettext(value.id) % {key: _value(item) for key, item in value.values.items()}
        if value.values
        else gettext(value.id)
    )


def _value(item: Any) -> Any:
    if isinstance(item, Message):
        return show_message(item)
    if isinstance(item, Text):
        return show_text(item)
    if isinstance(item, datetime):
        return show_instant(item)
    if isinstance(item, date):
        return show_day(item)
    if isinstance(item, Decimal | int) and not isinstance(item, bool):
        return show_number(item)
    if isinstance(item, list | tuple):
        return show_list(map(_value, item))
    return item


FILTERS: dict[str, Any] = {
    "date": show_date,
    "day": show_day,
    "datetime": show_instant,
    "time": show_time,
    "number": show_number,
    "money": show_money,
    "percent": show_percent,
    "country": show_country,
    "language": show_language,
    "listed": show_list,
    "names": show_names,
    "text": show_text,
    "message": show_message,
    "direction": direction,
}
