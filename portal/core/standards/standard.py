"""What a service standard says. Nothing here knows a case: see ``reckon`` for that.

A standard is a public promise of a measurable level of service (Treasury Board of Canada, Guideline on Service
Standards). Everything a funder may want to say about one is data; ``parse`` reads it and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Literal

Unit = Literal["business_days", "weekdays", "calendar_days", "weeks", "months"]
Side = Literal["secretariat", "applicant", "translator", "evaluator", "member", "recipient"]
Scalar = str | int | bool

UNITS: tuple[Unit, ...] = ("business_days", "weekdays", "calendar_days", "weeks", "months")
SIDES: tuple[Side, ...] = ("secretariat", "applicant", "translator", "evaluator", "member", "recipient")
WORKING_UNITS: frozenset[Unit] = frozenset({"business_days", "weekdays"})


def count_unit_of(unit: Unit) -> Unit:
    """The unit in which days are counted one by one: working days as they are, all others in calendar days."""
    return unit if unit in WORKING_UNITS else "calendar_days"


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Which events are meant: a kind, and for each key of ``where`` the values its data may have."""

    kind: str
    where: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)

    def fits(self, kind: str, data: Mapping[str, object]) -> bool:
        """Whether an event of this kind with this data is meant."""
        return kind == self.kind and all(data.get(key) in values for key, values in self.where.items())


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from an event to another, or until it has stood still for the longest time allowed.

    New Zealand, Resource Management Act 1991 s. 91A-C: suspended from a written request to the request to go on, or
    for 130 working days. ``at_most`` 0: for as long as it takes. It is counted from the day after the pause began.
    """

    begin: tuple[EventMatch, ...]
    end: tuple[EventMatch, ...]
    at_most: int = 0
    unit: Unit = "business_days"


@dataclass(frozen=True, slots=True)
class StartShift:
    """A start that falls in a span counts from its end instead.

    ``until`` and ``counts_from`` are dates, or month-day pairs that recur every year. Canadian Heritage (2015):
    approval before 31 March for activities after 1 April counts from 1 April. ``where`` limits it to starts that
    carry such data; ``since`` is the first day of the span (1 January for a recurring one when left out).
    """

    until: date | tuple[int, int]
    counts_from: date | tuple[int, int]
    since: date | tuple[int, int] | None = None
    where: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Time that is visibly added to the target when an event happens.

    The amount is fixed (``amount``), carried by the event (``amount_from``: key of its data) or looked up (``by``: key
    of its data, ``amounts``: value → amount, e.g. by language). ``before_start`` also counts events before the clock
    started; ``once`` counts only the first one.
    """

    on: tuple[EventMatch, ...]
    unit: Unit
    amount: int = 0
    amount_from: str | None = None
    by: str | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)
    before_start: bool = False
    once: bool = False
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tier:
    """An inner target: this per cent of cases within a smaller amount (EPSRC: 80 % in 20 weeks, all in 26)."""

    percent: int
    amount: int


@dataclass(frozen=True, slots=True)
class Cap:
    """After this much time the clock is closed unanswered (Agriculture Canada: 15 business days, then closed)."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class WarnPoint:
    """When to warn: ``before`` units ahead of the due day, or at a ``share`` (per cent) of the time elapsed."""

    before: int | None = None
    unit: Unit = "business_days"
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when the clock is ``after`` units late (0: as soon as it is late)."""

    role: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Applies:
    """Where a standard applies; an empty tuple or None means everywhere. Amounts are in the tenant's currency."""

    instruments: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    amount_over: Decimal | None = None
    amount_up_to: Decimal | None = None

    def to(self, instrument: str, route: str = "", programme: str = "", amount: Decimal | None = None) -> bool:
        """Whether a case with these facts is covered. A case without amount is covered by every range."""
        return (
            (not self.instruments or instrument in self.instruments)
            and (not self.routes or route in self.routes)
            and (not self.programmes or programme in self.programmes)
            and (amount is None or self.amount_over is None or amount > self.amount_over)
            and (amount is None or self.amount_up_to is None or amount <= self.amount_up_to)
        )


@dataclass(frozen=True, slots=True)
class Standard:
    """A service standard. Every field's meaning and unit is in the published schema (``simulate.SCHEMA``)."""

    code: str
    name: Mapping[str, str]
    promise: Mapping[str, str]
    side: Side
    start: tuple[EventMatch, ...]
    stop: tuple[EventMatch, ...]
    amount: int
    unit: Unit
    per: Literal["case", "subject"] = "case"
    start_pick: Literal["first", "latest", "all"] = "first"
    start_shift: tuple[StartShift, ...] = ()
    due_from_event_data: str | None = None
    first_day: Literal["after", "same"] = "after"
    cut_off: time | None = None
    zone: str | None = None
    calendar: str = "default"
    roll_forward: bool = False
    roll_start: bool = False
    pauses: tuple[Pause, ...] = ()
    restart: tuple[EventMatch, ...] = ()
    reset: tuple[EventMatch, ...] = ()
    lose: tuple[EventMatch, ...] = ()
    void: tuple[EventMatch, ...] = ()
    revive: tuple[EventMatch, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    cap: Cap | None = None
    tiers: tuple[Tier, ...] = ()
    target_percent: int = 80
    warn: tuple[WarnPoint, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    applies: Applies = field(default_factory=Applies)

    @property
    def count_unit(self) -> Unit:
        """The unit in which elapsed and remaining time is told: weeks and months are told in calendar days."""
        return count_unit_of(self.unit)

    def event_kinds(self) -> frozenset[str]:
        """Every event kind the standard listens to, for checking it against a workflow."""
        groups = [self.start, self.stop, self.restart, self.reset, self.lose, self.void, self.revive]
        groups += [p.begin for p in self.pauses] + [p.end for p in self.pauses] + [a.on for a in self.allowances]
        return frozenset(match.kind for group in groups for match in group)
