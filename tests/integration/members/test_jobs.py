"""The worker closes the windows of every tenant by itself, and a case that cannot be moved holds up no other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.infra import jobs, tenancy, worker
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.service import close, remind
from tests.factories import World
from tests.integration.members import people

MINUTES = timedelta(minutes=2)


def look(now: datetime) -> None:
    """What the runner does every half minute."""
    jobs.enqueue("members.look", {}, tenant_id=None, now=now)
    db.session.commit()


def test_the_worker_closes_the_windows_of_both_tenants(app: Flask, world: World) -> None:
    keys, ends = {}, []
    for slug, organisation in (("alpha", "vilankulo"), ("beta", "namibia")):
        with tenancy.scope(world[slug].id):
            people.join(world, slug)
            case = people.before_members(world, slug, organisation=organisation)
            keys[slug] = case.id
            ends.append(people.item_of(case).closes_at)
            db.session.commit()
    worker.run_all(app, max(ends) - timedelta(days=1))  # the mails leave
    look(max(ends) + MINUTES)
    worker.run_all(app, max(ends) + MINUTES)
    for slug, key in keys.items():
        with tenancy.scope(world[slug].id):
            case = cases.by_id(key)
            assert case.state == "decided"
            event = next(e for e in cases.events_of(key) if e.kind == "deemed_approved")
            assert event.data["silent"] == ["Gavea", "Habita", "Norlan"]
            db.session.rollback()


def test_one_case_that_cannot_be_moved_holds_up_no_other(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people.join(alpha, "alpha")
    first, second = people.before_members(alpha), people.before_members(alpha)
    people.mails_arrive()
    ends = max(people.item_of(case).closes_at for case in (first, second))

    def fragile(case: Case, *more: object) -> Case:
        if case.id == first.id:
            raise RuntimeError("broken")
        return make_move(case, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(close, "make_move", fragile)
    assert close.close_windows(ends + MINUTES) == close.Closed(closed=1, failed=1)
    assert (first.state, second.state) == ("circulated", "decided")
    monkeypatch.undo()
    assert close.close_windows(ends + MINUTES) == close.Closed(closed=1)
    assert first.state == "decided"


def test_silent_members_are_reminded_once_before_their_silence_speaks(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    people.say(alpha, case, "norlan", "no_objection", case.state_since)
    ends = people.item_of(case).closes_at
    assert remind.remind(ends - timedelta(days=4)) == 0
    assert remind.remind(ends - timedelta(days=2)) == 2
    assert remind.remind(ends - timedelta(days=1)) == 0
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "window_ends")).all()
    assert {(mail.to_address, mail.language) for mail in mails} == {
        ("gavea@alpha.example", "fr"), ("habita@alpha.example", "ar"),
    }  # fmt: skip
    assert all(f"/alpha/circulars/cases/{case.reference}/" in mail.text_body for mail in mails)
    people.mails_arrive()
    people.say(alpha, case, "gavea", "objection", ends, "No.")
    again = ends + timedelta(days=1)
    make_move(case, "circulate_again", alpha.actor("alpha", "officer"), again, {"reason": "Mended."})
    people.circulated(alpha, "alpha", [case], "recommended", again)
    assert remind.remind(people.item_of(case).closes_at - timedelta(days=2)) == 3
