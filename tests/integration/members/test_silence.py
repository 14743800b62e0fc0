"""Approval by silence: the window, who was asked, reached and silent, objections, and races with the deadline."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import sweep
from portal.cases.service.move import make_move, offers
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.models import CircularAddressee, MemberStance
from portal.members.queries import circulars
from portal.members.service import answer, circular, close
from portal.review import show_history
from portal.review.queries import record
from portal.standards import queries as standards
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.cases.test_tracks import set_policy
from tests.integration.members import people

SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=2)


def told(case: Case, kind: str) -> list[dict[str, object]]:
    """What the events of a kind say."""
    return [event.data for event in cases.events_of(case.id) if event.kind == kind]


def test_silence_approves_at_the_end_of_the_fourteenth_day(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    item = people.item_of(case)
    assert item.closes_at is not None
    assert (item.closes_at - item.opens_at).days == 14
    close.close_windows(item.closes_at + SECOND)
    assert case.state == "circulated", "for a minute the system leaves a window that is over alone"
    close.close_windows(item.closes_at + MINUTES)
    assert (case.state, item.state) == ("decided", "ended")
    (said,) = told(case, "deemed_approved")
    assert said["asked"] == said["reached"] == said["silent"] == ["Gavea", "Habita", "Norlan"]
    assert said["unreached"] == []
    event = next(e for e in cases.events_of(case.id) if e.kind == "deemed_approved")
    assert (event.at, event.actor_role) == (item.closes_at, "system")
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert decision.outcome == "approved"
    clock = next(clock for clock, _ in standards.clocks_of([case.id]) if clock.code == "NOB")
    assert clock.state == "met"
    assert close.close_windows(item.closes_at + 2 * MINUTES) == close.Closed()


def test_the_history_names_whose_silence_approved(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    close.close_windows(people.item_of(case).closes_at + MINUTES)
    told_first, *earlier = show_history.history(cases.events_of(case.id), "UTC")
    everybody = ["Gavea", "Habita", "Norlan"]
    assert told_first["members"] == [("Asked", everybody), ("Reached", everybody), ("Silent", everybody)]
    assert not any(entry["members"] for entry in earlier)
    assert "Concurrence of the country" in {entry["subject"] for entry in earlier}


def test_the_sweep_of_the_clocks_tells_no_breach_of_a_window_that_is_being_closed(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    ends = people.item_of(case).closes_at
    sweep.sweep_case(case.id, ends + SECOND)
    close.close_windows(ends + MINUTES)
    sweep.sweep_case(case.id, ends + 2 * MINUTES)
    assert case.state == "decided"
    assert not [e for e in cases.events_of(case.id) if e.kind == "breached" and e.data["clock"] == "NOB"]


def test_an_objection_needs_a_reason_and_stops_the_route(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    now = case.state_since + stories.HOUR
    with pytest.raises(Invalid) as refused:
        people.say(alpha, case, "gavea", "objection", now, "  ")
    assert "reason" in refused.value.problems
    people.say(alpha, case, "gavea", "objection", now, "The loan is not agreed.")
    assert (case.state, people.item_of(case).state) == ("contested", "contested")
    people.say(alpha, case, "norlan", "no_objection", now + stories.HOUR)
    running = {clock.code: clock.state for clock, _ in standards.clocks_of([case.id])}
    assert (running["NOB"], running["OBJ"]) == ("lost", "running")
    ends = people.item_of(case).closes_at
    close.close_windows(ends + MINUTES)
    assert case.state == "contested", "time does not settle an objection"
    with pytest.raises(NotNow, match="objection"):
        make_move(case, "objection_settled", stories.who(alpha, case, "officer"), ends + MINUTES)


def test_the_last_objection_withdrawn_frees_the_route(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    now = case.state_since + stories.HOUR
    people.say(alpha, case, "gavea", "objection", now, "The loan is not agreed.")
    people.say(alpha, case, "habita", "discussion", now + SECOND, "We want to hear the city.")
    item = people.item_of(case)
    people.say(alpha, case, "habita", "no_objection", now + 2 * SECOND)
    assert case.state == "contested"
    later = item.closes_at + timedelta(days=3)
    answer.withdraw_objection(item.id, found["gavea"], "Agreed now.", people.speaker(alpha, "alpha", "gavea"), later)
    assert (case.state, item.state) == ("circulated", "open")
    close.close_windows(later + SECOND)
    assert case.state == "decided"
    event = next(e for e in cases.events_of(case.id) if e.kind == "deemed_approved")
    assert event.at == later, "what was held up goes on when the objection is settled"
    assert event.data["silent"] == ["Gavea", "Norlan"]
    endings = [row.ending for row in circulars.stances_of(case.id)]
    assert endings == ["withdrawn", "withdrawn", ""]


def test_overruled_only_by_the_body_that_the_policy_names(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    people.say(alpha, case, "gavea", "objection", case.state_since + stories.HOUR, "The loan is not agreed.")
    now = case.state_since + stories.HOUR
    set_policy(case.tenant_id, objection_body="")
    manager = stories.who(alpha, case, "manager")
    with pytest.raises(NotNow, match="nobody"):
        make_move(case, "overrule", manager, now, {"grounds": "The Committee met."})
    set_policy(case.tenant_id, objection_body="executive_committee")
    make_move(case, "overrule", manager, now, {"grounds": "The Committee met on 5 May."})
    assert case.state == "decided"
    (row,) = circulars.stances_of(case.id)
    assert (row.ending, row.ending_reason) == ("overruled", "The Committee met on 5 May.")
    (said,) = told(case, "objection_overruled")
    assert said["body"] == "executive_committee"
    assert people.item_of(case).state == "ended"


def test_what_changed_is_circulated_again_in_a_window_of_its_own(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    officer = stories.who(alpha, case, "officer")
    refusal = {offer.move.code: offer.refusal for offer in offers(case, officer, case.state_since)}
    assert refusal["circulate_again"] is not None, "while members may answer nobody circulates anew"
    now = case.state_since + stories.HOUR
    people.say(alpha, case, "gavea", "objection", now, "The loan is not agreed.")
    make_move(case, "circulate_again", officer, now + stories.HOUR, {"reason": "The loan is agreed now."})
    assert case.state == "to_circulate"
    people.circulated(alpha, "alpha", [case], "recommended", now + timedelta(days=2))
    people.mails_arrive()
    assert case.state == "circulated"
    ends = people.close_over(case, "recommended")
    assert case.state == "decided"
    assert ends > now + timedelta(days=15)


# -- who was reached


def test_a_mail_that_bounced_is_not_silence(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    item = people.item_of(case)
    officer = alpha.actor("alpha", "officer")
    people.mails_arrive()
    rows = {one.organisation: one.row for one in circulars.addressees(item.circular_id)}
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.id == rows["Gavea"].mail_id)).one()
    mail.state = "failed"
    circular.record_bounce(rows["Norlan"].id, officer, case.state_since)
    people.close_over(case, "recommended")
    assert case.state == "decided"
    (said,) = told(case, "deemed_approved")
    assert said["asked"] == ["Gavea", "Habita", "Norlan"]
    assert said["reached"] == said["silent"] == ["Habita"]
    assert said["unreached"] == ["Gavea", "Norlan"]


def test_silence_of_too_few_does_not_approve(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    set_policy(case.tenant_id, silence_quorum=60)
    item = people.item_of(case)
    officer = alpha.actor("alpha", "officer")
    people.mails_arrive()
    rows = {one.organisation: one.row for one in circulars.addressees(item.circular_id)}
    for name in ("Gavea", "Norlan"):
        circular.record_bounce(rows[name].id, officer, case.state_since)
    people.close_over(case, "recommended")
    assert (case.state, item.state) == ("circulated", "ended")
    (said,) = told(case, "silence_insufficient")
    assert (said["reached"], said["quorum"]) == (["Habita"], 60)
    wording = select(OutboxMail).where(OutboxMail.template == "silence_insufficient")
    assert db.session.scalars(wording).first() is not None
    with pytest.raises(NotNow):
        people.say(alpha, case, "habita", "objection", item.closes_at - SECOND, "Too late for this circular.")
    again = people.item_of(case).closes_at + timedelta(days=1)
    make_move(case, "circulate_again", officer, again, {"reason": "Two members were not reached."})
    people.circulated(alpha, "alpha", [case], "recommended", again + stories.HOUR)
    people.mails_arrive()
    people.close_over(case, "recommended")
    assert case.state == "decided"


def test_nobody_reached_is_no_silence_at_all(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive("failed")
    people.close_over(case, "recommended")
    assert case.state == "circulated"


def test_whom_a_second_mail_or_the_page_itself_reached_is_reached(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    item, now = people.item_of(case), case.state_since
    officer = alpha.actor("alpha", "officer")
    people.mails_arrive("failed")
    circular.mark_seen(item.circular_id, people.speaker(alpha, "alpha", "gavea"), now)
    rows = {one.organisation: one for one in circulars.addressees(item.circular_id)}
    assert {name: one.arrival for name, one in rows.items()} == {
        "Gavea": "reached", "Habita": "bounced", "Norlan": "bounced",
    }  # fmt: skip
    with pytest.raises(NotNow):
        circular.send_again(rows["Gavea"].row.id, officer, now)
    with pytest.raises(NotNow):
        circular.record_bounce(rows["Gavea"].row.id, officer, now)
    circular.send_again(rows["Habita"].row.id, officer, now)
    people.mails_arrive()
    found = {one.organisation: one.arrival for one in circulars.addressees(item.circular_id)}
    assert found == {"Gavea": "reached", "Habita": "reached", "Norlan": "bounced"}


def test_a_recused_member_is_neither_silent_nor_for_it(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.mails_arrive()
    people.say(alpha, case, "gavea", "recused", case.state_since + SECOND, "We pay for the study.")
    people.say(alpha, case, "norlan", "no_objection", case.state_since + SECOND)
    people.close_over(case, "recommended")
    (said,) = told(case, "deemed_approved")
    assert (said["recused"], said["agreed"], said["silent"]) == (["Gavea"], ["Norlan"], ["Habita"])


# -- who may


def test_only_a_focal_point_of_a_member_asked_may_answer(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = people.before_members(alpha)
    item, now = people.item_of(case), case.state_since
    for name in ("officer", "manager", "vilankulo.lead", "auditor"):
        with pytest.raises(NotAllowed):
            answer.take_stance(item.id, found["gavea"], "no_objection", "", alpha.actor("alpha", name), now)
    gavea = people.speaker(alpha, "alpha", "gavea")
    with pytest.raises(NotAllowed):
        answer.take_stance(item.id, found["norlan"], "no_objection", "", gavea, now)
    row = db.session.scalars(select(CircularAddressee).where(CircularAddressee.organisation_id == found["gavea"]))
    for addressee in row:
        db.session.delete(addressee)
    db.session.flush()
    with pytest.raises(NotFound):
        answer.take_stance(item.id, found["gavea"], "no_objection", "", gavea, now)


# -- the deadline


def test_the_last_second_counts_and_one_later_is_told_kindly(app: Flask, world: World) -> None:
    for slug in ("alpha", "beta"):
        with tenancy.scope(world[slug].id):
            people.join(world, slug)
            organisation = "vilankulo" if slug == "alpha" else "namibia"
            cases_ = [people.before_members(world, slug, organisation=organisation) for _ in range(2)]
            people.mails_arrive()
            for case, late in zip(cases_, (False, True), strict=True):
                ends = people.item_of(case).closes_at
                if not late:
                    people.say(world, case, "gavea", "objection", ends, "Just in time.")
                    close.close_windows(ends + MINUTES)
                    assert case.state == "contested"
                    continue
                with pytest.raises(NotNow, match="before your answer came"):
                    people.say(world, case, "gavea", "objection", ends + SECOND, "A second late.")
                close.close_windows(ends + MINUTES)
                assert case.state == "decided"
            db.session.rollback()


@pytest.mark.parametrize("first", ["objection", "sweep"])
def test_an_objection_in_its_last_instant_races_the_sweep(place: Place, first: str) -> None:
    """Two writers at once: whoever comes first, one of them wins wholly, and an objection in time is never lost."""
    world = place.world
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        people.join(world, "alpha")
        case = people.before_members(world)
        people.mails_arrive()
        key, ends = case.id, people.item_of(case).closes_at
        db.session.commit()
    ready, results = threading.Barrier(2), dict[str, str]()

    def run(name: str) -> None:
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            own = cases.by_id(key)
            item, actor = people.item_of(own).id, people.speaker(world, "alpha", "gavea")
            db.session.rollback()
            ready.wait(10)
            try:
                if name == "objection":
                    answer.take_stance(item, actor.member_organisations[0], "objection", "No.", actor, ends)
                else:
                    # Before the minute is over the sweep leaves the window alone; afterwards it closes it.
                    close.close_windows(ends + (SECOND if first == "objection" else MINUTES))
                db.session.commit()
                results[name] = "done"
            except NotNow:
                db.session.rollback()
                results[name] = "refused"
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("objection", "sweep")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        own = cases.by_id(key)
        said = db.session.scalars(select(MemberStance).where(MemberStance.case_id == key)).all()
        assert results["sweep"] == "done"
        if first == "objection":
            assert (results["objection"], own.state, len(said)) == ("done", "contested", 1)
        else:
            assert own.state == ("contested" if results["objection"] == "done" else "decided")
            assert len(said) == (1 if results["objection"] == "done" else 0)
        db.session.remove()


@pytest.mark.parametrize("verb", ["send", "object"])
def test_two_at_once(place: Place, verb: str) -> None:
    """Two officers send the same circular: one is told that it was sent. Two members object: both objections stand."""
    world = place.world
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        people.join(world, "alpha")
        case = people.to_circulate(world) if verb == "send" else people.before_members(world)
        now = case.state_since + SECOND
        number = 0
        if verb == "send":
            number = circular.compose({"recommended": [case.id]}, "", world.actor("alpha", "officer"), now).number
        key = case.id
        db.session.commit()
    ready, results = threading.Barrier(2), list[str]()

    def run(name: str) -> None:
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            ready.wait(10)
            try:
                if verb == "send":
                    circular.send(number, world.actor("alpha", name), now)
                else:
                    people.say(world, cases.by_id(key), name, "objection", now, "No.")
                db.session.commit()
                results.append("done")
            except NotNow:
                db.session.rollback()
                results.append("refused")
            finally:
                db.session.remove()

    names = ("officer", "manager") if verb == "send" else ("gavea", "norlan")
    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        if verb == "send":
            assert sorted(results) == ["done", "refused"]
            assert len(db.session.scalars(select(CircularAddressee)).all()) == 6, "three members, two circulars"
        else:
            assert results == ["done", "done"]
            assert (cases.by_id(key).state, len(circulars.objecting(key))) == ("contested", 2)
        db.session.remove()
