"""What a standard would have meant: which cases are asked, how each came out, and the figures made of that. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.standards import Reckoning

QUARTER, YEAR, TWELVE_MONTHS = "quarter", "year", "twelve_months"
PERIODS = (QUARTER, YEAR, TWELVE_MONTHS)
#: how many cases that would come out differently are listed
LISTED = 50
#: outcomes that are judged, and those that may still be
JUDGED = ("met", "missed")
OPEN = ("running", "late", "paused")


@dataclass(frozen=True)
class Period:
    """A span of time: from its first instant up to, but not including, its last (UTC)."""

    code: str
    begin: datetime
    end: datetime

    @property
    def months(self) -> float:
        """How many months long, of thirty and a half days."""
        return max(1.0, (self.end - self.begin).total_seconds() / 86_400 / 30.5)


def period(code: str, zone: str, now: datetime) -> Period:
    """The last full quarter, the last four full quarters, or the twelve months up to now, in a zone's own days.

    :param code: one of ``PERIODS``; :param now: UTC.
    :raises ValueError: for any other code.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    this_quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    match code:
        case "quarter":
            first, last = _months_before(this_quarter, 3), this_quarter
        case "year":
            first, last = _months_before(this_quarter, 12), this_quarter
        case "twelve_months":
            first, last = _months_before(date(today.year, today.month, min(today.day, 28)), 12), today
        case _:
            raise ValueError(f"no such period: {code}")
    return Period(code, _start_of(first, zone), now if code == TWELVE_MONTHS else _start_of(last, zone))


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return day.replace(year=year, month=month + 1)


def _start_of(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def outcome(reckoning: Reckoning | None) -> str:
    """How a clock stands: met, missed, late, running, paused, lost, void; empty when it never started."""
    if reckoning is None or reckoning.state == "not_started":
        return ""
    return "late" if reckoning.late and reckoning.state in OPEN else reckoning.state


def counts_in(reckoning: Reckoning | None, span: Period) -> bool:
    """Whether a clock is counted for a period: it was judged within it, or it is still open."""
    how = outcome(reckoning)
    if reckoning is None or not how:
        return False
    if how in OPEN:
        return reckoning.started_at is not None and reckoning.started_at < span.end
    return how in JUDGED and reckoning.stopped_at is not None and span.begin <= reckoning.stopped_at < span.end


@dataclass
class Side:
    """The figures of one version: clocks by outcome, and how many units the judged ones took, pauses left out."""

    outcomes: Counter[str] = field(default_factory=Counter)
    taken: Counter[int] = field(default_factory=Counter)

    def add(self, reckoning: Reckoning) -> None:
        """Count a clock."""
        how = outcome(reckoning)
        self.outcomes[how] += 1
        if how in JUDGED:
            self.taken[reckoning.elapsed] += 1

    def to_data(self) -> dict[str, Any]:
        """The figures as plain data; shares and middles are None where nothing was judged."""
        met, missed = self.outcomes["met"], self.outcomes["missed"]
        return {
            "met": met,
            "missed": missed,
            "open": sum(self.outcomes[how] for how in OPEN),
            "late": self.outcomes["late"],
            "share": met / (met + missed) if met + missed else None,
            "median": percentile(self.taken, 50),
            "ninetieth": percentile(self.taken, 90),
        }


def percentile(values: Mapping[int, int], percent: int) -> int | None:
    """The smallest whole number that at least so many per cent of the values do not exceed; None without any.

    :param values: number → how often it occurs.
    """
    total, seen = sum(values.values()), 0
    for value in sorted(values):
        seen += values[value]
        if seen * 100 >= total * percent:
            return value
    return None


@dataclass
class Trial:
    """A draft and the version in force over the cases of a period; fed clock by clock."""

    span: Period
    draft: Side = field(default_factory=Side)
    force: Side = field(default_factory=Side)
    started: int = 0
    differing: int = 0
    listed: list[dict[str, str]] = field(default_factory=list)
    faults: int = 0

    def add(self, reference: str, subject: str, new: Reckoning | None, old: Reckoning | None, compared: bool) -> None:
        """Count one clock of a case under both versions.

        :param compared: whether there is a version in force; without one, the cases that miss the draft are listed.
        """
        if new is not None and new.started_at is not None and self.span.begin <= new.started_at < self.span.end:
            self.started += 1
        new_counts, old_counts = counts_in(new, self.span), counts_in(old, self.span)
        if new is not None and new_counts:
            self.draft.add(new)
        if old is not None and old_counts:
            self.force.add(old)
        if not (new_counts or old_counts):
            return
        after, before = outcome(new), outcome(old)
        if (after != before) if compared else after in ("missed", "late"):
            self.differing += 1
            if len(self.listed) < LISTED:
                self.listed.append({"reference": reference, "subject": subject, "before": before, "after": after})

    def to_data(self, cases: int, compared: bool) -> dict[str, Any]:
        """The result as it is kept with the draft."""
        return {
            "status": "done",
            "period": self.span.code,
            "begin": self.span.begin.isoformat(),
            "end": self.span.end.isoformat(),
            "cases": cases,
            "draft": self.draft.to_data(),
            "force": self.force.to_data() if compared else None,
            "differing": self.differing,
            "listed": self.listed,
            "per_month": round(self.started / self.span.months, 1),
            "faults": self.faults,
        }
