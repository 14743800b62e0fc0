"""Dates for calendar programmes: secret, revocable, of today's roles only, and files that every programme can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import Engine, delete, event, select

from portal.accounts.models import FeedAddress
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.insight.rules.calendar_file import Entry, write
from portal.insight.service import feeds as service
from portal.insight.views import feeds as pages
from portal.members.service import answer
from portal.organisations.models import OrganisationMember
from portal.tenants import queries as tenants
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories
from tests.integration.evaluation import panels
from tests.integration.members import people

DAY = timedelta(days=1)
Clients = Callable[[str | None], FlaskClient]


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    pages._reads.clear()


@contextmanager
def at(place: Place, slug: str, world: World) -> Iterator[None]:
    with place.app.app_context(), tenancy.scope(world[slug].id):
        yield
        db.session.commit()
        db.session.remove()


def made(place: Place, world: World, who: str, kind: str, slug: str = "alpha") -> str:
    with at(place, slug, world):
        return service.create(world.actor(slug, who), kind, datetime.now(UTC))


def a_returned_case(place: Place, world: World) -> str:
    now = datetime.now(UTC)
    with at(place, "alpha", world):
        case = stories.returned(world, stories.submitted(world, now=now - DAY), now - DAY)
        return case.reference


def events_in(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def keeps_the_rules(content: bytes) -> None:
    """RFC 5545 section 3.1 and 3.6, looked at without the library that wrote the file."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    lines = content.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode("utf-8")  # a fold never cuts a letter in two
    unfolded = content.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")[:-1]
    assert not [line for line in unfolded if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)]
    assert all(re.match(r"[A-Z0-9-]+[;:]", line) for line in unfolded)
    open_parts: list[str] = []
    names: dict[str, int] = {}
    for line in unfolded:
        name, _, value = line.partition(":")
        name = name.split(";")[0]
        if name == "BEGIN":
            open_parts.append(value)
            names = {} if value == "VEVENT" else names
        elif name == "END":
            assert open_parts.pop() == value
            if value == "VEVENT":
                assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= names.keys()
                assert all(count == 1 for count in names.values())
        elif open_parts[-1] == "VEVENT":
            names[name] = names.get(name, 0) + 1
            if name in ("SUMMARY", "DESCRIPTION"):
                text = line.partition(":")[2]
                assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", text), line
    assert not open_parts


