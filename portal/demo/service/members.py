"""What members are asked and say in the demonstration: circulars, comments, stances, sponsors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.demo.alliance import DemoCircular
from portal.demo.content import DemoContentError
from portal.demo.rules.moments import Timeline
from portal.demo.service.stage import Stage
from portal.demo.stories import Word
from portal.infra.db import db
from portal.members.models import CircularItem
from portal.members.queries import circulars as queries
from portal.members.queries import sponsors as sponsorships
from portal.members.rules.windows import COORDINATION, RECOMMENDED
from portal.members.rules.words import MEMBERS
from portal.members.service import answer, circular, sponsors

Say = Callable[[Stage, Word], None]


def send(facts: DemoCircular, stages: Mapping[str, Stage], by: Stage, time: Timeline) -> None:
    """Make the next circular and send it.

    :param stages: case → its stage; :param by: the stage that knows who acts.
    """
    sender = by.actor(facts.by)
    chosen = {part: [_case(by, stages, code).id for code in codes] for part, codes in facts.parts.items()}
    made = circular.compose(chosen, facts.introduction, sender, time.at(facts.day))
    missing = sum(map(len, chosen.values())) - len(queries.items(made.id))
    if missing:
        raise DemoContentError(f"circular of day {facts.day}: {missing} of its cases do not wait for it.")
    circular.send(made.number, sender, time.soon(35))


def _case(by: Stage, stages: Mapping[str, Stage], code: str) -> Case:
    if code in stages:
        return stages[code].case
    title = by.content.case(code).title
    return db.session.scalars(select(Case).where(Case.title == title, Case.parent_id.is_(None))).one()


def say(stage: Stage, word: Word) -> None:
    """Let a member, or whoever writes down what others said, say something about a case."""
    WORDS[word.kind](stage, word)


def _item(stage: Stage, part: str) -> CircularItem:
    item = queries.current_item(stage.case.id, part)
    if item is None:
        raise DemoContentError(f"case {stage.demo.code}: no circular has asked the members about it yet.")
    return item


def _member(stage: Stage, word: Word) -> UUID:
    return stage.content.world.organisations[word.member].id


def _comment(stage: Stage, word: Word) -> None:
    item, speaker, at = _item(stage, COORDINATION), stage.focal_point(word.member), stage.time.at(word.day)
    circular.mark_seen(item.circular_id, speaker, at)
    answer.comment(item.id, _member(stage, word), word.text, MEMBERS, speaker, stage.time.soon(25))


def _answer(stage: Stage, word: Word) -> None:
    waiting = [
        row
        for row in queries.comments_of(stage.case.id)
        if row.organisation_id == _member(stage, word) and not row.answer_kind
    ]
    if not waiting:
        raise DemoContentError(f"case {stage.demo.code}: there is no comment of {word.member} to be answered.")
    answer.answer_comment(stage.case, waiting[0].id, word.code, word.text, stage.monitor, stage.time.at(word.day))


def _stance(stage: Stage, word: Word) -> None:
    item, speaker, at = _item(stage, RECOMMENDED), stage.focal_point(word.member), stage.time.at(word.day)
    circular.mark_seen(item.circular_id, speaker, at)
    answer.take_stance(item.id, _member(stage, word), word.code, word.text, speaker, stage.time.soon(15))


def _concurrence(stage: Stage, word: Word) -> None:
    inputs = {"outcome": word.code, "note": word.text}
    make_move(stage.case, "close_concurrence", stage.monitor, stage.time.at(word.day), inputs)


def _invite(stage: Stage, word: Word) -> None:
    sponsors.invite(stage.case, _member(stage, word), word.text, stage.client("lead"), stage.time.at(word.day))


def _confirm(stage: Stage, word: Word) -> None:
    asked = [row for row, _ in sponsorships.of_case(stage.case.id) if row.organisation_id == _member(stage, word)]
    if not asked:
        raise DemoContentError(f"case {stage.demo.code}: {word.member} was not asked to sponsor it.")
    sponsors.answer(asked[0], True, word.text, stage.focal_point(word.member), stage.time.at(word.day))


WORDS: dict[str, Say] = {
    "comment": _comment,
    "answer": _answer,
    "stance": _stance,
    "concurrence": _concurrence,
    "invite": _invite,
    "confirm": _confirm,
}
