"""How the published figures are counted, from how many promises ended alike. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

#: Figures of fewer cases are shown and marked: one case more or less changes them much.
FEW = 10
#: Whose promises lead the page, and whose are told after them. Ours are those somebody else may hold us to.
OURS = ("secretariat", "translator", "evaluator")
NINE_IN_TEN = Fraction(9, 10)
HALF = Fraction(1, 2)
#: With these a cell becomes a formula; the wide ones are what a Japanese keyboard types.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Ended:
    """So many promises of one standard that ended alike in one quarter.

    :param state: met, missed or lost. :param taken: days in the standard's own unit, without those it stood still.
    :param paused_days: calendar days for which it stood still. :param reason: why it was missed; empty: not explained.
    """

    instrument: str
    process: str
    code: str
    quarter: str
    state: str
    taken: int
    paused_days: int
    reason: str
    count: int

    @property
    def which(self) -> tuple[str, str, str]:
        """The standard: instrument, process and code."""
        return (self.instrument, self.process, self.code)


@dataclass(frozen=True)
class Figures:
    """What is published of one standard in one period.

    :param lost: ended without anything being promised any more; they count neither as kept nor as missed.
    :param taken: days, in the standard's own unit → how many took so long; pauses are not in it.
    :param paused: calendar days of standing still → how many; only those that stood still at all.
    :param reasons: coded reason → how many were missed for it. :param unexplained: missed and not explained yet.
    """

    met: int = 0
    missed: int = 0
    lost: int = 0
    taken: Mapping[int, int] = field(default_factory=dict)
    paused: Mapping[int, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    unexplained: int = 0

    @property
    def volume(self) -> int:
        """How many ended: kept or missed."""
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Which share was kept; None, never zero, when none ended."""
        return self.met / self.volume if self.volume else None

    @property
    def is_few(self) -> bool:
        """Whether so few ended that the share says little."""
        return 0 < self.volume < FEW

    @property
    def median(self) -> int | None:
        """Half took at most so many days, in the standard's own unit."""
        return percentile(self.taken, HALF)

    @property
    def nine_in_ten(self) -> int | None:
        """Nine in ten took at most so many days, in the standard's own unit."""
        return percentile(self.taken, NINE_IN_TEN)

    @property
    def paused_count(self) -> int:
        """How many stood still at some time."""
        return sum(self.paused.values())

    @property
    def paused_median(self) -> int | None:
        """Half of those that stood still did so for at most so many calendar days."""
        return percentile(self.paused, HALF)

    @property
    def paused_mean(self) -> float | None:
        """For how many calendar days those that stood still did so on average."""
        total = sum(days * count for days, count in self.paused.items())
        return total / self.paused_count if self.paused_count else None


def percentile(values: Mapping[int, int], part: Fraction) -> int | None:
    """The smallest value that at least this part does not exceed (nearest rank); None when there are none.

    :param values: value → how often it occurs. A value that occurred is told, never one in between.
    """
    total, seen = sum(values.values()), 0
    for value in sorted(values):
        seen += values[value]
        if total and seen >= part * total:
            return value
    return None


def figures(rows: Iterable[Ended]) -> Figures:
    """Add up what ended in a period."""
    states: Counter[str] = Counter()
    taken: Counter[int] = Counter()
    paused: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    for row in rows:
        states[row.state] += row.count
        if row.state not in ("met", "missed"):
            continue
        taken[row.taken] += row.count
        if row.paused_days > 0:
            paused[row.paused_days] += row.count
        if row.state == "missed":
            reasons[row.reason] += row.count
    unexplained = reasons.pop("", 0)
    return Figures(
        states["met"], states["missed"], states["lost"], dict(taken), dict(paused), dict(reasons), unexplained
    )


def safe_cell(value: object) -> object:
    """A value for a table that a spreadsheet opens: a text that it would take for a formula begins with an apostrophe.

    Source: OWASP, "CSV Injection" (signs with which Excel and LibreOffice begin a formula).
    """
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value
