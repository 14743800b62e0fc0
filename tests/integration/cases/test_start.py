"""Starting, answering and freezing a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.calls.models import Call
from portal.cases import queries
from portal.cases.service import answer, start
from portal.core.errors import NotAllowed, NotFound
from portal.infra.db import db
from portal.organisations.models import Organisation
from tests.factories import NOW, World


def started(world: World, who: str = "vilankulo.lead") -> object:
    """A draft of the municipality of Vilankulo."""
    call = db.session.scalars(select(Call).where(Call.id == world["alpha"].call)).one()
    organisation = db.session.get(Organisation, (world["alpha"].id, world["alpha"].organisations["vilankulo"]))
    assert organisation is not None
    return start.start_application(world.actor("alpha", who), call, organisation, "pt", NOW)


def test_a_lead_starts_a_draft_with_a_reference_of_its_year(alpha: World) -> None:
    case = started(alpha)
    assert (case.reference, case.state, case.owner, case.is_submitted) == ("AL-2026-0001", "draft", "applicant", False)
    assert started(alpha).reference == "AL-2026-0002"


def test_a_viewer_cannot_start(alpha: World) -> None:
    with pytest.raises(NotAllowed):
        started(alpha, "vilankulo.viewer")


def test_a_draft_is_the_applicants_alone(alpha: World) -> None:
    case = started(alpha)
    assert queries.by_reference(alpha.actor("alpha", "vilankulo.viewer"), case.reference).id == case.id
    for stranger in ("aleppo.lead", "officer", "auditor"):
        with pytest.raises(NotFound):
            queries.by_reference(alpha.actor("alpha", stranger), case.reference)


def test_the_newer_of_two_colliding_answers_wins_and_the_other_is_kept(alpha: World) -> None:
    case = started(alpha)
    lead, colleague = alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "vilankulo.contributor")
    first = answer.save_answer(case, "place", "title", "Old", lead, NOW, rev=0, typed_at=NOW)
    later = NOW + timedelta(minutes=2)
    second = answer.save_answer(case, "place", "title", "Newer", colleague, later, rev=0, typed_at=later)
    assert (first.status, second.status, second.other and second.other.value) == ("saved", "conflict", "Old")
    offline = answer.save_answer(
        case, "place", "title", "Typed offline", lead, later, rev=1, typed_at=NOW + timedelta(minutes=1)
    )
    assert offline.status == "stale"
    assert queries.answers_of(case.id)["place"]["title"] == "Newer"
    assert {row.value for row in queries.open_conflicts(case.id)} == {"Old", "Typed offline"}
    assert case.title == "Newer"
