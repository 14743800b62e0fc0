"""A message may be changed by whoever wrote it: what it said stays, and nobody new ever reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import CaseMessage, MessageVersion
from portal.cases.service import message, rewording
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted
from tests.integration.review.road import at

Clients = Callable[[str | None], FlaskClient]
MINUTE = timedelta(minutes=1)


def test_what_it_said_is_kept_each_time(alpha: World) -> None:
    case, officer = submitted(alpha), alpha.actor("alpha", "officer")
    row = message.send_message(case, "Pleese call us.", officer, NOW)
    rewording.reword(case, row.id, "Please call us.", officer, NOW + MINUTE)
    rewording.reword(case, row.id, "Please write to us.", officer, NOW + 2 * MINUTE)
    rewording.reword(case, row.id, " Please write to us. ", officer, NOW + 3 * MINUTE)  # nothing new
    versions = db.session.scalars(select(MessageVersion).order_by(MessageVersion.replaced_at)).all()
    assert [(v.body, v.written_at, v.replaced_at) for v in versions] == [
        ("Pleese call us.", NOW, NOW + MINUTE),
        ("Please call us.", NOW + MINUTE, NOW + 2 * MINUTE),
    ]
    assert (row.body, row.edited_at, row.visibility) == ("Please write to us.", NOW + 2 * MINUTE, "both")
    told = [event for event in queries.events_of(case.id) if event.kind == "message_edited"]
    assert [event.audience for event in told] == ["applicant", "applicant"]
    assert "call" not in str([event.data for event in told])


def test_a_note_stays_a_note(alpha: World) -> None:
    case, officer = submitted(alpha), alpha.actor("alpha", "officer")
    row = message.write_note(case, "The mayor is new.", officer, NOW)
    rewording.reword(case, row.id, "The mayor was elected in May.", officer, NOW + MINUTE)
    assert row.visibility == "staff"
    assert queries.messages_of(case.id, visibility="both") == []
    assert queries.events_of(case.id)[-1].audience == "staff"
    for name in ("vilankulo.lead", "aleppo.lead", "stranger"):
        with pytest.raises(NotFound):
            rewording.reword(case, row.id, "Ours.", alpha.actor("alpha", name), NOW + MINUTE)


def test_only_its_author_changes_it_and_only_for_a_day(alpha: World) -> None:
    case, lead = submitted(alpha), alpha.actor("alpha", "vilankulo.lead")
    row = message.send_message(case, "We are late.", lead, NOW)
    for name in ("vilankulo.contributor", "officer", "manager", "auditor"):
        with pytest.raises(NotAllowed):
            rewording.reword(case, row.id, "Never.", alpha.actor("alpha", name), NOW + MINUTE)
    with pytest.raises(NotFound):
        rewording.reword(case, row.id, "Never.", alpha.actor("alpha", "aleppo.lead"), NOW + MINUTE)
    with pytest.raises(Invalid):
        rewording.reword(case, row.id, "  ", lead, NOW + MINUTE)
    with pytest.raises(NotNow, match="for a day"):
        rewording.reword(case, row.id, "Never.", lead, NOW + timedelta(days=1, seconds=1))
    rewording.reword(case, row.id, "We are a day late.", lead, NOW + timedelta(days=1))
    other = submitted(alpha)
    with pytest.raises(NotFound):
        rewording.reword(other, row.id, "Elsewhere.", lead, NOW + MINUTE)


def test_what_a_step_said_stands_as_it_was_said(alpha: World) -> None:
    case, translator = at(alpha, "translating", organisation="aleppo"), alpha.actor("alpha", "translator")
    make_move(case, "query_applicant", translator, NOW + MINUTE, {"question": "Which quarter?"})
    row = db.session.scalars(select(CaseMessage).where(CaseMessage.case_id == case.id)).one()
    with pytest.raises((NotNow, NotAllowed)):
        rewording.reword(case, row.id, "Which street?", translator, NOW + 2 * MINUTE)
    assert row.body == "Which quarter?"


def test_who_reads_what_it_said_before(alpha: World) -> None:
    case, officer = submitted(alpha), alpha.actor("alpha", "officer")
    row = message.send_message(case, "First words.", officer, NOW)
    rewording.reword(case, row.id, "Second words.", officer, NOW + MINUTE)
    rows = queries.messages_of(case.id, visibility="both")

    def before(name: str) -> list[str]:
        (item,) = rewording.seen(case, rows, alpha.actor("alpha", name), NOW + 2 * MINUTE)
        return [version.body for version in item.before]

    assert before("officer") == before("manager") == before("auditor") == ["First words."]
    assert before("vilankulo.lead") == []
    (mine,) = rewording.seen(case, rows, officer, NOW + 2 * MINUTE)
    (late,) = rewording.seen(case, rows, officer, NOW + timedelta(days=2))
    assert (mine.may_change, late.may_change) == (True, False)


def test_on_the_pages(place: Place, world: World, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case, now = submitted(world), datetime.now(UTC)
        reference = case.reference
        row = message.send_message(case, "First words.", world.actor("alpha", "officer"), now)
        note = message.write_note(case, "Between us.", world.actor("alpha", "officer"), now)
        message_id, note_id = row.id, note.id
        db.session.commit()
        db.session.remove()
    officer, lead = client_for(world.email("alpha", "officer")), client_for(world.email("alpha", "vilankulo.lead"))
    tab = officer.get(f"/alpha/desk/{reference}/?tab=messages&lang=en").text
    form = {
        "csrf_token": tab.split('name="csrf_token" value="')[1].split('"')[0],
        "visibility": "both",
        "to": "applicant",
    }
    path = f"/alpha/desk/{reference}/messages"
    assert f'action="{path}/{message_id}/"' in tab
    assert officer.post(f"{path}/{message_id}/", data=form | {"body": "Second words."}).status_code == 303
    assert officer.post(f"{path}/{note_id}/", data=form | {"body": "Still between us."}).status_code == 303
    assert officer.post(f"{path}/{message_id}/", data=form | {"body": ""}).status_code == 422
    assert "First words." in officer.get(f"/alpha/desk/{reference}/?tab=messages").text
    seen = lead.get(f"/alpha/cases/{reference}/?lang=en").text
    assert "Second words." in seen
    assert "Changed on" in seen
    assert not any(word in seen for word in ("First words.", "between us", "Between us"))
    token = lead.get("/account/").text.split('name="csrf_token" value="')[1].split('"')[0]
    mine = {"csrf_token": token, "body": "Taken."}
    assert lead.post(f"/alpha/cases/{reference}/messages/{message_id}/", data=mine).status_code == 403
    assert lead.post(f"/alpha/cases/{reference}/messages/{note_id}/", data=mine).status_code == 404
    other = client_for(world.email("alpha", "aleppo.lead"))
    token = other.get("/account/").text.split('name="csrf_token" value="')[1].split('"')[0]
    mine = {"csrf_token": token, "body": "Taken."}
    assert other.post(f"/alpha/cases/{reference}/messages/{message_id}/", data=mine).status_code == 404
