"""Donor coordination: a circular made and sent, comments, answers, the end of the window."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.models import Circular, CircularAddressee
from portal.members.queries import circulars, membership, waiting
from portal.members.rules.words import MEMBERS
from portal.members.service import answer, circular, close
from portal.organisations import queries as organisations
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.members import people

DAY = timedelta(days=1)


def test_a_circular_goes_to_every_member_of_the_day_each_in_its_language(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha))
    row = people.circulated(alpha, "alpha", [case], "coordination", NOW + DAY)
    assert (row.number, row.state, row.sent_at) == (1, "sent", NOW + DAY)
    asked = db.session.scalars(select(CircularAddressee).where(CircularAddressee.circular_id == row.id)).all()
    assert {one.organisation_id for one in asked} == set(found.values()), "who has left is not asked"
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "circular")).all()
    assert {mail.to_address: mail.language for mail in mails} == {
        "gavea@alpha.example": "fr", "norlan@alpha.example": "en", "habita@alpha.example": "ar",
    }  # fmt: skip
    assert all(case.reference in mail.text_body and "/alpha/circulars/1/" in mail.text_body for mail in mails)
    assert case.state == "coordinating"
    assert waiting.candidates(NOW + DAY)["coordination"] == []


def test_a_member_without_a_focal_point_is_asked_but_not_reached(alpha: World) -> None:
    people.join(alpha, "alpha")
    gone = people.speaker(alpha, "alpha", "norlan")
    (key,) = gone.member_organisations
    db.session.query(type(membership.focal_points([key])[key][0])).filter_by(id=gone.person_id).update(
        {"active": False}
    )
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha))
    row = people.circulated(alpha, "alpha", [case], "coordination", NOW + DAY)
    people.mails_arrive()
    told = {one.organisation: one.arrival for one in circulars.addressees(row.id)}
    assert told == {"Gavea": "reached", "Habita": "reached", "Norlan": "bounced"}


def test_only_what_waits_can_be_sent_and_only_once(alpha: World) -> None:
    people.join(alpha, "alpha")
    officer, manager = alpha.actor("alpha", "officer"), alpha.actor("alpha", "manager")
    case, other = (proposals.to_coordinate(alpha, proposals.submitted(alpha)) for _ in range(2))
    draft = proposals.draft(alpha)
    with pytest.raises(Invalid):
        circular.compose({"coordination": [draft.id], "recommended": [case.id]}, "", officer, NOW)
    for name in ("auditor", "translator", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            circular.compose({"coordination": [case.id]}, "", alpha.actor("alpha", name), NOW)
    row = circular.compose({"coordination": [case.id, other.id]}, "Dear members,", officer, NOW)
    again = circular.compose({"coordination": [other.id, case.id]}, "Dear all,", manager, NOW)
    assert again.id == row.id, "there is one draft"
    assert [one.id for _, one in circulars.items(row.id)] == [other.id, case.id]
    make_move(other, "withdraw", stories.who(alpha, other, "lead"), NOW + stories.HOUR * 6, {})
    with pytest.raises(NotNow, match="has moved on"):
        circular.send(row.number, officer, NOW + DAY)
    circular.compose({"coordination": [case.id]}, "", officer, NOW + DAY)
    circular.send(row.number, officer, NOW + DAY)
    with pytest.raises(NotNow, match="sent already"):
        circular.send(row.number, officer, NOW + DAY)
    with pytest.raises(NotNow):
        circular.discard(row.number, officer)


def test_a_draft_is_thrown_away(alpha: World) -> None:
    officer = alpha.actor("alpha", "officer")
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha))
    row = circular.compose({"coordination": [case.id]}, "", officer, NOW)
    circular.discard(row.number, officer)
    assert db.session.scalars(select(Circular)).all() == []
    assert case.state == "to_coordinate"


def test_comments_are_answered_before_the_recommendation(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = people.coordinating(alpha)
    item, officer = people.item_of(case, "coordination"), alpha.actor("alpha", "officer")
    gavea = people.speaker(alpha, "alpha", "gavea")
    said = answer.comment(item.id, found["gavea"], "Who pays for the pumps?", MEMBERS, gavea, item.closes_at)
    with pytest.raises(NotNow, match="could not be counted"):
        answer.comment(
            item.id, found["gavea"], "And who repairs them?", MEMBERS, gavea, item.closes_at + timedelta(seconds=1)
        )
    with pytest.raises(Invalid):
        answer.comment(item.id, found["gavea"], " ", MEMBERS, gavea, NOW + DAY)
    ends = people.close_over(case, "coordination")
    assert case.state == "answering"
    then = ends + stories.HOUR
    make_move(case, "close_concurrence", officer, then, {"outcome": "concurs"})
    with pytest.raises(NotNow, match="Comments of members"):
        make_move(case, "recommend", officer, then)
    with pytest.raises(NotAllowed):
        answer.answer_comment(case, said.id, "explained", "The city does.", gavea, then)
    other = people.coordinating(alpha, now=NOW + DAY)
    with pytest.raises(NotFound):
        answer.answer_comment(other, said.id, "explained", "The city does.", officer, then)
    answer.answer_comment(case, said.id, "explained", "The city does.", officer, then)
    with pytest.raises(NotNow):
        answer.answer_comment(case, said.id, "accepted", "The city does.", officer, then)
    assert "comments_answered" in {event.kind for event in cases.events_of(case.id)}
    assert make_move(case, "recommend", officer, then).state == "to_circulate"


def test_nothing_of_what_members_say_is_told_to_the_applicant(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.say(alpha, case, "gavea", "objection", case.state_since + stories.HOUR, "The loan is not agreed.")
    answer.withdraw_objection(
        people.item_of(case).id, found["gavea"], "", people.speaker(alpha, "alpha", "gavea"), case.state_since
    )
    kinds = {event.kind for event in cases.events_of(case.id, audience="applicant")}
    assert not kinds & {"commented", "objected", "objection_made", "objection_withdrawn", "member_answered"}


def test_a_case_withdrawn_meanwhile_is_taken_off_the_list(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.coordinating(alpha)
    make_move(case, "withdraw", stories.who(alpha, case, "lead"), NOW + DAY, {})
    ends = people.item_of(case, "coordination").closes_at
    assert close.close_windows(ends + DAY) == close.Closed(cancelled=1)
    assert people.item_of(case, "coordination").state == "cancelled"


def test_approved_cases_stand_in_the_next_circular_once_their_letter_is_sent(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = stories.submitted(alpha)
    now = NOW
    for step in stories.TO_DECIDED:
        now += stories.HOUR * 3
        step(alpha, case, now)
    assert waiting.candidates(now)["approved"] == []
    stories.letter_sent(alpha, case, now + stories.HOUR)
    assert [one.id for one in waiting.candidates(now + DAY)["approved"]] == [case.id]
    row = people.circulated(alpha, "alpha", [case], "approved", now + DAY)
    assert waiting.candidates(now + 2 * DAY)["approved"] == []
    ((item, _),) = circulars.items(row.id)
    assert (item.state, item.closes_at) == ("listed", None)


def test_membership_is_a_matter_of_days(app: Flask, world: World) -> None:
    for slug in ("alpha", "beta"):
        with tenancy.scope(world[slug].id):
            people.join(world, slug, since=date(2026, 3, 4))
            assert membership.members_on(date(2026, 3, 3)) == []
            assert [row.name for row in membership.members_on(date(2026, 3, 4))] == ["Gavea", "Habita", "Norlan"]
            offered = [name for _, name in organisations.member_names(date(2026, 3, 4))]
            assert offered == ["Gavea", "Habita", "Norlan"], "a form offers as sponsors who is a member today"
            assert [row.name for row in membership.members_on(date(2000, 12, 31))] == [f"Sponsor of {slug}"]
            db.session.rollback()
