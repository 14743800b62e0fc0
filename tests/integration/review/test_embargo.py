"""A decision that is kept back until an instant: nothing outside tells of it before, and it is told once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cases import queries as cases
from portal.cases.models import Case, Document
from portal.cases.service import outside, steps
from portal.cases.service.move import make_move, state_of
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import jobs, pdf, tenancy, worker
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.infra.mail import OutboxMail
from portal.review.queries import record
from portal.review.service import embargo, letter
from portal.standards.models import Clock
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import proposals
from tests.integration.review.decided import GROUNDS, HOUR, LATER, kept_back, read_and_send

#: 20 March 2026, 09:00 in New York, where the first tenant is
UNTIL = datetime(2026, 3, 20, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def decided(world: World, move: str = "approve", organisation: str = "vilankulo") -> Case:
    """Decided under an embargo."""
    case = kept_back(world, organisation=organisation)
    return make_move(case, move, world.actor("alpha", "manager"), LATER + HOUR, GROUNDS)


def made_ready(world: World, case: Case) -> Case:
    """The officer reads the letter and makes it ready to go out by itself."""
    officer = world.actor("alpha", "officer")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, LATER + 2 * HOUR)
    return make_move(case, "schedule_letter", officer, LATER + 3 * HOUR)


def to_clients(case: Case) -> list[str]:
    """The templates of the mails that went to the applicant's side."""
    rows = db.session.scalars(select(OutboxMail).where(OutboxMail.case_id == case.id))
    return [row.template for row in rows if row.template == "decision"]


def test_a_decision_under_embargo_is_taken_and_stands_behind_a_veil(alpha: World) -> None:
    case = decided(alpha)
    assert (case.state, state_of(case).veiled) == ("embargoed", True)
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert decision.embargo_until == UNTIL
    assert {row.audience for row in record.letters_of(case.id)} == {"staff"}
    seen = outside.face(case)
    assert (seen.state, seen.owner, seen.decided_at) == ("deciding", "secretariat", None)
    told = {event.kind for event in outside.told(case, cases.events_of(case.id))}
    assert not told & {"approved", "embargoed"}
    # The promise to send the letter begins when it may be sent, so no figure tells of it before.
    row = db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.code == "DEC")).first()
    assert row is None or not row.is_open


def test_the_letter_cannot_go_before_its_instant(alpha: World) -> None:
    case, officer = decided(alpha), alpha.actor("alpha", "officer")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, LATER + 2 * HOUR)
    with pytest.raises(NotNow):
        make_move(case, "send_letter", officer, LATER + 3 * HOUR)
    with pytest.raises(NotAllowed):
        make_move(case, "end_embargo", alpha.actor("alpha", "manager"), LATER + 3 * HOUR)
    assert not embargo.release(case.id, UNTIL - SECOND)
    assert case.state == "embargoed"


def test_a_letter_made_ready_goes_out_once_at_the_instant(alpha: World) -> None:
    case = made_ready(alpha, decided(alpha))
    assert embargo.release(case.id, UNTIL)
    assert case.state == "agreement"
    assert {row.audience for row in record.letters_of(case.id)} == {"applicant"}
    mails = len(to_clients(case))
    assert mails
    assert not embargo.release(case.id, UNTIL + SECOND)
    assert len(to_clients(case)) == mails
    assert [event.kind for event in cases.events_of(case.id)].count("letter_sent") == 1


def test_without_a_letter_made_ready_the_officer_is_told_and_sends_it(alpha: World) -> None:
    case = decided(alpha, "decline")
    assert embargo.release(case.id, UNTIL)
    assert (case.state, to_clients(case)) == ("decided", [])
    read_and_send(case, alpha, UNTIL + HOUR)
    assert case.state == "declined"


def test_a_letter_worded_anew_has_to_be_made_ready_again(alpha: World) -> None:
    case = made_ready(alpha, decided(alpha, "decline"))
    letter.reword_letter(case, "pt", {"grounds": "Outras razões."}, alpha.actor("alpha", "officer"), LATER + 4 * HOUR)
    assert embargo.release(case.id, UNTIL)
    assert case.state == "decided"


def test_the_instant_may_be_moved_and_only_the_last_one_counts(alpha: World) -> None:
    case, manager = made_ready(alpha, decided(alpha)), alpha.actor("alpha", "manager")
    make_move(case, "keep_back", manager, LATER + 4 * HOUR, {"until": "2026-03-25T09:00", "reason": "The day moved."})
    assert not embargo.release(case.id, UNTIL)
    assert case.state == "embargoed"
    assert embargo.release(case.id, UNTIL + timedelta(days=5))
    waiting = db.session.scalars(select(Job).where(Job.name == embargo.RELEASE)).all()
    assert sorted(job.run_at for job in waiting) == [UNTIL, UNTIL + timedelta(days=5)]


