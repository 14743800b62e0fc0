"""The applicant's pages from the call to the status page, as a browser without scripts meets them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.cases import queries
from portal.cases.models import Case, Document, Submission
from portal.cases.service import document as documents
from portal.cases.service import submission
from portal.cases.service.move import make_move
from portal.cases.service.start import open_report
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.storage import StoredFile
from tests.factories import World
from tests.integration.cases.stories import fill, start_draft, submitted

Clients = Callable[[str | None], FlaskClient]
#: where the test runs, for the helpers below
PLACE: list[Any] = []
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def no_tokens(place: Any) -> Iterator[None]:
    """Forms without their token here; that a token is asked for is tested where the technology is."""
    place.app.config["WTF_CSRF_ENABLED"] = False
    PLACE.append(place)
    yield
    PLACE.clear()
    place.app.config["WTF_CSRF_ENABLED"] = True


@contextmanager
def inside(slug: str = "alpha") -> Iterator[None]:
    """The database of this test, in a tenant's scope; closed again before a page is asked for."""
    with PLACE[0].app.app_context(), tenancy.scope(PLACE[0].world[slug].id):
        yield
        db.session.remove()


def today() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def draft(world: World, *, full: bool = False, slug: str = "alpha", organisation: str = "vilankulo") -> str:
    """A draft that is in the database; its reference."""
    with inside(slug):
        case = start_draft(world, slug, organisation, now=today())
        if full:
            fill(world, slug, organisation, case, today())
        db.session.commit()
        return case.reference


def sent(world: World, slug: str = "alpha", organisation: str = "vilankulo") -> str:
    """A submitted case that is in the database; its reference."""
    with inside(slug):
        reference = submitted(world, slug, organisation, today()).reference
        db.session.commit()
        return reference


def path(reference: str, rest: str = "", slug: str = "alpha") -> str:
    return f"/{slug}/cases/{reference}/{rest}"


def answers(world: World, reference: str) -> dict[str, dict[str, object]]:
    with inside():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        return queries.answers_of(case.id)


def test_calls_are_public_and_say_what_is_promised(client_for: Clients, world: World) -> None:
    anybody = client_for(None)
    assert b"Preparatory grants" in anybody.get("/alpha/calls/").data
    page = anybody.get("/alpha/calls/preparatory-grants/").get_data(as_text=True)
    assert "10 working days" in page
    assert "Cities and municipalities" in page
    assert "75,000" in page
    assert "30,000" in anybody.get("/beta/calls/preparatory-grants/").get_data(as_text=True)
    assert anybody.get("/alpha/calls/none/").status_code == 404
    for language in ("pt", "ar", "fr"):
        assert anybody.get(f"/alpha/calls/preparatory-grants/?lang={language}").status_code == 200


def test_a_lead_starts_and_a_viewer_or_stranger_does_not(client_for: Clients, world: World) -> None:
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert "Start an application" in lead.get("/alpha/calls/preparatory-grants/?lang=en").get_data(as_text=True)
    own = str(world["alpha"].organisations["vilankulo"])
    address = "/alpha/calls/preparatory-grants/start/"
    assert lead.post(address, data={"organisation": own, "language": "xx"}).status_code == 422
    other = str(world["alpha"].organisations["aleppo"])
    assert lead.post(address, data={"organisation": other, "language": "pt"}).status_code == 404
    assert lead.post(address, data={"organisation": "junk", "language": "pt"}).status_code == 422
    made = lead.post(address, data={"organisation": own, "language": "pt"})
    assert made.status_code == 303
    page = lead.get(made.location + "?lang=en").get_data(as_text=True)
    assert "of 9 sections complete" in page
    viewer = client_for(world.email("alpha", "vilankulo.viewer"))
    assert viewer.post(address, data={"organisation": own, "language": "pt"}).status_code == 403
    assert viewer.get(made.location).status_code == 200
    for stranger in ("aleppo.lead", "officer", "auditor"):
        assert client_for(world.email("alpha", stranger)).get(made.location).status_code in (403, 404)


