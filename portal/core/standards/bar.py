"""The promise bar: a clock as a picture, in per cent of its length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.core.standards.reckon import Reckoning

Kind = Literal["elapsed", "paused", "late", "left"]


@dataclass(frozen=True, slots=True)
class Bar:
    """Segments from the start onwards, each a kind and its length in per cent; together at most 100.

    today: where the present instant lies, None when the clock does not run. due: where the due instant lies, None when
    nothing is promised. When late, the whole bar is the time elapsed and the due mark lies inside it.
    """

    segments: tuple[tuple[Kind, float], ...]
    today: float | None
    due: float | None


def bar(reckoning: Reckoning, at: datetime) -> Bar:
    """The bar of a clock at ``at`` (aware instant). Lengths are shares of real time from start to due date or end."""
    start = reckoning.started_at
    if start is None:
        return Bar((), None, None)
    ticking = reckoning.state in ("running", "paused") or reckoning.stopped_at is None
    now = at if reckoning.stopped_at is None else reckoning.stopped_at
    now = max(now, start)
    due = reckoning.due_at
    last = now if due is None else max(due, now)
    length = (last - start).total_seconds()
    if length <= 0:
        return Bar((), 0.0 if ticking else None, None if due is None else 100.0)

    def place(moment: datetime) -> float:
        return min(100.0, max(0.0, (moment - start).total_seconds() / length * 100))

    cuts: list[tuple[Kind, datetime]] = []
    for begin, end in reckoning.pauses:
        cuts += [("elapsed", begin), ("paused", min(end or now, now))]
    cuts.append(("elapsed", now))
    spans: list[tuple[Kind, datetime, datetime]] = []
    reached = start
    for kind, until in cuts:
        spans += _split(kind, reached, max(reached, until), due)
        reached = max(reached, until)
    if due is not None and due > now:
        spans.append(("left", now, due))
    segments = tuple((kind, _floor(place(b) - place(a))) for kind, a, b in spans if b > a)
    return Bar(segments, _floor(place(now)) if ticking else None, None if due is None else _floor(place(due)))


def _split(kind: Kind, a: datetime, b: datetime, due: datetime | None) -> list[tuple[Kind, datetime, datetime]]:
    """A stretch of time before and after the due instant; what is counted after it is late."""
    if due is None or b <= due or kind == "paused":
        return [(kind, a, b)]
    return [(kind, a, max(a, due)), ("late", max(a, due), b)]


def _floor(percent: float) -> float:
    """Two decimals, cut rather than rounded, so that the segments never exceed the whole."""
    return int(percent * 100 + 1e-7) / 100
