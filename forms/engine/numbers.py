"""Numbers as people type them in any of our languages, and as CLDR writes them back."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal, get_currency_precision, get_decimal_symbol

_MARKS = re.compile("[\u200e\u200f\u061c\u2066-\u2069]")
_SPACES = re.compile("[\\s\u00a0\u2000-\u200a\u202f\u205f\u3000'\u2019\u02bc]+")
_SHAPE = re.compile(r"[+-]?[0-9][0-9.,_]*")
_LONGEST = 40
_ALIKE = {"\u066b": "D", "\u066c": "_", "\u060c": ",", "\u2212": "-", "\uff0c": ",", "\uff0e": ".", "\uff0d": "-"}


class NotANumber(ValueError):
    """The text cannot be read as one number."""


@lru_cache(maxsize=64)
def locale_of(code: str) -> Locale:
    """Return the CLDR locale for a language *code*, English when it is unknown."""
    try:
        return Locale.parse(code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def latin_digits(text: str) -> str:
    """Return *text* with every decimal digit of any script written 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def parse_number(text: str, locale: str) -> Decimal:
    """Read a number typed with any script's digits and any customary separators.

    A single separator before exactly three digits is ambiguous and read as *locale* reads it: "1.234" is 1234 in
    Portuguese and 1.234 in English. NotANumber when it is not one plain number (exponents, NaN, words, odd groups).
    """
    text = _MARKS.sub("", text).strip()
    if len(text) > _LONGEST:
        raise NotANumber(text[:_LONGEST])
    text = "".join(_ALIKE.get(c, c) for c in latin_digits(text))
    text = _SPACES.sub("_", text).replace("-_", "-")
    explicit = text.count("D")
    if explicit:
        if explicit > 1 or "." in text:
            raise NotANumber(text)
        text = text.replace(",", "_").replace("D", ".")
    if not _SHAPE.fullmatch(text):
        raise NotANumber(text)
    sign, body = ("-", text[1:]) if text[0] == "-" else ("", text.lstrip("+"))
    whole, fraction = _split(body, locale) if not explicit else _at(body, ".")
    if fraction and not fraction.isdigit():
        raise NotANumber(text)
    try:
        return Decimal(f"{sign}{_ungroup(whole)}.{fraction or '0'}") if fraction else Decimal(sign + _ungroup(whole))
    except InvalidOperation as error:
        raise NotANumber(text) from error


def _at(body: str, mark: str) -> tuple[str, str]:
    whole, _, fraction = body.rpartition(mark)
    return whole, fraction


def _split(body: str, locale: str) -> tuple[str, str]:
    marks = [c for c in body if c in ".,"]
    if not marks:
        return body, ""
    last = marks[-1]
    if len(set(marks)) == 2:
        if marks.count(last) > 1:
            raise NotANumber(body)
        return _at(body, last)
    if len(marks) > 1:
        return body, ""
    whole, fraction = _at(body, last)
    could_group = len(fraction) == 3 and whole.isdigit() and 1 <= len(whole) <= 3 and whole != "0"
    if could_group and last != get_decimal_symbol(locale_of(locale), numbering_system="latn"):
        return body, ""
    return whole, fraction


def _ungroup(whole: str) -> str:
    groups = re.split(r"[.,_]", whole)
    if len(groups) > 1 and (len(set(re.findall(r"[.,_]", whole))) > 1 or not _grouped(groups)):
        raise NotANumber(whole)
    return "".join(groups)


def _grouped(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


@lru_cache(maxsize=8192)
def show_number(value: Decimal, locale: str, least: int = 0) -> str:
    """Write *value* as CLDR does in *locale* (Latin digits, as dates are), with at least *least* decimals."""
    places = max(least, -int(value.normalize().as_tuple().exponent), 0)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(value, pattern, locale=locale_of(locale), group_separator=True))


def show_money(value: Decimal, currency: str, locale: str) -> str:
    """Write an amount followed by its ISO code, as in "72,000 USD"; no decimals when the amount is round."""
    least = 0 if value == value.to_integral_value() else get_currency_precision(currency)
    return f"{show_number(value, locale, least)}\u00a0{currency}"


def money_in_text(value: Decimal, currency: str, locale: str) -> str:
    """Write an amount as part of a sentence.

    Where words run from right to left, figures and a Latin code have no place of their own among them: there the two
    are kept together by the signs that isolate them (Unicode Standard Annex #9, section 2.4).
    """
    written = show_money(value, currency, locale)
    return f"\u2068{written}\u2069" if locale_of(locale).text_direction == "rtl" else written


def money_places(currency: str) -> int:
    """Return how many decimals an amount in *currency* has (CLDR)."""
    return int(get_currency_precision(currency))