def test_every_section_is_shown_in_every_language_and_saves_nothing_by_itself(
    client_for: Clients, world: World
) -> None:
    reference = draft(world, full=True)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    before = answers(world, reference)
    for section in before:
        for language in ("en", "ar"):
            page = lead.get(path(reference, f"edit/{section}/?lang={language}"))
            assert page.status_code == 200, section
        assert lead.get(path(reference, f"edit/{section}/?check=1")).status_code == 200
    assert lead.get(path(reference, "edit/nothing/")).status_code == 404
    assert client_for(world.email("alpha", "vilankulo.viewer")).get(path(reference, "edit/place/")).status_code == 403
    assert answers(world, reference) == before


def test_a_form_sent_as_it_was_shown_changes_nothing(client_for: Clients, world: World) -> None:
    reference = draft(world, full=True)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    passes = []
    for language in ("pt", "ar", "en"):
        for section in answers(world, reference):
            page = lead.get(path(reference, f"edit/{section}/?lang={language}")).get_data(as_text=True)
            lead.post(path(reference, f"edit/{section}/?lang={language}"), data=form_data(page))
        passes.append(answers(world, reference))
    assert passes[0] == passes[1] == passes[2]
    assert passes[0]["budget"]["amount"] == "20000.00"
    assert passes[0]["who"]["other_parties"] == []


def form_data(page: str) -> dict[str, list[str]]:
    """What a browser would send of the section's form, untouched."""
    page = re.sub(r"<template\b.*?</template>", "", page, flags=re.DOTALL)
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    form = next(f for f in tree.iter("form") if f.get("data-section"))
    found: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.get("name")
        if not name or control.tag == "button" or control.get("type") == "file":
            continue
        if control.get("type") in ("checkbox", "radio") and control.get("checked") is None:
            continue
        if control.tag == "textarea":
            found.setdefault(name, []).append("".join(control.itertext()))
        elif control.tag == "select":
            chosen = [o.get("value") or "" for o in control.iter("option") if o.get("selected") is not None]
            found.setdefault(name, []).append(chosen[0] if chosen else "")
        else:
            found.setdefault(name, []).append(control.get("value") or "")
    return found


