"""Several cases of a call decided together, each in its own right; and two people who decide one case at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.calls.models import Call
from portal.cases import queries as cases
from portal.cases.models import Case, Document
from portal.cases.service import steps
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow, PortalError
from portal.core.text import N_
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.models import Decision
from portal.review.queries import record
from portal.review.service import batch
from tests.conftest import Place
from tests.factories import World
from tests.integration.review.decided import GROUNDS, LATER, kept_back
from tests.integration.review.road import at


def call_of(world: World) -> Call:
    """The call of the first tenant."""
    return db.session.scalars(select(Call).where(Call.id == world["alpha"].call)).one()


def test_each_case_is_decided_for_itself_and_a_refused_one_is_left_as_it_was(alpha: World) -> None:
    manager = alpha.actor("alpha", "manager")
    good, own, dear = (at(alpha, "deciding", organisation=name) for name in ("vilankulo", "aleppo", "vilankulo"))
    filed = record.filed_assessment(own.id)
    assert filed is not None
    filed.assessor_id, dear.amount = manager.person_id, (dear.amount or 0) * 10
    db.session.flush()
    before = {case.id: case.last_seq for case in (own, dear)}
    told = batch.decide_together(call_of(alpha), [good.id, own.id, dear.id], "approve", GROUNDS, manager, LATER)
    refused = {one.reference: str(one.refusal) for one in told if one.refusal is not None}
    assert set(refused) == {own.reference, dear.reference}
    assert "assessed this application yourself" in refused[own.reference]
    assert "above the limit" in refused[dear.reference]
    assert cases.by_id(good.id).state == "decided"
    for case in (own, dear):
        assert (cases.by_id(case.id).state, cases.by_id(case.id).last_seq) == ("deciding", before[case.id])
        assert record.decisions_of(case.id) == []
        assert (
            db.session.scalars(select(Document).where(Document.case_id == case.id, Document.kind == "letter")).all()
            == []
        )


def test_a_refusal_after_effects_began_leaves_nothing_behind(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = alpha.actor("alpha", "manager")
    first, second = (at(alpha, "deciding", organisation=name) for name in ("vilankulo", "aleppo"))

    def one_letter_fails(step: steps.Step) -> None:
        if step.case.id == first.id:
            raise NotNow(N_("No letter can be written."))

    monkeypatch.setitem(steps.EFFECTS, "prepare_letter", one_letter_fails)
    told = batch.decide_together(call_of(alpha), [first.id, second.id], "decline", GROUNDS, manager, LATER)
    assert [one.refusal is None for one in told] == [False, True]
    assert (cases.by_id(first.id).state, cases.by_id(first.id).decided_at) == ("deciding", None)
    assert record.decisions_of(first.id) == []
    assert cases.by_id(second.id).state == "decided"


def test_who_may_decide_together_and_what(alpha: World) -> None:
    call, manager = call_of(alpha), alpha.actor("alpha", "manager")
    waiting, checking = at(alpha, "deciding"), at(alpha, "checking", organisation="aleppo")
    with pytest.raises(NotAllowed):
        batch.decide_together(call, [waiting.id], "approve", GROUNDS, alpha.actor("alpha", "officer"), LATER)
    with pytest.raises(Invalid):
        batch.decide_together(call, [], "approve", GROUNDS, manager, LATER)
    with pytest.raises(Invalid):
        batch.decide_together(call, [waiting.id], "send_back", {"reason": "x"}, manager, LATER)
    with pytest.raises(NotNow):
        batch.decide_together(call, [waiting.id, checking.id], "approve", GROUNDS, manager, LATER)
    with pytest.raises(NotFound):
        batch.decide_together(call, [UUID(int=7)], "approve", GROUNDS, manager, LATER)
    waiting.call_id = None
    db.session.flush()
    with pytest.raises(NotFound):
        batch.decide_together(call, [waiting.id], "approve", GROUNDS, manager, LATER)


def test_cases_kept_back_are_decided_together_behind_the_veil(alpha: World) -> None:
    found = [kept_back(alpha, organisation=name) for name in ("vilankulo", "aleppo")]
    manager = alpha.actor("alpha", "manager")
    batch.decide_together(call_of(alpha), [case.id for case in found], "decline", GROUNDS, manager, LATER)
    assert {cases.by_id(case.id).state for case in found} == {"embargoed"}


def token_of(client: FlaskClient, path: str) -> str:
    """The token of a page's form."""
    return client.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]


def test_the_page_decides_and_tells_what_was_refused(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient]
) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        good, dear = (at(world, "deciding", organisation=name) for name in ("vilankulo", "aleppo"))
        dear.amount = (dear.amount or 0) * 10
        ids, references = [good.id, dear.id], [good.reference, dear.reference]
        db.session.commit()
        db.session.remove()
    path = "/alpha/desk/calls/preparatory-grants/decide/"
    assert client_for(world.email("alpha", "officer")).get(path).status_code == 403
    assert client_for(world.email("beta", "manager")).get(path).status_code == 404
    client = client_for(world.email("alpha", "manager"))
    page = client.get(path).text
    assert all(reference in page for reference in references)
    form = {"csrf_token": token_of(client, path), "state": "deciding", "outcome": "approve", "grounds": ""}
    assert client.post(path, data=form | {"case": [str(key) for key in ids]}).status_code == 422
    assert client.post(path, data=form | {"grounds": "Sound."}).status_code == 422
    answer = client.post(path, data=form | {"grounds": "Sound.", "case": [str(key) for key in ids]})
    assert answer.status_code == 303
    told = client.get(answer.location).text
    assert references[1] in told
    assert "above the limit" in told
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        states = {row.reference: row.state for row in db.session.scalars(select(Case).where(Case.id.in_(ids)))}
    assert states == {references[0]: "decided", references[1]: "deciding"}


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(place: Place, world: World) -> None:
    """Two sessions in two threads: never two decisions, never none."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = at(world, "deciding")
        case_id, tries = case.id, (("approve", "manager"), ("decline", "manager2"))
        actors = {name: world.actor("alpha", name) for _, name in tries}
        db.session.commit()
        db.session.remove()
    gate, answers = threading.Barrier(2), {}

    def decide(move: str, name: str) -> None:
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            gate.wait()
            try:
                make_move(cases.by_id(case_id), move, actors[name], datetime.now(UTC), GROUNDS)
                db.session.commit()
                answers[move] = "decided"
            except PortalError as error:
                db.session.rollback()
                answers[move] = f"{type(error).__name__}: {error}"
            finally:
                db.session.remove()

    threads = [threading.Thread(target=decide, args=one) for one in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["approve", "decline"]
    assert sorted(answer == "decided" for answer in answers.values()) == [False, True], answers
    assert "moved on since" in next(answer for answer in answers.values() if answer != "decided")
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        (decision,) = db.session.scalars(select(Decision).where(Decision.case_id == case_id)).all()
        won = next(move for move, answer in answers.items() if answer == "decided")
        assert decision.outcome == {"approve": "approved", "decline": "declined"}[won]
        assert cases.by_id(case_id).state == "decided"
        db.session.remove()
