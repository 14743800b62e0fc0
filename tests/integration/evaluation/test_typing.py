"""An evaluation is kept while it is typed: one answer at a time, the newest typing, hers alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import evaluate
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.evaluation.panels import CLOCK, Clients, ask, evaluator, judgement, new_round


@pytest.fixture
def told(place: Place, world: World) -> Iterator[dict[str, Any]]:
    """A case with two evaluators who have declared themselves free."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case, row = stories.submitted(world), new_round(world)
        one, two = evaluator(world, "one"), evaluator(world, "two")
        mine, hers = ask(world, case, row, one), ask(world, case, row, two)
        evaluate.declare(mine.id, "free", "", one, CLOCK)
        evaluate.declare(hers.id, "free", "", two, CLOCK)
        first = evaluate.criteria_of(row)[0]
        keys = {"mine": mine.id, "hers": hers.id, "round": row.id, "first": first, "whole": judgement(row)}
        db.session.commit()
    place.app.config["WTF_CSRF_ENABLED"] = False  # that a token is asked for is tested where the technology is
    yield keys
    place.app.config["WTF_CSRF_ENABLED"] = True


def typed(client: FlaskClient, key: UUID, question: str, value: str, **sent: object) -> dict[str, Any]:
    """Type an answer as the script sends it."""
    data = {"question": question, question: value, "rev": "0", "typed_at": datetime.now(UTC).isoformat(), **sent}
    address = f"/alpha/inbox/evaluations/{key}/autosave"
    answer = client.post(address, data=data, headers={"Accept": "application/json"})
    assert answer.is_json, answer.data
    return dict(answer.json or {}, code=answer.status_code)


