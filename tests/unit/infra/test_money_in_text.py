"""An amount in a sentence keeps its figures and its currency together, also among words that run the other way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from forms.engine import numbers
from portal.infra import i18n

AMOUNT = Decimal(75000)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "75,000\u00a0USD"),
        ("fr", "75\u202f000\u00a0USD"),
        ("pt", "75.000\u00a0USD"),
        ("ar", "\u206875,000\u00a0USD\u2069"),
    ],
)
def test_it_is_isolated_only_where_words_run_from_right_to_left(language: str, written: str) -> None:
    with i18n.in_language(language):
        assert i18n.show_money(AMOUNT, "USD") == written
        assert i18n.FILTERS["money"]("75000", "USD") == written
        assert i18n.show_money(None, "USD") == ""
        assert i18n.show_money("", "USD") == ""


def test_an_amount_by_itself_is_written_plainly() -> None:
    assert numbers.show_money(AMOUNT, "USD", "ar") == "75,000\u00a0USD"
    assert numbers.money_in_text(AMOUNT, "USD", "ar") == "\u206875,000\u00a0USD\u2069"