def test_an_instant_that_has_passed_keeps_nothing_back(alpha: World) -> None:
    case, manager = kept_back(alpha), alpha.actor("alpha", "manager")
    with pytest.raises(Invalid):
        make_move(case, "keep_back", manager, LATER, {"until": "2026-03-01T09:00", "reason": "Yesterday."})
    make_move(case, "approve", manager, UNTIL + HOUR, GROUNDS)
    assert case.state == "decided"


def test_an_hour_that_the_clocks_leave_out_keeps_nothing_back(alpha: World) -> None:
    """New York, 14 March 2027: after 01:59 comes 03:00."""
    with pytest.raises(Invalid) as refused:
        kept_back(alpha, "2027-03-14T02:30")
    assert set(refused.value.problems) == {"until"}
    assert "does not exist" in str(refused.value.problems["until"])


def test_an_hour_that_comes_twice_is_the_first_and_says_so(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient]
) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = kept_back(world, "2027-11-07T01:30")
        assert embargo.set_until(case) == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
        reference = case.reference
        db.session.commit()
    page = client_for(world.email("alpha", "manager")).get(f"/alpha/desk/{reference}/").text
    assert "7 Nov 2027, 01:30 (New York, GMT-04:00)" in page


def test_an_undone_decision_is_never_released(alpha: World) -> None:
    case = made_ready(alpha, decided(alpha))
    make_move(case, "undo_decision", alpha.actor("alpha", "manager"), LATER + 5 * HOUR, {"reason": "A wrong figure."})
    assert case.state == "deciding"
    assert not embargo.release(case.id, UNTIL)
    assert (case.state, to_clients(case)) == ("deciding", [])


def test_the_job_of_the_instant_releases_it(alpha: World) -> None:
    case = made_ready(alpha, decided(alpha))
    run = jobs.Run(
        case.id, embargo.RELEASE, {"case": str(case.id)}, case.tenant_id, 1, False, UNTIL, HOUR, lambda: UNTIL
    )
    embargo.release_decision(run)
    embargo.release_decision(run)
    assert case.state == "agreement"


def pages(client: FlaskClient, reference: str) -> dict[str, str]:
    """Every page of the fund, of the case and of its steps, as somebody outside gets it.

    The addresses are those of the application's own table: a new page is asked for as soon as there is one.
    """
    found = {}
    adapter = client.application.url_map.bind("localhost")
    steps = ("withdraw", "submit", "ask_extension", "resubmit_revised", "appeal", "accept_agreement")
    for rule in client.application.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments - {"tenant", "reference", "code", "move", "section"}:
            continue
        if not {"tenant", "reference"} & rule.arguments or rule.endpoint.startswith("accounts."):
            continue
        for step in steps if "move" in rule.arguments else ("",):
            values = {"tenant": "alpha", "reference": reference, "code": "preparatory-grants", "move": step,
                      "section": "purpose"}  # fmt: skip
            address = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            found[address] = said(client.get(address, follow_redirects=False))
    for address in (f"/alpha/cases/{reference}/", "/alpha/my/", f"/alpha/cases/{reference}/sponsors/"):
        assert found[address].startswith("200") or client.get("/alpha/my/").status_code != 200
    return found


def said(answer: TestResponse) -> str:
    """What an answer says, without what changes with every answer."""
    lines = [
        line
        for line in answer.get_data(as_text=True).splitlines()
        if not any(word in line for word in ("csrf", "key", "generated_at", "DTSTAMP"))
    ]
    # A page of an error carries a number of its own.
    words = re.sub(r"\b[0-9a-f]{12}\b", "", "\n".join(lines))
    return f"{answer.status_code} {words}"


def tries(client: FlaskClient, reference: str) -> dict[str, str]:
    """What forms answer that change nothing: each lacks something."""
    token = client.get("/alpha/help/").text.split('name="csrf_token" value="')[1].split('"')[0]
    forms = {
        f"/alpha/cases/{reference}/sponsors/": {"organisation": str(uuid4())},
        f"/alpha/cases/{reference}/messages/": {"body": " "},
        f"/alpha/cases/{reference}/edit/purpose/": {},
        f"/alpha/cases/{reference}/signatory/": {},
        f"/alpha/cases/{reference}/moves/appeal/": {},
        f"/alpha/cases/{reference}/moves/accept_agreement/": {},
        f"/alpha/grants/{reference}/agreement/": {},
        f"/alpha/cases/{reference}/conditions/{UUID(int=0)}/": {},
    }
    return {address: said(client.post(address, data={"csrf_token": token, **form})) for address, form in forms.items()}


