"""Numbers and words as people write them."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.engine.cleaning import clean_line, clean_lines, count_words
from forms.engine.numbers import NotANumber, parse_number, show_money, show_number
from tests.forms.examples import LOCALES

EVERYWHERE = [
    "1.234,5",
    "1 234,5",
    "1\u00a0234,5",
    "1\u202f234,5",
    "1,234.5",
    "١٬٢٣٤٫٥",
    "1234.5",
    "1234,5",
    "１２３４．５",
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("typed", EVERYWHERE)
def test_what_is_clear_is_read_alike_in_every_language(typed: str, locale: str) -> None:
    assert parse_number(typed, locale) == Decimal("1234.5")


@pytest.mark.parametrize(
    ("typed", "locale", "expected"),
    [
        ("1.234", "pt", "1234"),
        ("1.234", "en", "1.234"),
        ("1,234", "en", "1234"),
        ("1,234", "fr", "1.234"),
        ("1.234", "fr", "1234"),
        ("75.000", "pt", "75000"),
        ("75,000", "ar", "75000"),
        ("٧٥٬٠٠٠", "ar", "75000"),
        ("0.125", "pt", "0.125"),
        ("-3,5", "pt", "-3.5"),
        ("\u200f\u2212٣", "ar", "-3"),
        ("1.234.567,89", "en", "1234567.89"),
        ("1'234'567.89", "fr", "1234567.89"),
        ("+5", "en", "5"),
    ],
)
def test_what_is_ambiguous_is_read_by_the_locale(typed: str, locale: str, expected: str) -> None:
    assert parse_number(typed, locale) == Decimal(expected)


@pytest.mark.parametrize(
    "typed",
    [
        "NaN",
        "Infinity",
        "1e5",
        "1E5",
        "12a",
        "--1",
        "1.2.3",
        "1,23,4",
        "12 34",
        "1.234,5,6",
        ".",
        ",5,",
        "9" * 41,
        "",
        "٫",
        "½",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotANumber):
        parse_number(typed, "en")


@pytest.mark.parametrize("locale", LOCALES)
@given(number=st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_is_shown_is_read_back(locale: str, number: Decimal) -> None:
    assert parse_number(show_number(number, locale, 2), locale) == number


@given(typed=st.text(max_size=60))
def test_reading_a_number_never_fails_otherwise(typed: str) -> None:
    with suppress(NotANumber):
        assert parse_number(typed, "pt").is_finite()


def test_money_follows_the_locale() -> None:
    assert show_money(Decimal("72000.00"), "USD", "en") == "72,000\u00a0USD"
    assert show_money(Decimal("12345.5"), "EUR", "pt") == "12.345,50\u00a0EUR"
    assert show_money(Decimal(7500), "JPY", "ja") == "7,500\u00a0JPY"
    assert show_money(Decimal("1234.5"), "USD", "fr") == "1\u202f234,50\u00a0USD"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("one two  three", 3), ("— one – two …", 2), ("l’eau du quartier", 3), ("مدينة حلب القديمة", 3),
        ("城市发展战略", 3), ("都市開発", 2), ("Vilankulo 城市 2026", 3), ("a\nb\tc", 3),
    ],
)  # fmt: skip
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert count_words(text) == count


def test_text_is_cleaned_but_marks_of_arabic_stay() -> None:
    assert clean_line(" a\x00b\x07\r\n c ") == "ab c"
    assert clean_lines("a\r\n\r\nb\x1b") == "a\n\nb"
    assert clean_line("x\ud800y") == "x\ufffdy"
    assert clean_line("abc\u202etxt") == "abctxt"
    assert clean_line("a\u200fb") == "a\u200fb"
