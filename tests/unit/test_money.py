"""Amounts of one currency, and their division into tranches without a cent lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money, split


def test_amounts_of_one_currency_are_added_and_taken_away() -> None:
    assert Money(Decimal("1.10"), "USD") + Money(Decimal("2.20"), "USD") == Money(Decimal("3.30"), "USD")
    assert Money(Decimal("1.10"), "USD") - Money(Decimal("2.20"), "USD") == Money(Decimal("-1.10"), "USD")


def test_two_currencies_are_never_added() -> None:
    for work in (Money.__add__, Money.__sub__):
        with pytest.raises(ValueError, match="USD and EUR"):
            work(Money(Decimal(1), "USD"), Money(Decimal(1), "EUR"))


@pytest.mark.parametrize("shares", [(), (60, 39), (60, 41), (100, 0), (110, -10)])
def test_shares_must_be_positive_and_make_a_whole(shares: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 100"):
        split(Decimal(100), shares)


def test_the_last_part_takes_the_odd_cents() -> None:
    assert split(Decimal("100.00"), (33, 33, 34)) == (Decimal("33.00"), Decimal("33.00"), Decimal("34.00"))
    assert split(Decimal("0.01"), (60, 40)) == (Decimal("0.01"), Decimal("0.00"))
    assert split(Decimal("71999.99"), (60, 40)) == (Decimal("43199.99"), Decimal("28800.00"))


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.lists(st.integers(1, 98), min_size=1, max_size=6).map(sorted).filter(lambda cuts: len(set(cuts)) == len(cuts)),
)
def test_parts_add_up_to_the_whole_and_have_whole_cents(total: Decimal, cuts: list[int]) -> None:
    shares = tuple(b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True))
    parts = split(total, shares)
    assert sum(parts) == total
    assert len(parts) == len(shares)
    for part, share in zip(parts, shares, strict=True):
        assert part == part.quantize(Decimal("0.01"))
        assert abs(part - total * share / 100) <= Decimal("0.01") * len(shares)