def stored(place: Place, key: UUID) -> Evaluation:
    """What the database holds now."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        return db.session.scalars(select(Evaluation).where(Evaluation.id == key)).one()


def change(place: Place, model: Any, key: UUID, **values: Any) -> None:
    """Change a row behind everybody's back."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        found: Any = db.session.scalars(select(model).where(model.id == key)).one()
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def test_each_answer_by_itself(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """What is typed is in the page when it is opened again, with a score; the other answers are not touched."""
    client, key, first = client_for("one@experts.example"), told["mine"], told["first"]
    begun = typed(client, key, first, "met")
    assert (begun["status"], begun["rev"], begun["problems"]) == ("saved", 1, [])
    assert typed(client, key, f"{first}_comment", "Well said.")["rev"] == 1
    again = typed(client, key, first, "partly", rev="1")
    assert (again["status"], again["rev"]) == ("saved", 2)
    assert typed(client, key, first, "partly", rev="1")["rev"] == 2, "said twice, kept once"
    one = stored(place, key)
    assert one.state == "draft"
    assert one.score is not None
    assert one.answers == {"criteria": {first: "partly", f"{first}_comment": "Well said."}}
    page = client.get(f"/alpha/inbox/evaluations/{key}/").text
    assert "Well said." in page
    assert f'data-question="{first}" data-kind="choice" data-rev="2"' in page
    assert f'data-autosave-url="/alpha/inbox/evaluations/{key}/autosave"' in page
    assert "Saved by the buttons below." in page
    assert typed(client, key, f"{first}_comment", "", rev="1")["status"] == "saved"
    assert not stored(place, key).answers["criteria"].get(f"{first}_comment")


def test_without_the_script(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """The button keeps the whole form as ever, and what the script sends afterwards meets its revisions."""
    client, key, first = client_for("one@experts.example"), told["mine"], told["first"]
    kept = client.post(f"/alpha/inbox/evaluations/{key}/review/", data={first: "met", "do": "save"})
    assert kept.status_code == 303
    assert stored(place, key).stamps[f"criteria.{first}"]["rev"] == 1
    assert typed(client, key, first, "not_met", rev="1")["rev"] == 2
    whole = {code: word for section in told["whole"].values() for code, word in section.items()}
    assert client.post(f"/alpha/inbox/evaluations/{key}/review/", data=whole | {"do": "file"}).status_code == 303
    assert f'data-autosave-done data-case="{key}"' in client.get(f"/alpha/inbox/evaluations/{key}/").text
    refused = typed(client, key, first, "not_met", rev="2")
    assert (refused["status"], refused["code"]) == ("refused", 409)
    assert "filed" in refused["message"]
    assert stored(place, key).answers["criteria"][first] == "met"


def test_a_device_that_was_off_the_line(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """What it kept comes after what was typed later elsewhere: that stands, and both are shown until she chooses."""
    client, key, comment = client_for("one@experts.example"), told["mine"], f"{told['first']}_comment"
    now = datetime.now(UTC)
    assert typed(client, key, comment, "At the desk.", typed_at=now.isoformat())["rev"] == 1
    earlier = (now - timedelta(hours=1)).isoformat()
    late = typed(client, key, comment, "In the train.", typed_at=earlier)
    assert (late["status"], late["rev"], late["unkept"]) == ("stale", 1, True)
    assert late["other"] == {"by": "", "at": now.isoformat(), "text": "At the desk."}
    assert stored(place, key).answers["criteria"][comment] == "At the desk."
    chosen = typed(client, key, comment, "In the train.", rev=str(late["rev"]))
    assert (chosen["status"], chosen["unkept"]) == ("saved", False)
    assert stored(place, key).answers["criteria"][comment] == "In the train."
    assert typed(client, key, comment, "Typed on.", typed_at="2999-01-01T00:00:00Z", rev="2")["status"] == "saved"
    at = datetime.fromisoformat(stored(place, key).stamps[f"criteria.{comment}"]["at"])
    assert at <= datetime.now(UTC), "a clock that is fast gains nothing"


def test_refused_with_words(place: Place, client_for: Clients, told: dict[str, Any]) -> None:
    """What the form does not ask, and what is no revision."""
    client, key, first = client_for("one@experts.example"), told["mine"], told["first"]
    assert typed(client, key, "nothing", "met")["code"] == 422
    assert typed(client, key, first, "met", rev="x")["code"] == 422
    assert typed(client, key, first, "no such word")["problems"][0]["path"] == first
    assert typed(client, key, first, "met", typed_at="yesterday")["status"] == "saved"


@pytest.mark.parametrize("why", ["hers", "conflict", "released", "undeclared", "closed", "over", "early"])
def test_not_hers_to_write(place: Place, client_for: Clients, told: dict[str, Any], why: str) -> None:
    """Somebody else's, one she is bound to, one whose window is not now: not found, and nothing is changed."""
    key = told["hers"] if why == "hers" else told["mine"]
    states = {"conflict": "conflicted", "released": "released", "undeclared": "assigned"}
    windows: dict[str, dict[str, Any]] = {
        "closed": {"state": "closed"},
        "over": {"closes_at": CLOCK - timedelta(seconds=1)},
        "early": {"opens_at": CLOCK + timedelta(hours=2)},
    }
    if why in states:
        change(place, Evaluation, key, state=states[why])
    if why in windows:
        change(place, EvaluationRound, told["round"], **windows[why])
    before = stored(place, key)
    refused = typed(client_for("one@experts.example"), key, told["first"], "met")
    assert (refused["status"], refused["code"]) == ("refused", 404)
    after = stored(place, key)
    assert (after.answers, after.stamps, after.state) == ({}, {}, before.state)


def test_nobody_of_the_secretariat(client_for: Clients, told: dict[str, Any]) -> None:
    """Scores are given by whoever was asked for them."""
    for who in ("officer@alpha.example", "manager@alpha.example", None):
        data = {"question": told["first"], told["first"]: "met"}
        answer = client_for(who).post(f"/alpha/inbox/evaluations/{told['mine']}/autosave", data=data)
        assert answer.status_code in (302, 303, 401, 403, 404), who
