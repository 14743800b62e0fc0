"""A concept note approved in principle goes on as a full proposal: linked, pre-filled, in time, or it lapses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.rules.prefill import carried
from portal.cases.service import answer, closing, next_stage, stages
from portal.cases.service.context import form_context
from portal.cases.service.move import make_move
from portal.cases.service.sweep import sweep
from portal.core.errors import NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.queries import record
from portal.standards import queries as standards
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.cases.two_stages import DAY, approved_in_principle, call_of
from tests.integration.insight.test_standards_admin import fields_of

SENT = NOW + 3 * DAY + timedelta(hours=1)


def cases_of(reference: str) -> Case:
    """The case with this reference."""
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def begun(world: World, note: Case, now: datetime = SENT + DAY) -> Case:
    """The full proposal, as the lead begins it."""
    return next_stage.begin_next(note, stories.who(world, note, "lead"), now)


def finished(world: World, case: Case, now: datetime, amount: str = "140000.00") -> Case:
    """A full proposal of which nothing is missing."""
    lead = stories.who(world, case, "lead")
    for section, values in proposals.answers(case, amount).items():
        answer.save_section(case, section, values, lead, now, seen={})
    return case


# -- what is taken over


def test_what_both_forms_ask_is_taken_over() -> None:
    note = instruments.form("concept_note", "application", 1)
    proposal = instruments.form("project_proposal", "application", 1)
    answers = {
        "who": {"submitter": {"name": "Ana"}},
        "place": {"title": "Plan", "activity_type": "cds", "scope": "no such choice",
                  "cities": [{"_row": "1", "city": {"name": "Beira"}}]},
        "idea": {"problem": "Floods", "objectives": "Fewer floods"},
        "support": {"environment": "Mangroves"},
        "sponsors": {"sponsors": [{"_row": "1", "organisation": "7", "proof": {"id": "x", "name": "a.pdf"}}]},
        "budget": {"amount": "100.00", "costs": [{"_row": "1", "source": "City"}]},
        "attachments": {"attachments": [{"_row": "1", "file": {"id": "y"}}]},
        "declaration": {"declaration": True},
    }  # fmt: skip
    found = carried(note.sections, answers, proposal.sections)
    assert found["place"] == {"title": "Plan", "activity_type": "cds", "cities": answers["place"]["cities"]}
    assert found["purpose"] == {"objectives": "Fewer floods"}, "the same question in a section of another name"
    assert found["environment"] == {"environment": "Mangroves"}
    assert found["sponsors"] == {"sponsors": [{"_row": "1", "organisation": "7"}]}, "a file belongs to its case"
    assert found["budget"] == {"amount": "100.00"}
    assert not {"attachments", "declaration", "idea"} & set(found)


# -- the road


def test_a_full_proposal_begins_with_the_note_and_ends_it(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    note = approved_in_principle(alpha, monkeypatch)
    assert (note.state, note.owner, stages.awaits(note)) == ("proposal_due", "applicant", True)
    due = stages.due_of(note)
    assert due == datetime(2026, 5, 7, 3, 59, 59, 999999, tzinfo=NOW.tzinfo), "two months after the letter"
    case = begun(alpha, note)
    assert (case.instrument, case.follows_id, case.call_id, case.state) == (
        "project_proposal", note.id, note.call_id, "draft",
    )  # fmt: skip
    assert (case.title, case.amount, case.language, case.monitor_id) == (
        note.title, note.amount, note.language, note.monitor_id,
    )  # fmt: skip
    assert closing.closing_of(case) == due
    assert begun(alpha, note).id == case.id, "once only"
    answers = queries.answers_of(case.id)
    assert answers["purpose"]["objectives"] == proposals.PROSE
    assert "declaration" not in answers
    lead = stories.who(alpha, note, "lead")
    finished(alpha, case, SENT + 2 * DAY)
    proposals.submit(alpha, case, SENT + 2 * DAY)
    note = queries.by_id(note.id)
    assert (note.state, case.state) == ("closed", "checking")
    told = [event for event in queries.events_of(note.id) if event.kind == "followed_by"]
    assert [(event.data["followed_by"], event.actor_id) for event in told] == [(case.reference, None)]
    clock = next(clock for clock, _ in standards.clocks_of([note.id]) if clock.code == "FUL")
    assert clock.state == "met"
    assert stages.next_of(note) is not None
    with pytest.raises(NotNow):
        make_move(note, "withdraw", lead, SENT + 3 * DAY)


def test_what_was_approved_in_principle_is_the_most(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = begun(alpha, approved_in_principle(alpha, monkeypatch))
    assert form_context(case, "en", SENT).amount_limit == Decimal(150000)
    finished(alpha, case, SENT + 2 * DAY, "150000.01")
    with pytest.raises(NotNow, match="not complete"):
        proposals.submit(alpha, case, SENT + 2 * DAY)


def test_a_draft_that_was_thrown_away_can_be_begun_anew(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    note = approved_in_principle(alpha, monkeypatch)
    first = begun(alpha, note)
    make_move(first, "discard", stories.who(alpha, note, "lead"), SENT + DAY)
    assert begun(alpha, note).id != first.id


def test_the_call_may_have_closed_long_ago(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    note = approved_in_principle(alpha, monkeypatch)
    call_of(alpha).closes_at = NOW + DAY
    case = finished(alpha, begun(alpha, note), SENT + DAY)
    assert proposals.submit(alpha, case, SENT + DAY).is_submitted


def test_without_a_full_proposal_the_approval_lapses(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    note = approved_in_principle(alpha, monkeypatch)
    case = finished(alpha, begun(alpha, note), SENT + DAY)
    due = stages.due_of(note)
    assert due is not None
    late = due + timedelta(hours=1)
    with pytest.raises(NotNow, match="was due on"):
        proposals.submit(alpha, case, late)
    assert stages.due_of(queries.by_id(note.id)) == due
    sweep(due - DAY)
    assert queries.by_id(note.id).state == "proposal_due"
    sweep(late)
    note = queries.by_id(note.id)
    assert note.state == "lapsed"
    assert [e.kind for e in queries.events_of(note.id)][-1] == "lapsed"
    with pytest.raises(NotNow, match="does not wait"):
        make_move(case, "submit", stories.who(alpha, case, "lead"), late + DAY)


def test_more_time_for_the_note_is_more_time_for_the_proposal(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    note = approved_in_principle(alpha, monkeypatch)
    case = finished(alpha, begun(alpha, note), SENT + DAY)
    before = closing.closing_of(case)
    more = {"days": "10", "reason": "The council meets late."}
    make_move(note, "extend_proposal", stories.who(alpha, note, "officer"), SENT + 2 * DAY, more)
    after = closing.closing_of(case)
    assert before is not None
    assert after is not None
    assert after - before == 14 * DAY, "ten working days"
    assert case.urgent_at == after, "lists show the new date"
    sweep(before + DAY)
    assert proposals.submit(alpha, case, after - DAY).is_submitted


def test_a_call_may_give_more_months(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call_of(alpha, next_months=4)
    note = approved_in_principle(alpha, monkeypatch)
    due = stages.due_of(note)
    assert due is not None
    assert due.date().isoformat() == "2026-07-07"
    (said, *_) = record.letters_of(note.id)
    text = " ".join(block.get("text", "") for block in said.source["blocks"])
    assert "no prazo de 4 meses" in text


def test_who_may_begin_it(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = proposals.submitted(alpha, amount="150000.00", instrument="concept_note")
    with pytest.raises(NotNow, match="does not wait"):
        begun(alpha, fresh)
    note = approved_in_principle(alpha, monkeypatch)
    for name in ("vilankulo.viewer", "vilankulo.signatory", "aleppo.lead", "officer"):
        with pytest.raises(NotAllowed):
            next_stage.begin_next(note, alpha.actor("alpha", name), SENT)
    call_of(alpha).next_instrument = ""
    with pytest.raises(NotNow, match="does not say"):
        begun(alpha, note)


# -- pages


def test_the_pages(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(NOW.tzinfo) - 5 * DAY
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        reference = approved_in_principle(world, monkeypatch, now=now).reference
        other = proposals.submitted(world, amount="150000.00", instrument="concept_note", now=now).reference
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    home = f"/alpha/cases/{reference}/"
    address = f"{home}full-proposal/"
    status = lead.get(f"{home}?lang=en").text
    assert "Your full proposal is due" in status
    assert f'href="{address}"' in status
    for language in ("en", "ar"):
        assert lead.get(f"{address}?lang={language}").status_code == 200
    viewer = client_for(world.email("alpha", "vilankulo.viewer"))
    assert f'action="{address}"' not in viewer.get(address).text
    form = fields_of(lead.get(address), address)
    assert viewer.post(address, data=form).status_code in (400, 403)
    begun_at = lead.post(address, data=form).location
    assert lead.post(address, data=form).location == begun_at
    assert lead.get(address).location == begun_at
    draft = lead.get(f"{begun_at}?lang=en").text
    assert f"It follows {reference}" in draft
    assert "closes" in draft
    assert "Finish and submit your full proposal" in lead.get(f"{home}?lang=en").text
    officer = client_for(world.email("alpha", "officer"))
    assert "It is followed by" not in officer.get(f"/alpha/desk/{reference}/?lang=en").text, "a draft is nobody's"
    proposal = begun_at.rstrip("/").rpartition("/")[2]
    assert officer.get(f"/alpha/desk/{proposal}/").status_code == 404
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = cases_of(proposal)
        proposals.submit(world, finished(world, case, datetime.now(NOW.tzinfo)), datetime.now(NOW.tzinfo))
        db.session.commit()
    assert f"It is followed by {proposal}" in officer.get(f"/alpha/desk/{reference}/?lang=en").text
    assert f"It follows {reference}" in officer.get(f"/alpha/desk/{proposal}/?lang=en").text
    assert lead.get(f"/alpha/cases/{other}/full-proposal/").status_code == 404
    for stranger, status_code in (("aleppo.lead", 404), ("officer", 403), ("stranger", 404)):
        client = client_for(world.email("alpha", stranger))
        assert client.get(address).status_code == status_code
    assert client_for(world.email("beta", "douala.lead")).get(address).status_code == 404
