"""Amounts: a decimal and its ISO 4217 currency, never one without the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, order=False)
class Money:
    """An amount in one currency; adding two currencies is refused."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency."""
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Take an amount of the same currency away."""
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added; convert one first")


def split(total: Decimal, shares: tuple[int, ...]) -> tuple[Decimal, ...]:
    """Split an amount by whole percentages; the last part takes the odd cents, so that the parts add up.

    :param total: the amount, in any currency.
    :param shares: percentages that add up to 100.
    :raises ValueError: when they do not.
    """
    if sum(shares) != 100 or any(share <= 0 for share in shares):
        raise ValueError(f"shares must be positive and add up to 100, not {shares}")
    parts = [(total * share / 100).quantize(Decimal("0.01")) for share in shares[:-1]]
    return (*parts, total - sum(parts, Decimal(0)))
