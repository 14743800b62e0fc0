"""Read the published figures: the tally of ended promises, the standards with their versions, what runs now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import case, func, select

from portal.calls.rules import instruments
from portal.core.standards import Standard
from portal.infra import tenancy
from portal.infra.db import db
from portal.insight.rules import performance as rules
from portal.insight.rules.quarters import Quarter, read_quarter
from portal.standards import queries as standards
from portal.standards.models import Clock, ClockTally, StandardVersion

#: Counting what runs means walking through every open clock: it is done once a minute, whoever asks.
KEEP_SECONDS = 60.0
Which = tuple[str, str, str]
_running: dict[tuple[str, int], tuple[float, dict[Which, tuple[int, int]]]] = {}
_first: dict[tuple[str, int], tuple[float, Quarter | None]] = {}


@dataclass(frozen=True)
class Published:
    """A standard with all its versions, the newest first."""

    instrument: str
    process: str
    code: str
    versions: tuple[tuple[StandardVersion, Standard], ...]

    @property
    def which(self) -> Which:
        """Instrument, process and code."""
        return (self.instrument, self.process, self.code)

    @property
    def newest(self) -> Standard:
        """The version in force."""
        return self.versions[0][1]

    def applied(self, begin: datetime, end: datetime) -> list[tuple[StandardVersion, Standard]]:
        """The versions new cases got at some time of a period, the oldest first.

        :param begin: the period's first instant. :param end: the first instant after it.
        """
        found = []
        for row, standard in self.versions:
            if row.published_at < end:
                found.append((row, standard))
            if row.published_at <= begin:
                break
        return found[::-1]

    def at(self, end: datetime) -> tuple[StandardVersion, Standard]:
        """The version in force before an instant; the first one when none was yet."""
        return next((pair for pair in self.versions if pair[0].published_at < end), self.versions[-1])


def published() -> list[Published]:
    """Every standard of the tenant, in the order of the instruments' own lists; one query."""
    found: dict[Which, list[StandardVersion]] = defaultdict(list)
    for row in db.session.scalars(select(StandardVersion).order_by(StandardVersion.version.desc())):
        found[row.instrument, row.process, row.code].append(row)
    every = [
        Published(*which, tuple((row, standards.parsed(row)) for row in versions)) for which, versions in found.items()
    ]
    return sorted(every, key=lambda one: _place(one.which))


def _place(which: Which) -> tuple[str, bool, str, int, str]:
    instrument, process, code = which
    codes = [str(one["code"]) for one in instruments.standards_data(instrument, process)]
    place = codes.index(code) if code in codes else len(codes)
    return (instrument, process != instruments.APPLICATION, process, place, code)


def tally(quarters: Iterable[Quarter], every: Sequence[Published]) -> list[rules.Ended]:
    """How many promises ended alike in some quarters; one query of the tally.

    :param every: the standards that are asked for: with their keys the index leads straight to the quarters.
    """
    t = ClockTally
    instrument, process, code = (sorted({one.which[place] for one in every}) for place in range(3))
    rows = db.session.execute(
        select(t.instrument, t.process, t.code, t.quarter, t.state, t.taken, t.paused_days, t.reason, t.count).where(
            t.instrument.in_(instrument),
            t.process.in_(process),
            t.code.in_(code),
            t.quarter.in_([one.code for one in quarters]),
            t.count > 0,
        )
    )
    return [rules.Ended(*row) for row in rows]


def first_quarter() -> Quarter | None:
    """The first quarter of which there are figures; kept for a minute, for it means reading the whole tally."""
    key = (str(db.engine.url), tenancy.required())
    kept = _first.get(key)
    if kept is None or monotonic() - kept[0] > KEEP_SECONDS:
        code = db.session.scalar(select(func.min(ClockTally.quarter)).where(ClockTally.count > 0))
        kept = _first[key] = (monotonic(), read_quarter(code) if code else None)
    return kept[1]


def running(now: datetime) -> dict[Which, tuple[int, int]]:
    """How many promises of each standard run or stand still, and how many of them are late; kept for a minute.

    :param now: UTC.
    """
    key = (str(db.engine.url), tenancy.required())
    kept = _running.get(key)
    if kept is None or monotonic() - kept[0] > KEEP_SECONDS:
        kept = _running[key] = (monotonic(), _count(now))
    return kept[1]


def forget() -> None:
    """Forget what is kept."""
    _running.clear()
    _first.clear()


def _count(now: datetime) -> dict[Which, tuple[int, int]]:
    late = func.sum(case((Clock.due_at < now, 1), else_=0))
    rows = db.session.execute(
        select(StandardVersion.instrument, StandardVersion.process, StandardVersion.code, func.count(), late)
        .join(Clock, (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id))
        .where(Clock.is_open.is_(True))
        .group_by(StandardVersion.instrument, StandardVersion.process, StandardVersion.code)
    )
    return {(instrument, process, code): (count, int(late or 0)) for instrument, process, code, count, late in rows}


def kept_in(quarter: Quarter, every: Sequence[Published]) -> tuple[int, int] | None:
    """How many of our promises that ended in a quarter were kept, of how many; None when none ended."""
    ours = {one.which for one in every if one.newest.side in rules.OURS}
    found = rules.figures(row for row in tally([quarter], every) if row.which in ours)
    return (found.met, found.volume) if found.volume else None
