"""What a competitive call needs besides the pages: the notes of many cities, evaluators at work, time that passes.

Done by the portal's own verbs, as in `behind`; one of each kind is done in the browser by the journey itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from portal.accounts.models import Person
from portal.cases.models import Case
from portal.cases.service import answer, start
from portal.cases.service.move import make_move
from portal.demo import content, route_answers
from portal.demo.content import DemoCase
from portal.demo.papers import Paper
from portal.demo.people import demo_id
from portal.demo.service.stage import store_paper
from portal.evaluation import queries as evaluation
from portal.evaluation.service import evaluate
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.organisations import queries as organisations
from portal.organisations.models import Organisation
from portal.review.queries import record
from portal.review.service import embargo
from tests.journeys.behind import Newcomer, actor, call_of, office
from tests.journeys.serving import Server

REMARK = "As the note shows."


@dataclass(frozen=True)
class Applicant:
    """An organisation of the demonstration with the note it hands in."""

    organisation: str
    answers: Mapping[str, Mapping[str, Any]]
    written: tuple[Paper, ...]

    def person(self, role: str) -> str:
        """Whoever has a role in the organisation, by her code."""
        return content.load().world.in_role(self.organisation, role).code

    @property
    def papers(self) -> dict[str, bytes]:
        """The documents of the note by their ids."""
        return {str(paper.id): paper.content() for paper in self.written}

    @property
    def title(self) -> str:
        """The title of the note."""
        return str(self.answers["place"]["title"])


def of_demo(code: str) -> DemoCase:
    """A project proposal or a concept note of the demonstration by its code."""
    return next(case for case in content.load().alliance.cases if case.code == code)


def applicant(code: str) -> Applicant:
    """Whoever wrote a note in the demonstration writes it once more, for another call."""
    case = of_demo(code)
    return Applicant(case.organisation, case.answers, tuple(case.papers))


def with_idea_of(code: str, other: Applicant, title: str) -> Applicant:
    """Whoever wrote a proposal in the demonstration, with the idea and the sum of another applicant."""
    own = applicant(code)
    here = ("who", "sponsors", "place")
    answers = {**other.answers, **{section: own.answers[section] for section in here}, "attachments": {}}
    answers["place"] = {**own.answers["place"], "title": title}
    return replace(own, answers=answers)


def hand_in(server: Server, call: str, who: Applicant) -> str:
    """Let an organisation write its note, sign and submit it. :returns: its reference."""
    now = datetime.now(UTC)
    with office(server) as tenant:
        lead, head = actor(tenant, who.person("lead")), actor(tenant, who.person("signatory"))
        wanted = demo_id("organisation", who.organisation)
        row = db.session.scalars(select(Organisation).where(Organisation.id == wanted)).one()
        case = start.start_application(lead, call_of(call), row, "en", now)
        answers = deepcopy(dict(who.answers))
        written = {str(paper.id): paper for paper in who.written}
        for answered in _papers(answers):
            paper = replace(written[str(answered["id"])], id=uuid4())
            answered["id"] = str(paper.id)
            store_paper(case, paper, answers, lead, now)
        for section, values in answers.items():
            answer.save_section(case, section, values, lead, now, seen={})
        make_move(case, "sign", head, now, {"typed_name": head.name, "confirm": True})
        make_move(case, "submit", lead, now)
        return case.reference


def _papers(value: Any) -> Iterator[dict[str, Any]]:
    """Every file that answers name."""
    if isinstance(value, dict) and "size" in value:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _papers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _papers(inner)


def move(server: Server, references: Collection[str], code: str, who: str, **inputs: str) -> None:
    """Let somebody of the secretariat make the same move on several cases."""
    with office(server) as tenant:
        for reference in references:
            make_move(_case(reference), code, actor(tenant, who), datetime.now(UTC), inputs)


def _case(reference: str) -> Case:
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def close_call(server: Server, code: str) -> None:
    """Let the call's last day be over."""
    with office(server):
        call_of(code).closes_at = datetime.now(UTC) - timedelta(seconds=1)


def end_embargo(server: Server, references: Collection[str]) -> None:
    """Let the instant come until which these decisions are kept back; the portal's own job tells them."""
    now = datetime.now(UTC)
    with office(server):
        for reference in references:
            case = _case(reference)
            decision = record.standing_decision(case.id)
            assert decision is not None
            embargo.keep(case, decision, now - timedelta(seconds=1), now)


def invitation(server: Server, who: Newcomer) -> str:
    """The path of the link in the mail that invites somebody."""
    with office(server):
        sent = select(OutboxMail).where(OutboxMail.to_address == who.email, OutboxMail.confidential.is_(True))
        mail = db.session.scalars(sent).one()
        found = re.search(r"/account/invitation/\S+", mail.text_body)
    assert found, mail.text_body
    return found[0]


def marks(each: int, **others: int) -> dict[str, dict[str, Any]]:
    """An evaluation in which each criterion has the same mark (1 to 5), but for some."""
    criteria = ("objective", "commitment", "investment", "partnerships", "cofinancing", "coherence", "scale",
                "institutional", "environment")  # fmt: skip
    scores = [others.get(code, each) for code in criteria]
    return route_answers.evaluation(
        criteria,
        {
            "scores": scores,
            "remarks": {str(mark): REMARK for mark in scores},
            "recommendation": "approve" if each > 2 else "decline",
            "summary": "A clear idea with people behind it.",
        },
    )


def judge_the_rest(server: Server, code: str, each: Mapping[str, int]) -> None:
    """Let everybody who was asked in a round and has said nothing yet declare herself free and file.

    :param each: by reference of the case, the mark that everybody gives.
    """
    now = datetime.now(UTC)
    with office(server) as tenant:
        row = evaluation.round_by_code(actor(tenant, "ca-manager"), code)
        for reference, mark in each.items():
            for one, _name in evaluation.evaluations_of(row.id, _case(reference).id):
                if one.state != evaluation.ASSIGNED:
                    continue
                expert = organisations.actor_for(db.session.get_one(Person, one.person_id), tenant)
                evaluate.declare(one.id, evaluate.FREE, "", expert, now)
                evaluate.save(one.id, marks(mark), expert, now)
                evaluate.file(one.id, expert, now)
