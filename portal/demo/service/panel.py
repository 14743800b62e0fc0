"""Rounds of evaluation in the demonstration: assigned, declared, judged and ranked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from portal.calls import queries as calls
from portal.core.actor import Actor
from portal.demo import route_answers
from portal.demo.alliance import DemoRound
from portal.demo.people import Data, DemoContentError
from portal.demo.rules.moments import Timeline
from portal.demo.service.stage import Stage
from portal.demo.stories import Act
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import assign, evaluate, rank, rounds

#: evaluators' windows close at this local hour
LAST_HOUR = "18:00"


@dataclass
class Panel:
    """A round while it is played."""

    facts: DemoRound
    stages: Mapping[str, Stage]
    any_stage: Stage
    time: Timeline
    row: EvaluationRound | None = None

    def acts(self) -> Iterator[Act]:
        """Everything that happens in the round, each with its day."""
        yield Act(self.facts.opens, self._open)
        for entry in self.facts.evaluations:
            work = Work(self, entry)
            for day, what in work.steps():
                yield Act(day, what)
        if self.facts.ended is not None:
            yield Act(self.facts.ended, self._end)

    @property
    def open_row(self) -> EvaluationRound:
        """The round, once it was opened."""
        if self.row is None:
            raise DemoContentError(f"round {self.facts.code}: something happens in it before it opens.")
        return self.row

    def actor(self, code: str) -> Actor:
        """A person as she acts in the tenant."""
        return self.any_stage.actor(code)

    def _open(self) -> None:
        facts, now = self.facts, self.time.at(self.facts.opens)
        call = calls.by_code(facts.call)
        self.row = rounds.add_round(
            self.actor(facts.by),
            facts.code,
            dict(facts.title),
            call.instrument,
            call_id=call.id,
            opens_at=now,
            closes_at=self._closes(call.zone),
            needed=facts.needed,
            blind=facts.blind,
            shows_others=True,
            honorarium=None if facts.honorarium is None else Decimal(facts.honorarium),
            now=now,
        )

    def _closes(self, zone: str) -> datetime:
        call = next(one for one in self.any_stage.content.alliance.calls if one.code == self.facts.call)
        return call.instant(self.time.now.date(), self.facts.closes, LAST_HOUR)

    def _end(self) -> None:
        by = self.actor(self.facts.by)
        chosen = {self.stages[code].case.id for code in self.facts.recommended}
        rounds.close(self.open_row, by, self.time.at(self.facts.ended or 0))
        rank.recommend(self.open_row, chosen, by, self.time.soon(50))


@dataclass
class Work:
    """What one evaluator does with one case."""

    panel: Panel
    entry: Data
    one: Evaluation | None = None

    def steps(self) -> Iterator[tuple[int, partial[None]]]:
        """Her steps by day, as far as they are written."""
        for key, what in (
            ("assigned", self._assign),
            ("free", self._declare),
            ("conflict", self._declare),
            ("begun", self._save),
            ("filed", self._file),
        ):
            if key in self.entry:
                yield self.entry[key], partial(what, self.entry[key])

    @property
    def _evaluator(self) -> Actor:
        return self.panel.actor(self.entry["evaluator"])

    @property
    def _id(self) -> UUID:
        if self.one is None:
            raise DemoContentError(f"round {self.panel.facts.code}: say when {self.entry['case']} was assigned.")
        return self.one.id

    def _assign(self, day: int) -> None:
        case, manager = self.panel.stages[self.entry["case"]].case, self.panel.actor(self.panel.facts.by)
        at = self.panel.time.at(day)
        person = self.panel.any_stage.content.world.people[self.entry["evaluator"]].id
        self.one = assign.assign_by_hand(self.panel.open_row, case, person, manager, at)

    def _declare(self, day: int) -> None:
        said = evaluate.CONFLICT if "conflict" in self.entry else evaluate.FREE
        at = self.panel.time.at(day)
        evaluate.declare(self._id, said, self.entry.get("statement", ""), self._evaluator, at)

    def _save(self, day: int) -> None:
        criteria = evaluate.criteria_of(self.panel.open_row)
        given = route_answers.evaluation(criteria, self.entry)
        evaluate.save(self._id, given, self._evaluator, self.panel.time.at(day))

    def _file(self, day: int) -> None:
        self._save(day)
        evaluate.file(self._id, self._evaluator, self.panel.time.soon(20))
