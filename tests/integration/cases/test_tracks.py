"""Tracks beside a case's state, and the route it takes under the policy of the day it was submitted."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from portal.cases import queries
from portal.cases.models import Case, CaseTrack
from portal.cases.service import answer, pages, route, steps, tracks
from portal.cases.service.move import make_move, workflow_of
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotNow
from portal.core.routes import ENVIRONMENT
from portal.infra import pdf, tenancy, worker
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant
from portal.tenants.service import publish_policy
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories

DAY = timedelta(days=1)


def set_policy(tenant_id: int, **rules: Any) -> None:
    """Change a tenant's policy as an administrator would."""
    row = db.session.get(Tenant, tenant_id)
    assert row is not None
    row.policy_data = {**row.policy_data, **rules}
    db.session.commit()
    tenants.forget()


def coordinated(world: World, **more: Any) -> Case:
    """A proposal that is with the members, with the country asked beside it."""
    case = proposals.to_coordinate(world, proposals.submitted(world, **more))
    assert case.state == "to_coordinate"
    return make_move(case, "circulate_for_coordination", Actor.system(case.tenant_id), NOW + DAY)


def test_a_track_is_opened_closed_and_shown_with_its_clock(alpha: World) -> None:
    case = coordinated(alpha)
    (track,) = tracks.shown(case)
    assert (track.code, track.state, track.since, track.until) == ("concurrence", "open", NOW + DAY, None)
    assert track.clock is not None
    assert (track.clock.code, track.clock.subject) == ("CON", "concurrence")
    officer = stories.who(alpha, case, "officer")
    make_move(case, "close_concurrence", officer, NOW + 2 * DAY, {"outcome": "concurs", "note": "Letter of 3 March"})
    (track,) = tracks.shown(case)
    assert (track.state, track.outcome, track.until) == ("ended", "concurs", NOW + 2 * DAY)
    told = [(e.kind, e.subject) for e in queries.events_of(case.id) if e.kind.startswith("track_")]
    assert told == [("track_opened", "concurrence"), ("track_closed", "concurrence")]


