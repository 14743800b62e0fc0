"""The list of broken promises: the newest first, by standard and reason, each tenant its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.insight.clocks import clock
from tests.integration.public.test_public import make_case

Clients = Callable[[str | None], FlaskClient]


@pytest.fixture
def broken(place: Place, world: World) -> World:
    """Sixty-one broken promises of ours in one tenant, three at the same instant; one in the other."""
    with place.app.app_context():
        with tenancy.scope(world["alpha"].id):
            for number in range(1, 61):
                at = NOW + timedelta(hours=number - number % 3)
                reason = ("", "volume", "absence")[number % 3]
                state = "running" if number % 2 else "missed"
                clock(make_case(world, "alpha", number, "checking"), state, breached_at=at, reason=reason)
            late = make_case(world, "alpha", 61, "checking")
            clock(late, "running", code="TRA", side="translator", breached_at=NOW - timedelta(hours=1))
            clock(late, "missed", code="FIX", side="applicant", breached_at=NOW)
            clock(make_case(world, "alpha", 62, "checking"), "running")
            db.session.commit()
        with tenancy.scope(world["beta"].id):
            clock(make_case(world, "beta", 1, "checking"), "missed", breached_at=NOW)
            db.session.commit()
        db.session.remove()
    return world


def references(page: str) -> list[str]:
    return re.findall(r'class="reference">([A-Z]{2}-2026-[0-9]{4})<', page)


def test_broken_promises_are_paged_newest_first_without_loss(broken: World, client_for: Clients) -> None:
    client = client_for(broken.email("alpha", "officer"))
    first = client.get("/alpha/admin/breaches/").text
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    second = client.get(more[1].replace("&amp;", "&")).text
    seen = references(first) + references(second)
    assert len(seen) == len(set(seen)) == 61
    assert seen[0] == "AL-2026-0060"
    assert seen[-1] == "AL-2026-0061"
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back is not None
    assert references(client.get(back[1].replace("&amp;", "&")).text) == references(first)
    assert "BE-2026" not in first
    assert 'href="/alpha/desk/AL-2026-0060/?tab=clocks#broken"' in first


def test_every_case_that_is_linked_opens(broken: World, client_for: Clients) -> None:
    for who, some in (("officer", True), ("auditor", True), ("translator", False)):
        client = client_for(broken.email("alpha", who))
        links = re.findall(r'href="(/alpha/desk/[^"?]+/\?tab=clocks)', client.get("/alpha/admin/breaches/").text)
        assert bool(links) == some, who
        assert {client.get(link).status_code for link in links[:3]} <= {200}, who


@pytest.mark.parametrize(
    ("asked", "count"),
    [("reason=volume", 20), ("reason=none", 21), ("reason=complexity", 0),
     ("standard=preparatory_grant/application/TRA", 1),
     ("standard=preparatory_grant/application/TRA&reason=volume", 0)],
)  # fmt: skip
def test_broken_promises_by_standard_and_reason(broken: World, client_for: Clients, asked: str, count: int) -> None:
    page = client_for(broken.email("alpha", "auditor")).get(f"/alpha/admin/breaches/?{asked}").text
    assert len(references(page)) == count


def test_who_reads_of_broken_promises(broken: World, client_for: Clients) -> None:
    path = "/alpha/admin/breaches/"
    assert client_for(None).get(path).status_code == 302
    assert client_for(broken.email("alpha", "vilankulo.lead")).get(path).status_code == 403
    assert client_for(broken.email("beta", "officer")).get(path).status_code == 403
    officer = client_for(broken.email("alpha", "officer"))
    for asked, status in (("reason=x", 404), ("standard=a/b/c", 404), ("after=!!", 422), ("reason=none&lang=ar", 200)):
        assert officer.get(f"{path}?{asked}").status_code == status, asked
