"""A broken promise gets a coded reason from whoever works on it, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import events
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.service.explain import LONGEST_NOTE, explain
from portal.standards.models import Clock
from portal.standards.service import tally
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted

ClientFor = Callable[[str | None], FlaskClient]
LATER = NOW + timedelta(days=60)


def late_case(world: World, slug: str = "alpha") -> Case:
    """A case whose check came far too late."""
    case = submitted(world, slug) if slug == "alpha" else submitted(world, slug, "douala")
    events.append(case, "found_complete", world.actor(slug, "officer"), LATER)
    events.refresh_clocks(case, LATER)
    return case


def clock(case: Case) -> Clock:
    return db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.code == "CHK")).one()


def test_a_reason_is_kept_counted_and_may_be_changed(alpha: World) -> None:
    case, officer = late_case(alpha), alpha.actor("alpha", "officer")
    for reason in ("volume", "complexity"):
        explain(case, "CHK", "", reason, "Words", officer, LATER)
        assert clock(case).reason == reason
        assert [key[-1] for key in tally.kept() if key is not None and key[2] == "CHK"] == [reason]
    told = [event for event in queries.events_of(case.id) if event.kind == "breach_explained"]
    assert [event.data["reason"] for event in told] == ["volume", "complexity"]
    assert {event.audience for event in told} == {"staff"}
    assert tally.differences() == []


@pytest.mark.parametrize(
    ("reason", "note", "field"), [("", "", "reason"), ("weather", "", "reason"), ("other", " ", "note"),
                                  ("volume", "x" * (LONGEST_NOTE + 1), "note")],
)  # fmt: skip
def test_a_wrong_reason_names_its_field(alpha: World, reason: str, note: str, field: str) -> None:
    case = late_case(alpha)
    with pytest.raises(Invalid) as refused:
        explain(case, "CHK", "", reason, note, alpha.actor("alpha", "officer"), LATER)
    assert set(refused.value.problems) == {field}
    assert clock(case).reason == ""


def test_only_who_works_on_it_and_only_what_was_broken(alpha: World) -> None:
    case = late_case(alpha)
    for name, error in (("auditor", NotAllowed), ("translator", NotAllowed), ("vilankulo.lead", NotFound)):
        with pytest.raises(error):
            explain(case, "CHK", "", "volume", "", alpha.actor("alpha", name), LATER)
    officer = alpha.actor("alpha", "officer")
    for code, subject in (("NONE", ""), ("CHK", "tranche-9")):
        with pytest.raises(NotFound):
            explain(case, code, subject, "volume", "", officer, LATER)
    with pytest.raises(NotNow):
        explain(submitted(alpha), "CHK", "", "volume", "", officer, NOW)


def test_the_form_on_the_case_in_its_own_tenant_only(place: Place, world: World, client_for: ClientFor) -> None:
    references = {}
    for slug in ("alpha", "beta"):
        with place.app.app_context(), tenancy.scope(world[slug].id):
            references[slug] = late_case(world, slug).reference
            db.session.commit()
    client = client_for(world.email("alpha", "officer"))
    address = f"/alpha/desk/{references['alpha']}/"
    page = client.get(f"{address}?tab=clocks").text
    assert "Not explained yet" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "code": "CHK", "subject": "", "reason": "other", "note": ""}
    wrong = client.post(f"{address}explain/", data=form)
    assert (wrong.status_code, "is-invalid" in wrong.text) == (422, True)
    kept = client.post(f"{address}explain/", data=form | {"note": "A strike"})
    assert kept.status_code == 303
    assert "Another reason" in client.get(f"{address}?tab=clocks").text
    assert "A strike" in client.get(f"{address}?tab=history").text
    assert client.post(f"/alpha/desk/{references['beta']}/explain/", data=form).status_code == 404
    assert client.post(f"/beta/desk/{references['beta']}/explain/", data=form).status_code == 404
