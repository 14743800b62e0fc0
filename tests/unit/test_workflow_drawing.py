"""The drawing of a workflow and where its clocks run: each way is drawn once, nothing overlaps, mirrored is alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from portal.calls.rules import instruments
from portal.cases.rules import tracks
from portal.core.standards import Standard, parse_standard
from portal.core.workflow import Workflow
from portal.insight.rules import workflow_diagram as diagram
from portal.insight.rules.workflow_clocks import runs_in

PROCESSES = [(code, process) for code in instruments.all_instruments() for process in instruments.processes(code)]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def workflow_of(code: str, process: str = "application") -> Workflow:
    """The workflow an instrument starts new cases with."""
    return instruments.workflow(code, process, instruments.instrument(code).workflow)


def standard_of(code: str, which: str) -> Standard:
    """A standard an instrument ships with."""
    rows = instruments.standards_data(code, "application")
    return parse_standard(next(row for row in rows if row["code"] == which))


@pytest.mark.parametrize(("code", "process"), PROCESSES)
def test_every_way_is_drawn_once(code: str, process: str) -> None:
    workflow = workflow_of(code, process)
    drawing = diagram.draw(workflow)
    rows = {box.code: box.row for box in drawing.boxes}
    assert list(rows) == list(workflow.states)
    drawn = [(source.source, lane.target) for lane in drawing.lanes for source in lane.stubs]
    codes = list(workflow.states)
    downs = {
        (box.code, codes[box.row + 1])
        for box in drawing.boxes
        for _, top, _ in drawing.downs
        if top == box.y + diagram.HEIGHT
    }
    ways = {
        (source, target.state)
        for move in workflow.moves.values()
        for source in move.sources
        for target in move.targets
        if target.state and target.state != source
    }
    assert len(drawn) == len(set(drawn))
    assert set(drawn) | downs == ways


@pytest.mark.parametrize(("code", "process"), PROCESSES)
def test_nothing_lies_over_something_else_and_all_is_inside(code: str, process: str) -> None:
    drawing = diagram.draw(workflow_of(code, process))
    for above, below in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        assert above.y + diagram.HEIGHT < below.y
    lanes = drawing.lanes
    for place, lane in enumerate(lanes):
        assert diagram.MARGIN + diagram.BOX < lane.x < drawing.width
        for other in lanes[place + 1 :]:
            assert lane.x != other.x or lane.bottom < other.top or other.bottom < lane.top, (lane.target, other.target)
    assert all(box.y + diagram.HEIGHT <= drawing.height for box in drawing.boxes)


def test_mirrored_it_is_the_same_the_other_way_round() -> None:
    workflow = workflow_of("project_proposal")
    there, back = diagram.draw(workflow), diagram.draw(workflow, mirrored=True)
    assert (there.width, there.height) == (back.width, back.height)
    for one, other in zip(there.boxes, back.boxes, strict=True):
        assert (one.code, one.y, there.width - one.x - diagram.BOX) == (other.code, other.y, other.x)
    assert {lane.target for lane in there.lanes if lane.back} == {lane.target for lane in back.lanes if lane.back}
    assert all(lane.x < lane.enter_x for lane in back.lanes)


@pytest.mark.parametrize(
    ("which", "states"),
    [
        ("ACK", {"submitted"}),
        ("FIX", {"returned"}),
        ("ASM-P", {"assessing"}),
        ("CIR", {"to_coordinate"}),
        ("COO", {"coordinating"}),
        ("ANS", {"answering"}),
        ("CIA", {"to_circulate"}),
        ("NOB", {"circulated", "contested"}),
        ("OBJ", {"contested"}),
        ("DEC", {"decided"}),
        ("AGR", {"agreement"}),
        ("SIGN", {"signing"}),
        ("APP", set()),
        ("CON", set()),
    ],
)
def test_a_promise_is_told_where_it_usually_runs(which: str, states: set[str]) -> None:
    found = runs_in(workflow_of("project_proposal"), standard_of("project_proposal", which))
    assert found == states


def fact(number: int, kind: str, subject: str, **data: Any) -> SimpleNamespace:
    """An event as the rules read it."""
    at = NOW + timedelta(days=number)
    return SimpleNamespace(at=at, kind=kind, subject=subject, actor_name=f"Person {number}", data=data)


def test_tracks_are_told_by_their_events() -> None:
    told = tracks.tracks(
        [
            fact(1, "track_opened", "concurrence"),
            fact(2, "track_opened", "panel"),
            fact(3, "track_closed", "concurrence", outcome="objects"),
            fact(4, "track_waived", "panel", grounds="Two reports are enough."),
            fact(5, "track_closed", "never"),
            fact(6, "submitted", "panel"),
        ]
    )
    assert list(told) == ["concurrence", "panel"]
    assert (told["concurrence"].state, told["concurrence"].is_settled) == ("ended", False)
    assert (told["panel"].state, told["panel"].is_settled, told["panel"].ended_by) == ("waived", True, "Person 4")
    again = tracks.tracks(
        [fact(1, "track_opened", "panel"), fact(2, "track_closed", "panel"), fact(3, "track_opened", "panel")]
    )
    assert (again["panel"].state, again["panel"].opened_at, again["panel"].ended_at) == (
        "open",
        NOW + timedelta(days=3),
        None,
    )
