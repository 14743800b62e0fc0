"""One more instrument is one more folder: form, workflow, standards and texts; nothing else knows of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forms.definitions import HOME
from forms.engine import registry
from portal import blueprints
from portal.calls.rules import instruments
from portal.calls.service import announce
from portal.cases import queries
from portal.cases.service import answer, definitions, start
from portal.cases.service.move import make_move
from portal.infra import tenancy
from portal.infra.db import db
from portal.organisations.models import Organisation
from portal.review.queries import record as reviews
from portal.standards import queries as standards
from portal.standards import service as promising
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories

CODE = "study_visit"
INSTRUMENT = """
code = "study_visit"
languages = ["en"]
title = {en = "Study visit"}
summary = {en = "A visit of a few days to a city that has done it."}
applicant_kinds = ["city"]
workflow = 1
standards = 1
[forms]
application = 1
[documents.approval_letter]
subject = {en = "Your visit {reference} is approved"}
body = {en = "To: {organisation}\\n\\nWe have approved the visit “{title}” on {date}."}
"""
FORM = """
title = {en = "Study visit"}
languages = ["en"]
[[section]]
code = "visit"
title = {en = "The visit"}
[[section.question]]
code = "title"
kind = "text"
promote = "title"
label = {en = "What is it called?"}
[[section.question]]
code = "why"
kind = "longtext"
max_words = 100
label = {en = "What do you want to see?"}
[[section.question]]
code = "amount"
kind = "money"
promote = "amount"
label = {en = "What does the journey cost?"}
"""
STANDARDS = """
version = 1
[[standard]]
code = "ANSWER"
side = "secretariat"
start = ["submitted"]
stop = ["approved"]
amount = 3
unit = "business_days"
name = {en = "Answered?"}
promise = {en = "We answer within 3 working days."}
[[standard]]
code = "TELL"
side = "secretariat"
start = ["approved"]
stop = ["letter_sent"]
amount = 1
unit = "business_days"
name = {en = "Told?"}
promise = {en = "We tell you within a working day."}
"""
STATE = """
[[state]]
code = "{0}"
owner = "{1}"
public = "{0}"
name = {{en = "{2}"}}
public_name = {{en = "{2}"}}
{3}
"""
MOVES = """
[[move]]
code = "submit"
from = ["draft"]
to = "looking"
who = ["lead"]
event = "submitted"
guards = ["complete", "call_open"]
effects = ["freeze_submission", "assign_monitor"]
mails = [{template = "submitted", to = "applicants"}]
place = "submit"
label = {en = "Send"}
[[move]]
code = "approve"
from = ["looking"]
to = "decided"
who = ["programme_manager"]
event = "approved"
guards = ["within_limit"]
effects = ["record_decision:approved", "prepare_letter"]
label = {en = "Let them travel"}
[[move.ask]]
code = "grounds"
kind = "longtext"
label = {en = "Grounds"}
[[move]]
code = "send_letter"
from = ["decided"]
to = "closed"
who = ["programme_officer"]
event = "letter_sent"
guards = ["letter_previewed", "not_the_decider"]
effects = ["send_letter"]
place = "letter"
label = {en = "Send the letter"}
"""


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All definitions there are, and one folder more."""
    home = tmp_path / "definitions"
    shutil.copytree(HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    states = "".join(
        STATE.format(*row)
        for row in (
            ("draft", "applicant", "Draft", 'editable = "all"\nno_clock = "take your time"'),
            ("looking", "secretariat", "We look at it", ""),
            ("decided", "secretariat", "Decided", ""),
            ("closed", "nobody", "Closed", ""),
        )
    )
    files = {
        "instrument.toml": INSTRUMENT,
        "application.v1.toml": FORM,
        "standards.v1.toml": STANDARDS,
        "workflow.v1.toml": f'version = 1\nstart = "draft"\n{states}{MOVES}',
    }
    (home / CODE).mkdir()
    for name, text in files.items():
        (home / CODE / name).write_text(text, encoding="utf-8")
    with_it = registry.load(home)
    monkeypatch.setattr(instruments, "library", lambda: with_it)
    monkeypatch.setattr(registry, "load", lambda: with_it)
    return home


def carried(alpha: World) -> str:
    """The reference of a case that went from its draft to the letter."""
    promising.publish_seeds(CODE, NOW)
    call = proposals.open_call(alpha, "alpha", CODE, languages=["en", "pt"])
    wanted = alpha["alpha"].organisations["vilankulo"]
    city = db.session.scalars(select(Organisation).where(Organisation.id == wanted)).one()
    lead, manager = alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "manager")
    case = start.start_application(lead, call, city, "en", NOW)
    answers = {"title": "To Maputo", "why": "How they name their streets.", "amount": "900.00"}
    answer.save_section(case, "visit", answers, lead, NOW, seen={})
    make_move(case, "submit", lead, NOW)
    assert (case.state, case.title, case.urgent_code) == ("looking", "To Maputo", "ANSWER")
    make_move(case, "approve", manager, NOW + timedelta(days=1), {"grounds": "Worth the journey."})
    decision = reviews.standing_decision(case.id)
    assert decision is not None
    assert (case.state, decision.outcome) == ("decided", "approved")
    stories.letter_sent(alpha, case, NOW + timedelta(days=1, hours=1))
    assert (case.state, case.is_open) == ("closed", False)
    told = [event.kind for event in queries.events_of(case.id)]
    assert told[0] == "started"
    assert told[-1] == "letter_sent"
    kept = {clock.code: clock.state for clock, _ in standards.clocks_of([case.id])}
    assert kept == {"ANSWER": "met", "TELL": "met"}
    db.session.commit()
    return case.reference


def test_a_folder_is_enough_to_bring_a_case_from_its_draft_to_the_decision(
    one_more: Path, place: Place, client_for: Callable[[str | None], FlaskClient]
) -> None:
    with place.app.app_context():
        assert definitions.faults(one_more / CODE / "workflow.v1.toml") == []
        blueprints.check_definitions()
        with tenancy.scope(place.world["alpha"].id):
            reference = carried(place.world)
    pages = {
        "vilankulo.lead": (f"/alpha/cases/{reference}/",),
        "officer": (
            f"/alpha/desk/{reference}/",
            f"/alpha/admin/workflows/{CODE}/application/",
            "/alpha/admin/manual/",
        ),
    }
    for name, addresses in pages.items():
        client = client_for(f"{name}@alpha.example")
        for address in addresses:
            found = client.get(address)
            assert found.status_code == 200, address
            assert "We look at it" in found.text or "To Maputo" in found.text, address


def test_its_promises_come_with_the_first_call_that_is_announced(
    one_more: Path, place: Place, client_for: Callable[[str | None], FlaskClient]
) -> None:
    """Nobody has to publish the standards of the folder by hand; and what a tenant has published stays as it is."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        boss = place.world.actor("alpha", "manager")
        for code in ("visits", "more-visits"):
            call = announce.begin(code, CODE, boss, NOW)
            call.summary = {"en": "A visit."}
            db.session.flush()
            announce.publish(call, boss, NOW)
            published = standards.versions(CODE, "application")
            assert {(row.code, row.version, row.published_by) for row in published} == {
                ("ANSWER", 1, ""), ("TELL", 1, ""),
            }  # fmt: skip
        db.session.commit()
        assert (carried(place.world), len(standards.versions(CODE, "application"))) == ("AL-2026-0001", 2)
    assert "What we promise" in client_for(None).get("/alpha/calls/visits/?lang=en").text
