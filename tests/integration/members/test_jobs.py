"""The worker closes the windows of every tenant by itself, and a case that cannot be moved holds up no other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.infra import jobs, tenancy, worker
from portal.infra.db import db
from portal.members.service import close
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
