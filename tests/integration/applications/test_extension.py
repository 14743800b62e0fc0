"""More time: asked for once, before the date, by whose time it is; answered with a reason; nothing lapses meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service.extension import open_request
from portal.cases.service.move import make_move
from portal.cases.service.sweep import sweep_case
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.standards.models import Clock
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import stories

DAY = timedelta(days=1)
ASKED = {"days": "10", "reason": "The council meets only at the end of the month."}


def returned(world: World, now: datetime = NOW) -> Case:
    return stories.returned(world, stories.submitted(world, now=now), now)


def clock(case: Case, code: str) -> Clock:
    return db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.code == code)).one()


def ask(world: World, case: Case, at: datetime, who: str = "lead", move: str = "ask_extension") -> Case:
    return make_move(case, move, world.actor("alpha", f"vilankulo.{who}"), at, ASKED)


def answer(world: World, case: Case, move: str, at: datetime, **given: str) -> Case:
    return make_move(case, move, world.actor("alpha", "officer"), at, {"reason": "Agreed.", **given})


def test_a_request_stops_the_clock_and_is_measured(alpha: World) -> None:
    case = returned(alpha)
    before = clock(case, "FIX").due_at
    ask(alpha, case, NOW + 2 * DAY)
    assert (clock(case, "FIX").state, clock(case, "EXT").state) == ("paused", "running")
    assert (case.state, case.urgent_code) == ("returned", "EXT")
    sent = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "extension_requested")).all()
    assert sent
    assert all("10" in mail.text_body and "council" in mail.text_body for mail in sent)
    answer(alpha, case, "extend", NOW + 3 * DAY, days="5")
    after = clock(case, "FIX")
    assert (after.state, clock(case, "EXT").state) == ("running", "met")
    assert before is not None
    assert after.due_at is not None
    assert after.due_at > before + 5 * DAY
    told = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "extended")).all()
    assert told
    assert {mail.language for mail in told} == {"pt"}


def test_nothing_lapses_while_a_request_waits_and_it_does_after_a_refusal(alpha: World) -> None:
    case = returned(alpha)
    due = clock(case, "FIX").due_at
    assert due is not None
    ask(alpha, case, due - timedelta(minutes=5))
    sweep_case(case.id, due + 40 * DAY)
    assert case.state == "returned"
    answer(alpha, case, "refuse_extension", due + 40 * DAY)
    assert open_request(case) is None
    # the day on which she was answered is still hers
    assert clock(case, "FIX").due_at is not None
    sweep_case(case.id, due + 50 * DAY)
    assert case.state == "lapsed"
    told = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "extension_refused")).all()
    assert told
    assert all("Agreed." in mail.text_body for mail in told)


def test_one_request_at_a_time_and_only_before_the_date(alpha: World) -> None:
    case = returned(alpha)
    ask(alpha, case, NOW + DAY)
    with pytest.raises(NotNow):
        ask(alpha, case, NOW + DAY)
    answer(alpha, case, "refuse_extension", NOW + DAY)
    with pytest.raises(NotNow):
        answer(alpha, case, "refuse_extension", NOW + DAY)
    ask(alpha, case, NOW + DAY)
    with pytest.raises(Invalid):
        make_move(case, "refuse_extension", alpha.actor("alpha", "officer"), NOW + DAY, {"reason": " "})


def test_a_request_is_moot_once_the_answer_is_there_and_does_not_follow_the_case(alpha: World) -> None:
    case = returned(alpha)
    ask(alpha, case, NOW + DAY)
    make_move(case, "resubmit", alpha.actor("alpha", "vilankulo.lead"), NOW + 2 * DAY)
    assert (open_request(case), clock(case, "EXT").state) == (None, "void")
    stories.returned(alpha, case, NOW + 3 * DAY)
    assert (clock(case, "FIX").state, open_request(case)) == ("running", None)


@pytest.mark.parametrize("who", ["contributor", "signatory", "viewer"])
def test_only_whose_time_it_is_may_ask(alpha: World, who: str) -> None:
    case = returned(alpha)
    with pytest.raises(NotAllowed):
        ask(alpha, case, NOW + DAY, who)


def test_the_signatory_asks_for_time_to_sign(alpha: World) -> None:
    case = stories.submitted(alpha)
    for step in (stories.complete, stories.translated, stories.assessed, stories.approved, stories.letter_sent):
        step(alpha, case, NOW)
    stories.agreement_sent(alpha, case, NOW)
    with pytest.raises(NotAllowed):
        ask(alpha, case, NOW + DAY, "lead", "ask_time_to_sign")
    ask(alpha, case, NOW + DAY, "signatory", "ask_time_to_sign")
    assert clock(case, "SIGN").state == "paused"
    answer(alpha, case, "extend_signing", NOW + DAY, days="10")
    assert clock(case, "SIGN").state == "running"


def test_a_report_and_its_return_may_be_given_more_time(alpha: World) -> None:
    case = stories.submitted(alpha)
    for step in (stories.complete, stories.translated, stories.assessed, stories.approved, stories.letter_sent):
        step(alpha, case, NOW)
    stories.agreement_accepted(alpha, stories.agreement_sent(alpha, case, NOW), NOW)
    report = stories.report_of(case)
    due = clock(report, "REP").due_at
    ask(alpha, report, NOW + DAY)
    answer(alpha, report, "extend", NOW + DAY, days="10")
    later = clock(report, "REP").due_at
    assert due is not None
    assert later is not None
    assert later > due
    stories.report_submitted(alpha, case, NOW + 2 * DAY)
    stories.report_returned(alpha, report, NOW + 3 * DAY)
    assert clock(report, "RFX").state == "running"
    ask(alpha, report, NOW + 4 * DAY)
    assert (clock(report, "RFX").state, clock(report, "REX").state) == ("paused", "running")


def test_two_requests_at_once_become_one(place: Place, world: World) -> None:
    now = datetime.now(UTC)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case_id = returned(world, now - DAY).id
        db.session.commit()
    gate, results = threading.Barrier(2), []

    def press() -> None:
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            actor = world.actor("alpha", "vilankulo.lead")
            db.session.rollback()
            gate.wait(10)
            try:
                make_move(queries.by_id(case_id), "ask_extension", actor, now, ASKED)
                db.session.commit()
                results.append("made")
            except NotNow:
                db.session.rollback()
                results.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["made", "refused"]
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        found = db.session.scalars(
            select(Event).where(Event.case_id == case_id, Event.kind == "extension_requested")
        ).all()
        assert len(found) == 1


def test_the_pages_say_it_to_the_applicant_and_nothing_to_a_stranger(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient]
) -> None:
    now = datetime.now(UTC)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = returned(world, now - DAY)
        reference = case.reference
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    page = lead.get(f"/alpha/cases/{reference}/?lang=en").get_data(as_text=True)
    for said in ("Ask for more time", "What to do", "Reminders", "What happens then", "Waits for"):
        assert said in page, said
    form = lead.get(f"/alpha/cases/{reference}/moves/ask_extension/")
    assert form.status_code == 200
    sent: dict[str, Any] = {**ASKED, "csrf_token": "", "key": "k1"}
    place.app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert lead.post(f"/alpha/cases/{reference}/moves/ask_extension/", data=sent).status_code == 303
        stranger = client_for(world.email("alpha", "aleppo.lead"))
        assert stranger.post(f"/alpha/cases/{reference}/moves/ask_extension/", data=sent).status_code == 404
    finally:
        place.app.config["WTF_CSRF_ENABLED"] = True
    page = lead.get(f"/alpha/cases/{reference}/").get_data(as_text=True)
    assert "You have asked for more time" in page
    assert "council meets" in page


@pytest.mark.parametrize("asked", [False, True])
def test_the_page_with_a_request_asks_little_of_the_database(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient], asked: bool
) -> None:
    now = datetime.now(UTC)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = returned(world, now - DAY)
        if asked:
            ask(world, case, now - timedelta(hours=1))
        reference = case.reference
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    lead.get(f"/alpha/cases/{reference}/moves/extend/")  # what is kept between pages is there
    asked_for: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            asked_for.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert lead.get(f"/alpha/cases/{reference}/").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked_for) <= 8, "\n".join(asked_for)
