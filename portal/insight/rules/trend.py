"""The picture of a trend: a column a quarter, a line for the target. Geometry in the picture's own units. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: How wide the picture is; how high it is, its template says, for only words stand below the columns.
WIDTH = 360.0
#: The columns stand between these; what is told above and below them has its room.
TOP, GROUND = 24.0, 124.0
#: Beside the columns stands the target's number.
MARGIN = 44.0
COLUMN = 44.0


@dataclass(frozen=True, slots=True)
class Column:
    """One quarter: the middle of its column, where its filled part begins and how high that is; None without cases."""

    middle: float
    x: float
    y: float | None
    height: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A picture: its columns, and the target's line from one end to the other with the middle of its number."""

    columns: tuple[Column, ...]
    target_y: float
    line_from: float
    line_to: float
    number_x: float


def trend(shares: Sequence[float | None], target: float, *, mirrored: bool) -> Trend:
    """Lay a trend out.

    :param shares: a quarter each, the oldest first: from 0 to 1, None without cases. :param target: from 0 to 1.
    :param mirrored: for readers who read from right to left: the oldest stands at the right.
    """
    step = (WIDTH - MARGIN) / max(1, len(shares))
    columns = []
    for place, share in enumerate(shares):
        middle = _side(step * (place + 0.5), mirrored)
        height = round((share or 0.0) * (GROUND - TOP), 1)
        y = None if share is None else round(GROUND - height, 1)
        columns.append(Column(round(middle, 1), round(middle - COLUMN / 2, 1), y, height))
    ends = sorted((_side(0, mirrored), _side(WIDTH - MARGIN, mirrored)))
    return Trend(
        tuple(columns),
        round(GROUND - target * (GROUND - TOP), 1),
        ends[0],
        ends[1],
        _side(WIDTH - MARGIN / 2, mirrored),
    )


def _side(x: float, mirrored: bool) -> float:
    return WIDTH - x if mirrored else x