def test_an_applicants_dates(place: Place, world: World, client_for: Clients) -> None:
    reference = a_returned_case(place, world)
    secret = made(place, world, "vilankulo.lead", "deadlines")
    answer = client_for(None).get(f"/alpha/feeds/{secret}.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "private" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    keeps_the_rules(answer.data)
    [one] = events_in(answer.data)
    assert reference in one["summary"]
    assert "Correções" in one["summary"]
    assert one["summary"].params["LANGUAGE"] == "pt"
    assert one["url"].endswith(f"/alpha/cases/{reference}/")
    assert one["dtstart"].dt.tzinfo is not None
    assert len(one.walk("VALARM")) == 2
    again = client_for(None).get(f"/alpha/feeds/{secret}.ics")
    assert again.data == answer.data
    same = client_for(None).get(f"/alpha/feeds/{secret}.ics", headers={"If-None-Match": again.headers["ETag"]})
    assert same.status_code == 304


def test_another_date_is_another_event_and_what_is_done_is_gone(
    place: Place, world: World, client_for: Clients
) -> None:
    reference = a_returned_case(place, world)
    secret = made(place, world, "vilankulo.lead", "deadlines")
    address = f"/alpha/feeds/{secret}.ics"
    [before] = events_in(client_for(None).get(address).data)
    now = datetime.now(UTC)
    with at(place, "alpha", world):
        officer, lead = world.actor("alpha", "officer"), world.actor("alpha", "vilankulo.lead")
        case = _case(reference)
        make_move(case, "extend", officer, now, {"days": "5", "reason": "Agreed."})
    [after] = events_in(client_for(None).get(address).data)
    assert (after["uid"] != before["uid"], after["sequence"] > before["sequence"]) == (True, True)
    assert after["uid"].split("-2")[0] == before["uid"].split("-2")[0]
    with at(place, "alpha", world):
        make_move(_case(reference), "resubmit", lead, now)
    assert events_in(client_for(None).get(address).data) == []


def _case(reference: str) -> Any:
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def test_a_feed_shows_what_its_owner_may_see_and_nobody_elses(place: Place, world: World, client_for: Clients) -> None:
    reference = a_returned_case(place, world)
    anybody = client_for(None)
    for who, kind, slug in (
        ("aleppo.lead", "deadlines", "alpha"),
        ("douala.lead", "deadlines", "beta"),
        ("officer", "reports", "alpha"),
    ):
        content = anybody.get(f"/{slug}/feeds/{made(place, world, who, kind, slug)}.ics").data
        assert reference.encode() not in content
    # another tenant does not know the secret
    secret = made(place, world, "vilankulo.lead", "deadlines")
    assert anybody.get(f"/beta/feeds/{secret}.ics").status_code == 404
    with at(place, "alpha", world):
        person = world["alpha"].people["vilankulo.lead"]
        db.session.execute(delete(OrganisationMember).where(OrganisationMember.person_id == person))
    assert anybody.get(f"/alpha/feeds/{secret}.ics").status_code == 404


def test_an_officer_has_the_promises_of_the_cases_she_looks_after(
    place: Place, world: World, client_for: Clients
) -> None:
    now = datetime.now(UTC)
    with at(place, "alpha", world):
        officer = world.actor("alpha", "officer")
        mine, other = stories.submitted(world, now=now), stories.submitted(world, now=now)
        mine.monitor_id, other.monitor_id = officer.person_id, None
        references = mine.reference, other.reference
    secret = made(place, world, "officer", "reviews")
    content = client_for(None).get(f"/alpha/feeds/{secret}.ics").data
    keeps_the_rules(content)
    assert references[0].encode() in content
    assert references[1].encode() not in content
    assert all(f"/alpha/desk/{references[0]}/" in one["url"] for one in events_in(content))


def test_revoked_unknown_and_malformed_are_not_found(place: Place, world: World, client_for: Clients) -> None:
    secret = made(place, world, "vilankulo.lead", "deadlines")
    anybody = client_for(None)
    assert anybody.get(f"/alpha/feeds/{secret}.ics").status_code == 200
    with at(place, "alpha", world):
        row = db.session.scalars(select(FeedAddress)).one()
        assert secret not in (row.digest, str(row.id))
        with pytest.raises(NotFound):
            service.revoke(world.actor("alpha", "aleppo.lead"), row.id, datetime.now(UTC))
        service.revoke(world.actor("alpha", "vilankulo.lead"), row.id, datetime.now(UTC))
        with pytest.raises(NotFound):
            service.revoke(world.actor("alpha", "vilankulo.lead"), uuid4(), datetime.now(UTC))
    for wrong in (secret, "x" * 43, "x", "%00", "a.b", secret + "x"):
        assert anybody.get(f"/alpha/feeds/{wrong}.ics").status_code == 404, wrong


def test_the_day_of_reading_is_kept_once_a_day_without_writing_in_the_answer(
    place: Place, world: World, client_for: Clients
) -> None:
    secret = made(place, world, "vilankulo.lead", "deadlines")
    for _ in range(2):
        client_for(None).get(f"/alpha/feeds/{secret}.ics").close()
    with at(place, "alpha", world):
        row = db.session.scalars(select(FeedAddress)).one()
        assert row.last_read_on is not None
        first = row.last_read_on
        service.note_read(row.id, first - DAY)
        db.session.refresh(row)
        assert row.last_read_on == first


def test_who_asks_too_often_waits(place: Place, world: World, client_for: Clients) -> None:
    secret = made(place, world, "vilankulo.lead", "deadlines")
    anybody = client_for(None)
    found = [anybody.get(f"/alpha/feeds/{secret}.ics").status_code for _ in range(pages.READS + 1)]
    assert found == [200] * pages.READS + [429]


def test_the_page_shows_an_address_once_and_only_kinds_that_are_hers(
    place: Place, world: World, client_for: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(place.app.config, "WTF_CSRF_ENABLED", False)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    page = lead.post("/alpha/feeds/", data={"kind": "deadlines"}).get_data(as_text=True)
    [address] = re.findall(r"/alpha/feeds/([A-Za-z0-9_-]{43})\.ics", page)
    assert client_for(None).get(f"/alpha/feeds/{address}.ics").status_code == 200
    assert address not in lead.get("/alpha/feeds/").get_data(as_text=True)
    assert lead.post("/alpha/feeds/", data={"kind": "reviews"}).status_code == 403
    assert lead.post("/alpha/feeds/", data={"kind": "nonsense"}).status_code == 422
    assert client_for(None).get("/alpha/feeds/").status_code == 302
    with at(place, "alpha", world):
        lead_actor, auditor = world.actor("alpha", "vilankulo.lead"), world.actor("alpha", "auditor")
        with pytest.raises(NotAllowed):
            service.create(auditor, "reviews", datetime.now(UTC))
        with pytest.raises(Invalid):
            service.create(lead_actor, "", datetime.now(UTC))
        for _ in range(service.MOST_ADDRESSES - 1):
            service.create(lead_actor, "reports", datetime.now(UTC))
        with pytest.raises(NotNow):
            service.create(lead_actor, "reports", datetime.now(UTC))


def test_a_feed_asks_little_of_the_database(place: Place, world: World, client_for: Clients) -> None:
    a_returned_case(place, world)
    secret = made(place, world, "vilankulo.lead", "deadlines")
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    client_for(None).get(f"/alpha/feeds/{secret}.ics").close()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        client_for(None).get(f"/alpha/feeds/{secret}.ics").close()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len([s for s in asked if "set_config" not in s and "pg_" not in s]) <= 6, asked


def test_every_script_and_sign_survives_the_file() -> None:
    now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    nasty = "تصويبات; مقدّم, الطلب \\ n\x00\x0b " * 8 + "\r\nEND:VEVENT\r\nline"
    content = write(nasty, "ar", "example.org", [Entry("k", now, 3, now, nasty, nasty, "https://e/x?a=1,2;b", True)])
    keeps_the_rules(content)
    [one] = events_in(content)
    assert one["summary"] == nasty.replace("\r\n", "\n").replace("\x00", "").replace("\x0b", "")
    assert one["sequence"] == 3
    assert one["dtstart"].dt == now


@pytest.mark.parametrize("blind", [False, True])
def test_an_evaluator_has_what_she_is_asked_to_file_by_its_bare_facts(alpha: World, blind: bool) -> None:
    case, row = stories.submitted(alpha), panels.new_round(alpha, blind=blind)
    expert, other = panels.evaluator(alpha, "ana"), panels.evaluator(alpha, "bo")
    one = panels.ask(alpha, case, row, expert)
    tenant = tenants.by_id(alpha["alpha"].id)
    secret = service.create(expert, "reviews", panels.CLOCK)
    content = service.read(secret, tenant, panels.CLOCK)[1]
    keeps_the_rules(content)
    (found,) = events_in(content)
    assert str(one.id) in str(found["url"])
    assert found.walk("VALARM")
    assert (case.reference in str(found["summary"])) is not blind
    assert case.title not in content.decode()
    assert service.kinds_to_make(expert) == ["reviews"]
    strange = service.create(other, "reviews", panels.CLOCK)
    assert events_in(service.read(strange, tenant, panels.CLOCK)[1]) == []
    panels.filed(one, row, expert)
    assert events_in(service.read(secret, tenant, panels.CLOCK)[1]) == []
    with pytest.raises(NotAllowed):
        service.create(expert, "reports", panels.CLOCK)


def test_a_focal_point_has_the_windows_in_which_her_member_may_answer(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.coordinating(alpha)
    item, tenant = people.item_of(case, "coordination"), tenants.by_id(alpha["alpha"].id)
    gavea, norlan = people.speaker(alpha, "alpha", "gavea"), people.speaker(alpha, "alpha", "norlan")
    assert service.kinds_to_make(gavea) == ["deadlines"]
    now = item.opens_at + timedelta(hours=1)
    hers, theirs = (service.create(actor, "deadlines", now) for actor in (gavea, norlan))
    content = service.read(hers, tenant, now)[1]
    keeps_the_rules(content)
    (found,) = events_in(content)
    assert found["dtstart"].dt == item.closes_at.replace(microsecond=0)
    assert found["url"].endswith(f"/circulars/cases/{case.reference}/")
    answer.comment(item.id, gavea.member_organisations[0], "The city does.", "members", gavea, now)
    assert events_in(service.read(hers, tenant, now)[1]) == [], "what is answered asks nothing any more"
    assert len(events_in(service.read(theirs, tenant, now)[1])) == 1
    assert events_in(service.read(theirs, tenant, item.closes_at + timedelta(seconds=1))[1]) == []
    with pytest.raises(NotAllowed):
        service.create(gavea, "reports", now)
