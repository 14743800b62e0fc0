"""Replaying a case's events into rounds of one clock: when it started, stood still, was extended, ended, and why.

Events that carry the same instant are taken together, and the order in which they were written never matters:

- what ends something comes before what begins something if the clock was open, after it if it was not;
- of several endings at one instant, the stop counts before the reset, the reset before the void;
- a loss of the standard counts if the clock was open before, or is opened at that instant;
- the two ends of a pause at one instant leave it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Literal

from portal.core.standards.standard import Allowance, EventMatch, Pause, Standard

End = Literal["stopped", "void", "capped"]


@dataclass(frozen=True, slots=True)
class EventFact:
    """What happened on a case. at: aware instant. subject: what it is about, e.g. "tranche-1"; None: the case."""

    seq: int
    at: datetime
    kind: str
    subject: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Round:
    """One run of the clock. ``pauses`` are closed and open intervals in order of time; they do not overlap.

    resumes_at: the last instant of an open pause that ends by itself; None when only an event ends it.
    """

    start: EventFact
    restarted: bool = False
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    allowances: list[tuple[Allowance, EventFact]] = field(default_factory=list)
    lost_by: EventFact | None = None
    ended: End | None = None
    ended_at: datetime | None = None
    ended_by: EventFact | None = None
    resumes_at: datetime | None = None


CapOf = Callable[[Round, datetime], datetime | None]
LimitOf = Callable[[Pause, datetime], datetime | None]


def replay(
    standard: Standard,
    events: Iterable[EventFact],
    at: datetime,
    subject: str | None,
    cap_of: CapOf,
    limit_of: LimitOf,
) -> list[Round]:
    """The rounds of the clock up to and including the instant ``at``; later events do not exist yet.

    cap_of(round, instant): when that round is closed unanswered, as known at that instant, or None.
    limit_of(pause, begun): the last instant of a pause that began then, or None when only an event ends it.
    """
    heard = standard.event_kinds()
    told = (e for e in events if e.kind in heard and e.at <= at and _concerns(standard, e, subject))
    seen = sorted(told, key=lambda e: e.at)
    replayed = _Replay(standard, subject, cap_of, limit_of)
    for instant, group in groupby(seen, key=lambda e: e.at):
        replayed.take(instant, sorted(group, key=_content))
    replayed.catch_up(at)
    return replayed.rounds


def _content(event: EventFact) -> tuple[str, str, str]:
    """An order of simultaneous events by what they say, so that the order of writing has no influence."""
    return event.kind, event.subject or "", repr(sorted((str(k), repr(v)) for k, v in event.data.items()))


def _concerns(standard: Standard, event: EventFact, subject: str | None) -> bool:
    return standard.per == "case" or event.subject is None or event.subject == subject


class _Replay:
    def __init__(self, standard: Standard, subject: str | None, cap_of: CapOf, limit_of: LimitOf) -> None:
        self.standard = standard
        self.subject = subject
        self.cap_of = cap_of
        self.limit_of = limit_of
        self.rounds: list[Round] = []
        self.used = False  # a start has counted since the last reset
        self.open_pauses: dict[int, datetime | None] = {}  # with the last instant of those that end by themselves
        self.started: set[int] = set()  # which of the starting events were heard since the last reset
        self.early: list[tuple[Allowance, EventFact]] = []
        self.lost_before: EventFact | None = None

    @property
    def open(self) -> Round | None:
        return self.rounds[-1] if self.rounds and self.rounds[-1].ended is None else None

    def take(self, at: datetime, group: list[EventFact]) -> None:
        """Apply all events of one instant."""
        self.catch_up(at)
        was_open = self.open is not None
        if not was_open:
            self._begin(group, at)
        self._allow(group)
        self._lose(group)
        self._pause(group, at)
        self._end(group, at)
        if was_open:
            self._begin(group, at)
        self._remember_allowances(group)

    def catch_up(self, at: datetime) -> None:
        """What time alone has changed up to this instant."""
        self._go_on(at)
        self._close_if_capped(at)
        current = self.open
        if current is not None:
            limits = list(self.open_pauses.values())
            current.resumes_at = max((limit for limit in limits if limit), default=None) if all(limits) else None

    def _go_on(self, at: datetime) -> None:
        """End the pauses that have lasted for the longest time allowed."""
        over = {i: limit for i, limit in self.open_pauses.items() if limit is not None and limit < at}
        for i in over:
            del self.open_pauses[i]
        current = self.open
        if over and not self.open_pauses and current is not None and current.pauses:
            current.pauses[-1] = (current.pauses[-1][0], max(over.values()))

    def _close_if_capped(self, at: datetime) -> None:
        """Close a round whose cap has passed; what arrives after it finds the clock closed, extensions too."""
        current = self.open
        if current is None or current.lost_by is not None:
            return  # where no time is promised none can run out
        cap_at = self.cap_of(current, at)
        if cap_at is not None and at > cap_at:
            current.ended, current.ended_at = "capped", cap_at

    def _find(self, matches: tuple[EventMatch, ...], group: Iterable[EventFact], wide: bool = False) -> list[EventFact]:
        """Matching events. A clock per subject hears only its subject, and the whole case where ``wide``."""
        own = self.standard.per == "subject"
        return [
            e
            for e in group
            if any(m.fits(e.kind, e.data) for m in matches) and (not own or wide or e.subject == self.subject)
        ]

    def _begin(self, group: list[EventFact], at: datetime) -> None:
        starts = self._find(self.standard.start, group)
        restarts = self._find(self.standard.restart, group)
        last = self.rounds[-1] if self.rounds else None
        if restarts and self.used and last is not None and last.ended != "void" and last.lost_by is None:
            self._open(restarts[0], group, at, restarted=True)
        elif starts and self._complete(group) and (not self.used or self.standard.start_pick == "latest"):
            self._open(starts[0], group, at)
        elif last is not None and last.ended == "void" and self._find(self.standard.revive, group, wide=True):
            self._stand_still(last, last.ended_at or at, at)
            last.ended = last.ended_at = last.ended_by = None

    def _complete(self, group: list[EventFact]) -> bool:
        """Whether enough has happened to start: one of the events, or each of them where all are needed."""
        if self.standard.start_pick != "all":
            return True
        self.started |= {i for i, match in enumerate(self.standard.start) if self._find((match,), group)}
        return len(self.started) == len(self.standard.start)

    def _open(self, event: EventFact, group: list[EventFact], at: datetime, restarted: bool = False) -> None:
        if self.open is not None:  # counted anew: the run so far does not count as a round of its own
            self.rounds.pop()
        fresh = Round(event, restarted, allowances=list(self.early), lost_by=self.lost_before)
        if self.open_pauses:
            fresh.pauses.append((at, None))
        self.rounds.append(fresh)
        self.used, self.lost_before = True, None
        self._allow(group)

    def _stand_still(self, current: Round, begin: datetime, end: datetime) -> None:
        if current.pauses and current.pauses[-1][1] is None:  # it stood still already when it became void
            begin = current.pauses.pop()[0]
        current.pauses.append((begin, None if self.open_pauses else end))

    def _allow(self, group: list[EventFact]) -> None:
        current = self.open
        if current is None:
            return
        for allowance in self.standard.allowances:
            for event in self._find(allowance.on, group):
                _grant(current.allowances, allowance, event)

    def _remember_allowances(self, group: list[EventFact]) -> None:
        for allowance in self.standard.allowances:
            for event in self._find(allowance.on, group) if allowance.before_start else ():
                _grant(self.early, allowance, event)

    def _lose(self, group: list[EventFact]) -> None:
        losses = self._find(self.standard.lose, group)
        current = self.open
        if losses and current is not None:
            current.lost_by = current.lost_by or losses[0]
        elif losses:
            self.lost_before = losses[0]

    def _pause(self, group: list[EventFact], at: datetime) -> None:
        stood = bool(self.open_pauses)
        for i, pause in enumerate(self.standard.pauses):
            begins, ends = bool(self._find(pause.begin, group)), bool(self._find(pause.end, group))
            if begins != ends:
                if begins:
                    self.open_pauses.setdefault(i, self.limit_of(pause, at))
                else:
                    self.open_pauses.pop(i, None)
        current, stands = self.open, bool(self.open_pauses)
        if current is None or stood == stands:
            return
        if stands:
            current.pauses.append((at, None))
        elif current.pauses:
            current.pauses[-1] = (current.pauses[-1][0], at)

    def _end(self, group: list[EventFact], at: datetime) -> None:
        stops = self._find(self.standard.stop, group)
        resets = self._find(self.standard.reset, group, wide=True)
        voids = self._find(self.standard.void, group, wide=True)
        current = self.open
        if current is not None and stops:
            current.ended, current.ended_at, current.ended_by = "stopped", at, stops[0]
        if resets and not (current is not None and stops):
            self._forget()
        elif current is not None and current.ended is None and voids:
            current.ended, current.ended_at, current.ended_by = "void", at, voids[0]

    def _forget(self) -> None:
        """The start is undone: the present round never was."""
        if self.open is not None:
            self.rounds.pop()
        self.used, self.lost_before = False, None
        self.started.clear()


def _grant(given: list[tuple[Allowance, EventFact]], allowance: Allowance, event: EventFact) -> None:
    """Count an allowance for an event, but not twice for the same one, nor twice at all where once is the rule."""
    already = [e for a, e in given if a is allowance]
    if event not in already and not (allowance.once and already):
        given.append((allowance, event))