def test_a_plain_form_saves_and_goes_on(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    saved = lead.post(path(reference, "edit/place/"), data={"title": "Vilankulo 2030", "go": "next"})
    assert saved.status_code == 303
    assert saved.location.endswith("/edit/purpose/")
    assert answers(world, reference)["place"]["title"] == "Vilankulo 2030"
    listed = lead.post(path(reference, "edit/place/"), data={"title": "Vilankulo 2031", "go": "list"})
    assert listed.location == path(reference)
    assert "Vilankulo 2031" in lead.get(path(reference)).get_data(as_text=True)


def test_numbers_are_read_as_the_reader_writes_them(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    lead.post(path(reference, "edit/budget/?lang=pt"), data={"amount": "72.000,50", "duration": "9"})
    assert answers(world, reference)["budget"]["amount"] == "72000.50"
    lead.post(path(reference, "edit/budget/?lang=ar"), data={"amount": "١٢٬٠٠٠٫٢٥"})
    assert answers(world, reference)["budget"]["amount"] == "12000.25"


def test_what_cannot_be_read_is_kept_and_its_message_leads_to_it(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    page = lead.post(path(reference, "edit/budget/?lang=en"), data={"amount": "about seventy", "duration": "9"})
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'value="about seventy"' in text
    assert 'href="#amount"' in text
    again = lead.get(path(reference, "edit/budget/?lang=en")).get_data(as_text=True)
    assert 'value="about seventy"' in again
    assert answers(world, reference)["budget"]["duration"] == 9


def test_rows_are_added_and_removed_without_scripts(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    typed = {"activities": "", "activities-0-_row": "r1", "activities-0-what": "Consult", "_add": "activities"}
    added = lead.post(path(reference, "edit/activities/"), data=typed)
    assert added.status_code == 303
    assert added.location.endswith("#activities")
    rows = answers(world, reference)["activities"]["activities"]
    assert [row.get("what") for row in rows] == ["Consult", None]
    assert lead.get(added.location.split("#")[0]).get_data(as_text=True).count('data-row="') == 3
    lead.post(path(reference, "edit/activities/"), data={"_remove": "activities:r1"})
    assert len(answers(world, reference)["activities"]["activities"]) == 1


def test_a_file_is_kept_served_as_attachment_and_removed(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    data = {
        "sponsors": "",
        "sponsors-0-_row": "s1",
        "sponsors-0-proof": "",
        "sponsors-0-proof-upload": (io.BytesIO(PDF), "proof.pdf"),
    }
    assert lead.post(path(reference, "edit/sponsors/"), data=data).status_code == 303
    proof = answers(world, reference)["sponsors"]["sponsors"][0]["proof"]
    assert proof["name"] == "proof.pdf"
    assert proof["size"] == len(PDF)
    address = path(reference, f"files/{proof['id']}/")
    found = lead.get(address, buffered=True)
    assert found.data == PDF
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    for stranger in ("aleppo.lead", "officer"):
        assert client_for(world.email("alpha", stranger)).get(address).status_code == 404
    assert client_for(world.email("beta", "douala.lead")).get(address).status_code == 404
    gone = {"sponsors": "", "sponsors-0-_row": "s1", "sponsors-0-proof": proof["id"], "sponsors-0-proof-remove": "1"}
    lead.post(path(reference, "edit/sponsors/"), data=gone)
    assert lead.get(address).status_code == 404


def test_what_was_typed_before_a_file_was_replaced_does_not_bring_the_old_one_back(
    client_for: Clients, world: World
) -> None:
    """The last typing is still on its way when the button is pressed, and arrives after the new file."""
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    row = {"attachments": "", "attachments-0-_row": "a1", "attachments-0-description": "A letter"}

    def send(name: str, **more: str) -> dict[str, Any]:
        file = {"attachments-0-file-upload": (io.BytesIO(PDF), name)}
        assert lead.post(path(reference, "edit/attachments/"), data={**row, **more, **file}).status_code == 303
        found: dict[str, Any] = answers(world, reference)["attachments"]["attachments"][0]
        return found

    old = send("old.pdf")["file"]
    typed = {**row, "question": "attachments", "rev": "1", "typed_at": datetime.now(UTC).isoformat()}
    new = send("new.pdf", **{"_rev-attachments": "1", "attachments-0-file": old["id"]})["file"]
    assert new["name"] == "new.pdf"
    for words in ("A letter", "A lett"):
        late = {**typed, "attachments-0-file": old["id"], "attachments-0-description": words}
        assert lead.post(path(reference, "edit/attachments/autosave"), data=late).json["status"] == "saved"
        kept = answers(world, reference)["attachments"]["attachments"][0]
        assert (kept["description"], kept["file"]) == (words, new)
    removed = {**typed, "rev": "3", "attachments-0-file": new["id"], "attachments-0-file-remove": "1"}
    assert lead.post(path(reference, "edit/attachments/autosave"), data=removed).json["status"] == "saved"
    assert answers(world, reference)["attachments"]["attachments"][0]["file"] is None


def test_a_wrong_file_is_refused_beside_its_input_and_the_rest_is_kept(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    data = {
        "attachments": "",
        "attachments-0-_row": "a1",
        "attachments-0-description": "A letter",
        "attachments-0-file-upload": (io.BytesIO(b"MZ nothing"), "letter.pdf"),
    }
    page = lead.post(path(reference, "edit/attachments/?lang=en"), data=data)
    assert page.status_code == 422
    assert "is not a PDF file" in page.get_data(as_text=True)
    assert answers(world, reference)["attachments"]["attachments"][0]["description"] == "A letter"
    with inside():
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def autosave(client: FlaskClient, reference: str, **data: object) -> dict[str, object]:
    sent = {"question": "title", "rev": "0", "typed_at": datetime.now(UTC).isoformat(), **data}
    answer = client.post(path(reference, "edit/place/autosave"), data=sent, headers={"Accept": "application/json"})
    assert answer.is_json, answer.data
    return {**answer.json, "code": answer.status_code}


def test_autosave_keeps_both_of_two_colliding_answers_until_one_is_chosen(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead, colleague = (client_for(world.email("alpha", f"vilankulo.{who}")) for who in ("lead", "contributor"))
    first = autosave(lead, reference, title="First")
    assert (first["status"], first["rev"]) == ("saved", 1)
    second = autosave(colleague, reference, title="Second")
    assert second["status"] == "conflict"
    assert second["other"]["text"] == "First"
    late = autosave(lead, reference, title="Typed in the bus", rev="1", typed_at="2026-01-01T00:00:00Z")
    assert late["status"] == "stale"
    assert late["other"]["text"] == "Second"
    page = lead.get(path(reference, "edit/place/?lang=en")).get_data(as_text=True)
    assert "Typed in the bus" in page
    assert "First" in page
    conflict = re.findall(r"conflicts/([0-9a-f-]{36})/", page)[0]
    assert lead.post(path(reference, f"conflicts/{conflict}/"), data={"keep": "x"}).status_code == 422
    assert lead.post(path(reference, f"conflicts/{conflict}/"), data={"keep": "other"}).status_code == 303
    assert answers(world, reference)["place"]["title"] == "Typed in the bus"
    outsider = client_for(world.email("alpha", "aleppo.lead"))
    assert outsider.post(path(reference, f"conflicts/{conflict}/"), data={"keep": "other"}).status_code == 404


def test_autosave_refuses_with_words_never_with_a_crash(client_for: Clients, world: World) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert autosave(lead, reference, question="nothing")["code"] == 422
    assert autosave(lead, reference, rev="x", title="T")["code"] == 422
    assert autosave(lead, reference, typed_at="yesterday", title="T")["status"] == "saved"
    assert autosave(client_for(world.email("alpha", "aleppo.lead")), reference, title="T")["code"] == 404
    assert autosave(client_for(world.email("alpha", "vilankulo.signatory")), reference, title="T")["code"] == 403
    budget = {"question": "amount", "rev": "0", "amount": "lots"}
    kept = lead.post(path(reference, "edit/budget/autosave"), data=budget, headers={"Accept": "application/json"}).json
    assert kept["status"] == "saved"
    assert kept["problems"][0]["path"] == "amount"


def test_from_checking_to_submission_once(client_for: Clients, world: World) -> None:
    reference = draft(world, full=True)
    lead, signatory = (client_for(world.email("alpha", f"vilankulo.{who}")) for who in ("lead", "signatory"))
    early = lead.post(path(reference, "moves/submit/"), data={"key": "k1"})
    assert early.status_code == 409
    page = signatory.get(path(reference, "check/?lang=en")).get_data(as_text=True)
    assert "Type your full name" in page
    assert "letter.pdf" in page
    wrong = signatory.post(path(reference, "moves/sign/?lang=en"), data={"typed_name": "", "key": "s0"})
    assert wrong.status_code == 422
    assert "Tick the box" in wrong.get_data(as_text=True)
    signed = signatory.post(
        path(reference, "moves/sign/"), data={"typed_name": "A Mayor", "confirm": "yes", "key": "s1"}
    )
    assert signed.status_code == 303
    assert "A Mayor" in lead.get(path(reference, "check/")).get_data(as_text=True)
    for _ in range(2):
        done = lead.post(path(reference, "moves/submit/"), data={"key": "k2"})
        assert done.status_code == 303
        assert done.location.endswith("/submitted/")
    confirmation = lead.get(path(reference, "submitted/?lang=en")).get_data(as_text=True)
    code = re.search(r"<bdi>([0-9A-Z]{5}-[0-9A-Z]{5})</bdi>", confirmation)
    assert code
    assert reference in confirmation
    again = lead.get(path(reference, "submitted/?lang=en")).get_data(as_text=True)
    assert code.group(1) not in again
    with inside():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        assert case.access_code_digest == submission.access_code_digest(reference, code.group(1))
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    status = lead.get(path(reference, "?lang=en")).get_data(as_text=True)
    assert "What was promised, and how it stands" in status
    assert "Why this date?" in status
    assert "Being checked" in status
    assert "Nothing to do for you now" in status
    assert lead.get(path(reference, "edit/place/")).status_code == 409


def test_an_incomplete_draft_says_what_is_missing_and_where(client_for: Clients, world: World) -> None:
    reference = draft(world)
    page = client_for(world.email("alpha", "vilankulo.lead")).get(path(reference, "check/?lang=en"))
    assert "edit/place/?check=1#title" in page.get_data(as_text=True)


def test_a_returned_section_is_mended_sent_again_and_compared(client_for: Clients, world: World) -> None:
    reference = sent(world)
    with inside():
        officer = world.actor("alpha", "officer")
        case = queries.by_reference(officer, reference)
        inputs = {"sections": {"place": "The title names no city."}}
        make_move(case, "return_sections", officer, datetime.now(UTC), inputs)
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    page = lead.get(path(reference, "?lang=en")).get_data(as_text=True)
    assert "The title names no city." in page
    assert "Waiting for you" in page
    assert "Corrections by the applicant" in page
    assert lead.get(path(reference, "edit/budget/")).status_code == 409
    shown = lead.get(path(reference, "edit/place/?lang=en")).get_data(as_text=True)
    assert "The title names no city." in shown
    lead.post(path(reference, "edit/place/"), data={"title": "A strategy for Vilankulo"})
    assert lead.post(path(reference, "moves/resubmit/"), data={"key": "r1"}).status_code == 303
    changes = lead.get(path(reference, "changes/?lang=en")).get_data(as_text=True)
    assert "A strategy for the city" in changes
    assert "A strategy for Vilankulo" in changes
    assert lead.get(path(reference, "changes/?number=9")).status_code == 404
    assert lead.get(path(reference, "submitted/")).status_code == 200


def test_messages_withdrawal_and_discarding(client_for: Clients, world: World) -> None:
    reference = sent(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert lead.post(path(reference, "messages/"), data={"body": "When do we hear?"}).status_code == 303
    assert lead.post(path(reference, "messages/"), data={"body": " "}).status_code == 422
    assert "When do we hear?" in lead.get(path(reference)).get_data(as_text=True)
    assert lead.get(path(reference, "moves/withdraw/")).status_code == 200
    for hidden in ("find_complete", "approve", "accept_agreement", "nothing"):
        assert lead.get(path(reference, f"moves/{hidden}/")).status_code == 404
        assert lead.post(path(reference, f"moves/{hidden}/")).status_code == 404
    contributor = client_for(world.email("alpha", "vilankulo.contributor"))
    assert contributor.get(path(reference, "moves/withdraw/")).status_code == 403
    assert contributor.post(path(reference, "moves/withdraw/"), data={"key": "w"}).status_code == 403
    assert lead.post(path(reference, "moves/withdraw/"), data={"key": "w"}).status_code == 303
    assert "Withdrawn" in lead.get(path(reference, "?lang=en")).get_data(as_text=True)
    assert lead.get(path(reference, "moves/withdraw/")).status_code == 409
    other = draft(world)
    assert lead.post(path(other, "moves/discard/"), data={"key": "d"}).location == "/alpha/my/"


def test_a_document_waits_for_its_pdf_and_keeps_its_audience(client_for: Clients, world: World) -> None:
    reference = sent(world)
    with inside():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        paper = db.session.scalars(select(Document).where(Document.case_id == case.id)).one().id
        secret = documents.request(case, "letter", "letter-1", "en", {"x": 1}, datetime.now(UTC), audience="staff").id
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    waiting = lead.get(path(reference, f"documents/{paper}/?lang=en")).get_data(as_text=True)
    assert "Look again" in waiting or "makes no PDFs" in waiting
    assert lead.get(path(reference, f"documents/{secret}/")).status_code == 404
    assert client_for(world.email("alpha", "officer")).get(path(reference, f"documents/{secret}/")).status_code == 200
    assert (
        client_for(world.email("alpha", "aleppo.lead")).get(path(reference, f"documents/{paper}/")).status_code == 404
    )


def test_my_cases_lists_only_my_organisations_what_is_mine_first(client_for: Clients, world: World) -> None:
    waiting, mine = sent(world), draft(world)
    other = draft(world, organisation="aleppo")
    foreign = draft(world, slug="beta", organisation="douala")
    page = client_for(world.email("alpha", "vilankulo.lead")).get("/alpha/my/?lang=en").get_data(as_text=True)
    assert page.index(f"cases/{mine}/") < page.index(f"cases/{waiting}/")
    assert f"cases/{other}/" not in page
    assert foreign not in page
    assert "1 case waits for you." in page
    assert client_for(world.email("alpha", "officer")).get("/alpha/my/").status_code == 403


def test_a_long_list_is_turned_page_by_page(client_for: Clients, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.applications.queries.PAGE", 2)
    references = [draft(world) for _ in range(4)] + [sent(world)]
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    address, seen = "/alpha/my/", []
    for _ in range(3):
        page = lead.get(address).get_data(as_text=True)
        seen += re.findall(r'data-open href="/alpha/cases/([^/]+)/"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == references
    assert address == ""
    assert lead.get("/alpha/my/?after=junk").status_code == 422


def test_cities_for_the_picker(client_for: Clients, world: World) -> None:
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    assert [city["name"] for city in lead.get("/alpha/cities/?q=vil&country=MZ").json] == ["Vilankulo"]
    assert lead.get("/alpha/cities/?q=vil&country=SY").json == []
    assert client_for(None).get("/alpha/cities/?q=vil", headers={"Accept": "application/json"}).status_code == 401


def test_a_report_is_written_on_the_same_pages(client_for: Clients, world: World) -> None:
    reference = sent(world)
    with inside():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        lines = [{"_row": "l1", "line": "Consultation", "category": "consultants", "budget": "20000.00", "spent": None}]
        facts: dict[str, object] = {"period_end": "2026-06-30"}
        filled: dict[str, dict[str, object]] = {"funds": {"use_of_funds": lines}}
        report = open_report(
            case, "report-progress", 1, datetime.now(UTC), form_version=1, facts=facts, prefilled=filled
        ).reference
        db.session.commit()
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    for rest in ("", "check/", "edit/funds/", "edit/activities/?check=1"):
        for language in ("en", "ar"):
            sign = "&" if "?" in rest else "?"
            assert lead.get(path(report, f"{rest}{sign}lang={language}")).status_code == 200
    page = lead.get(path(report, "edit/funds/?lang=en")).get_data(as_text=True)
    data = form_data(page) | {"use_of_funds-0-spent": "1,500", "use_of_funds-0-budget": "1"}
    lead.post(path(report, "edit/funds/?lang=en"), data=data)
    with inside():
        kept = db.session.scalars(select(Case).where(Case.reference == report)).one()
        row = queries.answers_of(kept.id)["funds"]["use_of_funds"][0]
    assert row["spent"] == "1500.00"
    assert row["budget"] == "20000.00"
    assert report in lead.get(path(reference)).get_data(as_text=True)
    assert f"cases/{report}/" in lead.get("/alpha/my/").get_data(as_text=True)


@pytest.mark.parametrize("section", ["who", "sponsors", "place", "activities", "budget", "execution", "attachments"])
def test_nonsense_in_a_form_is_never_a_crash(client_for: Clients, world: World, section: str) -> None:
    reference = draft(world)
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    codes = ("title", "country", "budget", "amount", "sponsors", "attachments", "activities", "cities", "declaration")
    nonsense = ("\x00\u202e<script>", "9" * 400, "[]", "{}", "-1e999", "٩" * 50, "true", str(world["alpha"].call))
    for text in nonsense:
        data = {"_add": text, "_remove": f"budget:{text}", "go": text}
        for code in codes:
            data |= {
                code: text,
                f"{code}-0-_row": text,
                f"{code}-0-grant": text,
                f"{code}-0-proof": text,
                f"{code}-999999-what": text,
                f"_rev-{code}": text,
            }
        assert lead.post(path(reference, f"edit/{section}/"), data=data).status_code in (303, 422), text
    for number, code in enumerate(codes):
        text = nonsense[number % len(nonsense)]
        typed = {**data, "question": code, "rev": "0", "typed_at": text, code: text}
        assert lead.post(path(reference, f"edit/{section}/autosave"), data=typed).status_code in (200, 422), text
    assert lead.get(path(reference, f"edit/{section}/?check=1")).status_code == 200
    assert lead.get(path(reference, "check/")).status_code == 200
