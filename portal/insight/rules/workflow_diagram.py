"""A workflow as a drawing: its states one under the other, its ways beside them, in plain figures for a template.

The states stand in one column in the order of the definition. A way to the next state is an arrow between the two;
every other way runs in a lane at the end side, one lane for each state that is led to, so that lines which lead to the
same place join. The drawing is worked out for reading from left to right; ``mirrored`` turns it round.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from portal.core.workflow import Workflow

BOX, HEIGHT, GAP = 300, 58, 22
MARGIN, LANE, FIRST = 8, 15, 22
#: where ways leave a box and where they come in, from its middle
LEAVES, ENTERS = 9, -9


@dataclass(frozen=True)
class Box:
    """A state: its place, and ``x``/``y`` of its corner next to the start."""

    code: str
    row: int
    x: float
    y: float
    owner: str

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + HEIGHT / 2


@dataclass(frozen=True)
class Stub:
    """A short line from a box to a lane, with a dot where it joins."""

    source: str
    x1: float
    x2: float
    y: float


@dataclass(frozen=True)
class Lane:
    """All ways to one state that do not come from the state before it; ``back``: each of them leads back."""

    target: str
    x: float
    top: float
    bottom: float
    enter_x: float
    enter_y: float
    stubs: tuple[Stub, ...]
    back: bool


@dataclass(frozen=True)
class Drawing:
    """Everything there is to draw, in pixels of the drawing's own scale."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    downs: tuple[tuple[float, float, float], ...] = field(default=())
    lanes: tuple[Lane, ...] = ()
    mirrored: bool = False


def draw(workflow: Workflow, *, mirrored: bool = False) -> Drawing:
    """The drawing of a workflow. :param mirrored: for readers who read from right to left."""
    codes = list(workflow.states)
    rows = {code: row for row, code in enumerate(codes)}
    boxes = tuple(
        Box(code, row, MARGIN, MARGIN + row * (HEIGHT + GAP), workflow.states[code].owner) for code, row in rows.items()
    )
    ways = sorted(
        {
            (rows[source], rows[target.state])
            for move in workflow.moves.values()
            for source in move.sources
            for target in move.targets
            if target.state and target.state != source
        }
    )
    centre = MARGIN + BOX / 2
    downs = tuple((centre, boxes[a].y + HEIGHT, boxes[b].y) for a, b in ways if b == a + 1)
    sideways: dict[int, list[int]] = {}
    for source, target in ways:
        if target != source + 1:
            sideways.setdefault(target, []).append(source)
    lanes = _lanes(boxes, sideways)
    width = max([lane.x for lane in lanes], default=MARGIN + BOX) + FIRST
    drawing = Drawing(width, MARGIN * 2 + len(codes) * (HEIGHT + GAP) - GAP, boxes, downs, lanes)
    return _mirror(drawing) if mirrored else drawing


def _lanes(boxes: tuple[Box, ...], ways: dict[int, list[int]]) -> tuple[Lane, ...]:
    """A lane for each state that is led to; short ones are near the boxes, and lanes that do not meet share a place."""
    spans = {target: (min([target, *sources]), max([target, *sources])) for target, sources in ways.items()}
    taken: list[list[tuple[int, int]]] = []
    found = []
    for target in sorted(spans, key=lambda t: (spans[t][1] - spans[t][0], t)):
        first, last = spans[target]
        place = next((n for n, others in enumerate(taken) if all(last < a or b < first for a, b in others)), len(taken))
        if place == len(taken):
            taken.append([])
        taken[place].append((first, last))
        found.append(_lane(boxes, target, ways[target], MARGIN + BOX + FIRST + place * LANE))
    return tuple(sorted(found, key=lambda lane: lane.enter_y))


def _lane(boxes: tuple[Box, ...], target: int, sources: list[int], x: float) -> Lane:
    edge = MARGIN + BOX
    stubs = tuple(Stub(boxes[source].code, edge, x, boxes[source].middle + LEAVES) for source in sources)
    enter = boxes[target].middle + ENTERS
    heights = [enter, *(stub.y for stub in stubs)]
    back = all(source > target for source in sources)
    return Lane(boxes[target].code, x, min(heights), max(heights), edge, enter, stubs, back)


def _mirror(drawing: Drawing) -> Drawing:
    """The same drawing the other way round."""
    width = drawing.width
    return replace(
        drawing,
        boxes=tuple(replace(box, x=width - box.x - BOX) for box in drawing.boxes),
        downs=tuple((width - x, top, bottom) for x, top, bottom in drawing.downs),
        lanes=tuple(
            replace(
                lane,
                x=width - lane.x,
                enter_x=width - lane.enter_x,
                stubs=tuple(replace(stub, x1=width - stub.x1, x2=width - stub.x2) for stub in lane.stubs),
            )
            for lane in drawing.lanes
        ),
        mirrored=True,
    )