def test_what_is_open_or_objected_to_holds_the_case_up(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("window_over", "comments_answered"):
        monkeypatch.setitem(steps.GUARDS, name, lambda _step: None)
    case = coordinated(alpha)
    officer, manager = stories.who(alpha, case, "officer"), stories.who(alpha, case, "manager")
    make_move(case, "close_coordination", Actor.system(case.tenant_id), NOW + 15 * DAY)
    with pytest.raises(NotNow, match="is not finished"):
        make_move(case, "recommend", officer, NOW + 16 * DAY)
    make_move(case, "close_concurrence", officer, NOW + 16 * DAY, {"outcome": "objects"})
    with pytest.raises(NotNow, match="there is an objection"):
        make_move(case, "recommend", officer, NOW + 16 * DAY)
    with pytest.raises(NotAllowed):
        make_move(case, "waive_concurrence", officer, NOW + 16 * DAY, {"grounds": "No answer in a month."})
    make_move(case, "waive_concurrence", manager, NOW + 17 * DAY, {"grounds": "No answer in a month."})
    (track,) = tracks.shown(case)
    assert (track.state, track.grounds) == ("waived", "No answer in a month.")
    assert make_move(case, "recommend", officer, NOW + 18 * DAY).state == "to_circulate"


def test_only_what_is_open_beside_a_case_has_an_end(alpha: World) -> None:
    case = coordinated(alpha)
    moves = workflow_of(case).moves
    assert tracks.is_settled(case, moves["waive_panel"]), "nobody asked for an external evaluation"
    assert not tracks.is_settled(case, moves["close_concurrence"])
    make_move(case, "close_concurrence", stories.who(alpha, case, "officer"), NOW + 2 * DAY, {"outcome": "concurs"})
    assert tracks.is_settled(case, moves["close_concurrence"])
    assert not tracks.is_settled(case, moves["recommend"]), "a move that ends no track is never settled"


def test_rows_are_made_again_from_the_events(alpha: World) -> None:
    case = coordinated(alpha)
    officer = stories.who(alpha, case, "officer")
    make_move(case, "ask_panel", officer, NOW + 2 * DAY, {"reason": "A large sum."})
    make_move(case, "close_concurrence", officer, NOW + 2 * DAY, {"outcome": "concurs"})

    def kept() -> list[tuple[Any, ...]]:
        return [(r.code, r.state, r.opened_at, r.ended_at, r.outcome, r.ended_by_name) for r in tracks.rows_of(case)]

    before = kept()
    assert [row[:2] for row in before] == [("concurrence", "ended"), ("panel", "open")]
    db.session.execute(delete(CaseTrack).where(CaseTrack.case_id == case.id))
    db.session.add(CaseTrack(case_id=case.id, code="ghost", state="open", opened_at=NOW))
    db.session.flush()
    tracks.rebuild(case)
    assert kept() == before


def test_a_track_belongs_to_its_tenant(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        coordinated(world)
        db.session.commit()
    with tenancy.scope(world["beta"].id):
        assert db.session.scalars(select(CaseTrack)).all() == []


@pytest.mark.parametrize(
    ("amount", "citywide", "expected", "obliged"),
    [("75000.00", False, "small", []), ("75000.00", True, "small", [ENVIRONMENT]), ("250000.00", False, "middle", []),
     ("250000.01", False, "large", [ENVIRONMENT])],
)  # fmt: skip
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # what is chosen does not depend on the database
def test_the_amount_and_the_scope_choose_the_route(
    alpha: World, amount: str, citywide: bool, expected: str, obliged: list[str]
) -> None:
    case = proposals.submitted(alpha, amount=amount, citywide=citywide)
    assert case.route == expected
    assert [one.code for one in route.obligations_of(case)] == obliged
    if amount == "250000.01":
        (one,) = route.obligations_of(case)
        assert one.reason.values["limit"] == Decimal(250000)


def test_a_running_case_keeps_its_policy_and_a_new_one_follows(app: Flask, world: World) -> None:
    alpha = world["alpha"].id
    with tenancy.scope(alpha):
        running = proposals.submitted(world, amount="200000.00").id
        db.session.commit()
        set_policy(alpha, middle_limit="100000", instrument_limits={"project_proposal": "300000"})
        case = queries.by_id(running)
        assert (case.route, route.policy_of(case).middle_limit) == ("middle", Decimal(250000))
        assert route.policy_of(case).limit_for("project_proposal") == Decimal(500000)
        # It comes back mended: still under the limits of the day it was first submitted.
        stories.returned(world, case, NOW + DAY, "purpose")
        make_move(case, "resubmit", stories.who(world, case, "lead"), NOW + 2 * DAY)
        assert case.route == "middle"
        assert proposals.submitted(world, amount="200000.00", organisation="aleppo").route == "large"
    with tenancy.scope(world["beta"].id):
        assert tenants.by_id(world["beta"].id).policy.middle_limit == Decimal(250000)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_is_not_funded_or_above_the_limit_cannot_be_submitted(alpha: World) -> None:
    case = proposals.draft(alpha, screening="emergency")
    with pytest.raises(NotNow) as refused:
        proposals.submit(alpha, case)
    assert "disaster" in str(refused.value.message.values["why"].get("en"))
    warned = proposals.draft(alpha, screening="research", organisation="aleppo")
    assert proposals.submit(alpha, warned).state == "checking"
    rows = route.told_by_screening(warned.instrument, queries.answers_of(warned.id))
    assert [row["consequence"] for row in rows] == ["warn"]
    above = proposals.draft(alpha, amount="500000.01", organisation="aleppo")
    with pytest.raises(NotNow, match="not complete"):
        proposals.submit(alpha, above)


def test_an_appeal_is_in_time_for_thirty_days_and_another_manager_decides(alpha: World) -> None:
    case = proposals.submitted(alpha)
    stories.doubted(alpha, case, NOW + DAY)
    stories.found_not_eligible(alpha, case, NOW + 2 * DAY)
    stories.letter_sent(alpha, case, NOW + 3 * DAY)
    assert case.state == "not_eligible"
    lead = stories.who(alpha, case, "lead")
    with pytest.raises(NotNow, match="ended on"):
        make_move(case, "appeal", lead, NOW + 40 * DAY, {"grounds": "We are a city."})
    make_move(case, "appeal", lead, NOW + 20 * DAY, {"grounds": "We are a city."})
    assert case.state == "eligibility_doubted"
    with pytest.raises(NotNow, match="another programme manager"):
        make_move(case, "confirm_not_eligible", stories.who(alpha, case, "manager"), NOW + 21 * DAY)


@pytest.mark.skipif(not pdf.available(), reason="no PDFs on this machine")
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("consequence", ["note", "lose_standard", "refuse"])
def test_a_submission_longer_than_allowed_has_the_consequence_of_the_policy(
    app: Flask, world: World, consequence: str
) -> None:
    alpha = world["alpha"].id
    with tenancy.scope(alpha):
        set_policy(alpha, page_consequence=consequence, page_limits={"project_proposal": 1})
        case = proposals.draft(world)
        db.session.commit()
        if consequence == "refuse":
            with pytest.raises(NotNow, match="counting the pages"):
                proposals.submit(world, case)
            db.session.rollback()
            run_jobs(app)
            with pytest.raises(NotNow, match="are allowed"):
                proposals.submit(world, queries.by_id(case.id))
            return
        proposals.submit(world, case)
        db.session.commit()
        run_jobs(app)
        kinds = {event.kind for event in queries.events_of(case.id)}
        assert ("over_length" in kinds, "length_noted" in kinds) == (consequence != "note", consequence == "note")


@pytest.mark.skipif(not pdf.available(), reason="no PDFs on this machine")
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_draft_that_nobody_touches_is_counted_when_the_rules_begin_to_refuse(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = proposals.draft(world)
        db.session.commit()
        rules = tenants.by_id(case.tenant_id).policy.to_data() | {"page_consequence": "refuse"}
        publish_policy(rules, "Short ones are read.", 0, world.actor("alpha", "administrator"), NOW)
        db.session.commit()
        with pytest.raises(NotNow, match="counting the pages"):
            proposals.submit(world, case)
        db.session.rollback()
        run_jobs(app)
        assert proposals.submit(world, queries.by_id(case.id)).state == "checking"


@pytest.mark.skipif(not pdf.available(), reason="no PDFs on this machine")
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_answers_changed_back_after_a_while_are_counted(app: Flask, world: World) -> None:
    """The job of the first wording found the second one; the first comes back and has no count yet."""
    with tenancy.scope(world["alpha"].id):
        set_policy(world["alpha"].id, page_consequence="refuse")
        case = proposals.draft(world)
        lead, wording = world.actor("alpha", "vilankulo.lead"), dict(queries.answers_of(case.id)["purpose"])
        code = next(code for code, words in wording.items() if isinstance(words, str) and words)
        for words, after in ((f"{wording[code]}!", 5), (wording[code], 90)):
            typed = NOW + timedelta(seconds=after)
            answer.save_section(queries.by_id(case.id), "purpose", {**wording, code: words}, lead, typed, seen={})
            db.session.commit()
            run_jobs(app, NOW + timedelta(seconds=after + 60))
        case = queries.by_id(case.id)
        assert pages.counted(case, pages.digest_of(case)) is not None


def run_jobs(app: Flask, now: datetime = NOW + 2 * DAY) -> None:
    """Run the jobs that wait."""
    while worker.run_once(app, now):
        pass
