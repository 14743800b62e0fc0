"""What is told of a clock: warnings, the breach, the escalation, each once and in order."""

from __future__ import annotations

from portal.core.standards import Reckoning
from portal.standards.rules.steps import come, steps, to_tell
from tests.unit.standards.build import clock, facts, instant, standard

#: from Thursday 1 September 2011; due on Friday 16 (Labour Day on the 5th is free)
RULE = standard(
    warn=[{"share": 50}, {"before": 3}],
    escalation=[{"role": "programme_officer"}, {"role": "programme_manager", "after": 5}],
)


def at(day: str) -> Reckoning:
    """The clock on a day."""
    return clock(RULE, facts(("2011-09-01", "begun")), day)


def test_everything_in_its_order() -> None:
    told = [(step.kind, step.role) for step in steps(at("2011-09-02"))]
    assert told == [("warning", ""), ("warning", ""), ("breach", ""), ("escalation", "programme_officer"),
                    ("escalation", "programme_manager")]  # fmt: skip
    moments = [step.at for step in steps(at("2011-09-02"))]
    assert moments == sorted(moments)


def test_a_clock_that_does_not_run_tells_nothing() -> None:
    done = clock(RULE, facts(("2011-09-01", "begun"), ("2011-09-06", "done")), "2011-09-20")
    assert steps(done) == () == to_tell(done, 0, instant("2011-09-20"))


def test_each_is_told_once() -> None:
    told, heard = 0, []
    for day in ("2011-09-02", "2011-09-09", "2011-09-12", "2011-09-14", "2011-09-19", "2011-09-19", "2011-09-28"):
        now, reckoning = instant(day), at(day)
        heard.append([step.kind for step in to_tell(reckoning, told, now)])
        told = len(come(reckoning, now))
    assert heard == [[], ["warning"], [], ["warning"], ["breach", "escalation"], [], ["escalation"]]


def test_what_came_while_nobody_looked_is_told_without_a_flood() -> None:
    assert [step.kind for step in to_tell(at("2011-09-15"), 0, instant("2011-09-15"))] == ["warning"]
    late = to_tell(at("2011-09-28"), 0, instant("2011-09-28"))
    assert [step.kind for step in late] == ["breach", "escalation", "escalation"]