@pytest.mark.parametrize("move", ["approve", "decline"])
def test_no_page_outside_tells_anything_before_the_instant(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient], move: str
) -> None:
    """What every address outside answers is the same before and after the decision was taken."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = kept_back(world, "2030-03-20T09:00")
        reference, code = case.reference, str(getattr(case, "fresh_access_code", ""))
        db.session.commit()
        db.session.remove()
    client = client_for(world.email("alpha", "vilankulo.lead"))
    anybody = client_for(None)
    before, looked_up = pages(client, reference), look_up(client_for(None), reference, code)
    tried, public = tries(client, reference), pages(anybody, reference)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        make_move(case, move, world.actor("alpha", "manager"), LATER + HOUR, GROUNDS)
        made_ready(world, case)
        papers = [row.id for row in db.session.scalars(select(Document).where(Document.kind == "letter"))]
        db.session.commit()
        db.session.remove()
    after = pages(client, reference)
    assert [address for address in before if before[address] != after[address]] == []
    now_public, now_tried = pages(anybody, reference), tries(client, reference)
    assert [address for address in public if public[address] != now_public[address]] == []
    assert [address for address in tried if tried[address] != now_tried[address]] == []
    assert look_up(client_for(None), reference, code) == looked_up
    for paper in papers:
        assert client.get(f"/alpha/cases/{reference}/documents/{paper}/").status_code == 404
    feed = client.get("/alpha/feeds/").text
    assert not any(word in feed for word in ("Decision", "embargo"))


def look_up(client: FlaskClient, reference: str, code: str) -> str:
    """The status page of whoever has the access code."""
    token = client.get("/alpha/status/").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/alpha/status/", data={"csrf_token": token, "reference": reference, "code": code})
    assert answer.status_code == 200
    return "\n".join(line for line in answer.text.splitlines() if "csrf" not in line)


def test_a_decision_by_silence_can_be_kept_back_too(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The members' window is over; outside, the note still lies with them, and no clock says otherwise."""
    case = proposals.to_coordinate(alpha, proposals.submitted(alpha, instrument="concept_note", amount="60000.00"))
    system, manager = Actor.system(case.tenant_id), alpha.actor("alpha", "manager")
    for name in ("window_over", "nobody_objects"):
        monkeypatch.setitem(steps.GUARDS, name, lambda _step: None)
    monkeypatch.setitem(steps.EFFECTS, "record_silence", lambda _step: None)
    case.state = "to_circulate"  # the way there is told with the members
    make_move(case, "keep_back", manager, LATER, {"until": "2026-03-20T09:00", "reason": "The call is announced."})
    make_move(case, "circulate_for_approval", system, LATER)
    before = {view.code for view in outside.clocks(case, cases.events_of(case.id), LATER + HOUR)}
    make_move(case, "deem_approved", system, LATER + HOUR)
    decision = record.standing_decision(case.id)
    assert decision is not None
    assert (case.state, decision.outcome, decision.body) == ("embargoed", "approved_in_principle", "no_objection")
    assert (outside.face(case).state, outside.face(case).owner) == ("circulated", "member")
    seen = {view.code: view.state for view in outside.clocks(case, cases.events_of(case.id), LATER + 2 * HOUR)}
    assert "NOB" in before
    assert "NOB" not in seen
    assert seen.get("DEC", "not_started") == "not_started"
    made_ready(alpha, case)
    assert embargo.release(case.id, UNTIL)
    assert case.state == "proposal_due"


def test_the_worker_releases_it_at_its_instant_and_once(place: Place, world: World) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case_id = made_ready(world, decided(world)).id
        db.session.commit()
        db.session.remove()
    seen = []
    for at_instant in (UNTIL - SECOND, UNTIL, UNTIL + SECOND):
        with patch.object(pdf, "available", lambda: False):
            worker.run_all(place.app, at_instant)
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            sent = [event.at for event in cases.events_of(case_id) if event.kind == "letter_sent"]
            seen.append((cases.by_id(case_id).state, sent))
            db.session.remove()
    assert seen == [("embargoed", []), ("agreement", [UNTIL]), ("agreement", [UNTIL])]
