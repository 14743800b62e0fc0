"""Questions about a call: anybody who may apply asks, everybody reads the answer, nobody reads who asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.calls import queries
from portal.calls.models import Call, Clarification
from portal.calls.service import questions
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.insight.test_standards_admin import fields_of

DAY = timedelta(days=1)
ADDRESS = "/alpha/calls/preparatory-grants/"
ADMIN = "/alpha/admin/calls/preparatory-grants/questions/"


def call_of(world: World) -> Call:
    """The call of preparatory grants, announced in English."""
    return queries.by_code("preparatory-grants")


def test_an_answer_is_everybodys_and_the_asker_nobodys(alpha: World) -> None:
    call, lead, manager = call_of(alpha), alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "manager")
    stories.start_draft(alpha, "alpha", "aleppo")
    row = questions.ask(call, " Podem as vilas candidatar-se? ", "pt", lead, NOW)
    assert (row.number, row.question, queries.answered(call)) == (1, "Podem as vilas candidatar-se?", [])
    assert queries.waiting_questions([call]) == {call.id: 1}
    assert queries.waiting_of(call, lead.person_id) == 1
    with pytest.raises(Invalid) as refused:
        questions.answer(call, row, {"pt": "x"}, {}, manager, NOW)
    assert set(refused.value.problems) == {"question-en", "answer-en"}
    questions.answer(call, row, {"en": "May towns apply?"}, {"en": "Yes."}, manager, NOW + DAY)
    assert queries.answered(call) == [row]
    assert queries.waiting_questions([call]) == {}
    told = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "clarification")).all()
    assert {mail.to_address for mail in told} == {"aleppo.lead@alpha.example", "aleppo.contributor@alpha.example"}
    assert all("Vilankulo" not in mail.text_body and "May towns apply?" in mail.text_body for mail in told)
    questions.answer(call, row, {"en": "May towns apply?"}, {"en": "Yes, all."}, manager, NOW + 2 * DAY)
    assert row.answered_at == NOW + DAY
    again = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "clarification")).all()
    assert len(again) == len(told), "nobody is told twice"
    with pytest.raises(NotNow):
        questions.set_aside(row, manager, NOW)


def test_questions_end_in_time(alpha: World) -> None:
    lead = alpha.actor("alpha", "vilankulo.lead")
    call = proposals.open_call(alpha, "alpha", "concept_note", closes_at=NOW + 10 * DAY)
    assert questions.why_not(call, NOW + 9 * DAY) is None
    with pytest.raises(NotNow):
        questions.ask(call, "Why?", "en", lead, NOW + 10 * DAY)
    call.questions_until = NOW + 5 * DAY
    with pytest.raises(NotNow, match="Questions could be asked until"):
        questions.ask(call, "Why?", "en", lead, NOW + 5 * DAY)
    questions.ask(call, "Why?", "en", lead, NOW + 5 * DAY - timedelta(microseconds=1))


def test_nobody_floods_the_secretariat(alpha: World) -> None:
    call, lead, manager = call_of(alpha), alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "manager")
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(Invalid):
            questions.ask(call, text, "en", lead, NOW)
    rows = [questions.ask(call, f"Question {number}?", "en", lead, NOW) for number in range(questions.MOST_WAITING)]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    with pytest.raises(Invalid, match="already"):
        questions.ask(call, "Question 3?", "en", lead, NOW)
    with pytest.raises(NotNow):
        questions.ask(call, "One more?", "en", lead, NOW)
    questions.set_aside(rows[0], manager, NOW)
    assert questions.ask(call, "One more?", "en", lead, NOW).number == 6
    assert queries.answered(call) == []
    for name in ("vilankulo.viewer", "vilankulo.signatory", "officer", "stranger"):
        with pytest.raises(NotAllowed):
            questions.ask(call, "May I?", "en", alpha.actor("alpha", name), NOW)
    for name in ("officer", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            questions.answer(call, rows[1], {"en": "x"}, {"en": "y"}, alpha.actor("alpha", name), NOW)
        with pytest.raises(NotAllowed):
            questions.set_aside(rows[1], alpha.actor("alpha", name), NOW)


def test_the_pages(place: Place, world: World, client_for: Callable[[str | None], FlaskClient]) -> None:
    lead, boss = client_for(world.email("alpha", "vilankulo.lead")), client_for(world.email("alpha", "manager"))
    form = fields_of(lead.get(f"{ADDRESS}?lang=en"), f"{ADDRESS}questions/")
    empty = lead.post(f"{ADDRESS}questions/", data=form)
    assert empty.status_code == 422
    form["question"] = "I am the mayor of Vilankulo: may <towns> apply?"
    assert lead.post(f"{ADDRESS}questions/", data=form).location == f"{ADDRESS}#questions"
    assert "1 question of yours waits" in lead.get(f"{ADDRESS}?lang=en").text
    assert "mayor of Vilankulo" not in lead.get(ADDRESS).text
    assert "may &lt;towns&gt; apply" in boss.get(f"{ADMIN}?lang=ar").text
    form = fields_of(boss.get(f"{ADMIN}1/"), f"{ADMIN}1/")
    assert form["question-en"] == "I am the mayor of Vilankulo: may <towns> apply?"
    form["question-en"] = "May <towns> apply?"
    assert boss.post(f"{ADMIN}1/", data=form).status_code == 422
    form["answer-en"] = "Yes & gladly."
    assert boss.post(f"{ADMIN}1/", data=form).location == ADMIN
    for client, language in ((client_for(None), "en"), (lead, "pt"), (lead, "ar")):
        page = client.get(f"{ADDRESS}?lang={language}").text
        assert "May &lt;towns&gt; apply?" in page
        assert "Yes &amp; gladly." in page
        assert "Vilankulo:" not in page
    assert "Log in to ask" in client_for(None).get(f"{ADDRESS}?lang=en").text
    other = fields_of(lead.get(ADDRESS), f"{ADDRESS}questions/")
    other["question"] = "Buy my <b>pills</b>"
    lead.post(f"{ADDRESS}questions/", data=other)
    aside = fields_of(boss.get(f"{ADMIN}2/"), f"{ADMIN}2/set-aside/")
    assert boss.post(f"{ADMIN}2/set-aside/", data=aside).location == ADMIN
    assert "pills" not in lead.get(ADDRESS).text
    with place.app.app_context(), tenancy.scope(world["beta"].id):
        assert db.session.scalars(select(Clarification)).all() == []
        with pytest.raises(NotFound):
            queries.question(queries.by_code("preparatory-grants"), 1)
    assert boss.get(f"{ADMIN}3/").status_code == 404
