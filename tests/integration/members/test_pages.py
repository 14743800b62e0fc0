"""The members' pages as people use them, and what each may not see of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.models import Sponsorship
from portal.members.queries import circulars
from portal.members.service import sponsors
from portal.organisations import queries as organisations
from portal.organisations.models import Organisation
from tests.conftest import Place
from tests.integration.cases import proposals
from tests.integration.members import people
from tests.integration.members.test_sponsors import PDF

Clients = Callable[[str | None], FlaskClient]
AGO = timedelta(days=3)


def post(client: FlaskClient, url: str, page: str, **form: object) -> int:
    """Send a form with the token of the page on which it stands."""
    text = client.get(page).text
    token = text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(url, data={"csrf_token": token, **form}).status_code


def before(place: Place, slug: str = "alpha", organisation: str = "vilankulo", days: int = 40) -> tuple[str, int]:
    """A proposal before the members since a few days; its reference and its circular's number."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
    with place.app.app_context(), tenancy.scope(place.world[slug].id):
        people.join(place.world, slug)
        case = people.to_circulate(place.world, slug, now, organisation=organisation)
        row = people.circulated(place.world, slug, [case], "recommended", datetime.now(UTC) - AGO)
        people.mails_arrive()
        found = case.reference, row.number
        db.session.commit()
        db.session.remove()
    return found


def of(place: Place, reference: str, slug: str = "alpha") -> Case:
    """The case itself (needs the tenant's scope)."""
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def test_a_circular_is_made_looked_at_and_sent(place: Place, client_for: Clients) -> None:
    now = datetime.now(UTC) - AGO
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        people.join(place.world, "alpha")
        case = proposals.to_coordinate(place.world, proposals.submitted(place.world, now=now), now)
        reference, key = case.reference, str(case.id)
        db.session.commit()
        db.session.remove()
    officer, gavea = client_for("officer@alpha.example"), client_for("gavea@alpha.example")
    compose = "/alpha/circulars/new/"
    assert reference in officer.get(compose).text
    assert post(officer, compose, compose, coordination="nonsense") == 422
    assert post(officer, compose, compose, coordination=key, introduction="Dear members,") == 303
    assert gavea.get("/alpha/circulars/1/").status_code == 404, "a draft is the secretariat's"
    preview = officer.get("/alpha/circulars/1/").text
    assert "II. For donor coordination" in preview
    assert "Norlan" in preview
    assert post(officer, "/alpha/circulars/1/send/", "/alpha/circulars/1/") == 303
    assert post(officer, "/alpha/circulars/1/send/", "/alpha/circulars/1/answers/") == 409
    page = gavea.get("/alpha/circulars/1/?lang=en").text
    assert reference in page
    assert "Dear members," in page
    assert reference in gavea.get("/alpha/members/?lang=en").text
    assert post(gavea, "/alpha/circulars/1/received/", "/alpha/circulars/1/") == 303
    url = f"/alpha/circulars/cases/{reference}/"
    assert post(gavea, f"{url}comments/", url, body=" ") == 422
    assert post(gavea, f"{url}comments/", url, body="Who pays for the pumps?") == 422, "who reads it must be said"
    assert post(gavea, f"{url}comments/", url, body="Who pays for the pumps?", visibility="all") == 422
    assert post(gavea, f"{url}comments/", url, body="Who pays for the pumps?", visibility="members") == 303
    assert "Who pays for the pumps?" in client_for("norlan@alpha.example").get(url).text
    assert post(gavea, f"{url}stance/", url, stance="objection", reason="No") == 404, "it is not asked for that"
    tab = f"/alpha/desk/{reference}/?tab=members"
    text = officer.get(tab).text
    answer = text.split(f'action="/alpha/desk/{reference}/comments/')[1].split('"')[0]
    own = f"/alpha/desk/{reference}/comments/{answer}"
    assert post(officer, own, tab, kind="", answer="") == 422
    assert post(officer, own, tab, kind="explained", answer="The city does.") == 303
    assert "The city does." in gavea.get(url).text


def test_a_comment_for_the_secretariat_is_read_by_no_other_member(place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        people.join(place.world, "alpha")
        reference = people.coordinating(place.world, now=datetime.now(UTC) - AGO).reference
        db.session.commit()
        db.session.remove()
    gavea, norlan = client_for("gavea@alpha.example"), client_for("norlan@alpha.example")
    url = f"/alpha/circulars/cases/{reference}/"
    assert post(gavea, f"{url}comments/", url, body="The mayor is my cousin.", visibility="secretariat") == 303
    own, other = gavea.get(f"{url}?lang=en").text, norlan.get(f"{url}?lang=en").text
    assert "The mayor is my cousin." in own
    assert "Read by the secretariat alone" in own
    assert "my cousin" not in other
    assert 'href="#comments"' not in other, "not even that there is one"
    assert 'href="#comments"' in own
    assert "my cousin" not in norlan.get("/alpha/circulars/1/").text
    assert norlan.get("/alpha/circulars/1/answers/").status_code == 404
    for reader in ("officer", "auditor"):
        assert "The mayor is my cousin." in client_for(f"{reader}@alpha.example").get(url).text
    officer = client_for("officer@alpha.example")
    tab = officer.get(f"/alpha/desk/{reference}/?tab=members").text
    assert "Read by the secretariat alone" in tab
    own_form = tab.split(f'action="/alpha/desk/{reference}/comments/')[1].split('"')[0]
    form = {"kind": "explained", "answer": "He stood aside."}
    assert post(officer, f"/alpha/desk/{reference}/comments/{own_form}", f"/alpha/desk/{reference}/", **form) == 303
    assert "He stood aside." in gavea.get(url).text
    assert "He stood aside." not in norlan.get(url).text, "the answer has the readers of the comment"


def test_a_focal_point_begins_where_members_work(place: Place, client_for: Clients) -> None:
    before(place)
    assert client_for("gavea@alpha.example").get("/login").location.endswith("/alpha/members/")


def test_a_member_objects_and_withdraws(place: Place, client_for: Clients) -> None:
    reference, number = before(place)
    gavea, officer = client_for("gavea@alpha.example"), client_for("officer@alpha.example")
    url = f"/alpha/circulars/cases/{reference}/"
    assert post(gavea, f"{url}stance/", url, stance="objection", reason="") == 422
    assert post(gavea, f"{url}stance/", url, stance="objection", reason="The loan is not agreed.") == 303
    assert "The loan is not agreed." in officer.get(f"/alpha/circulars/{number}/answers/").text
    assert (
        "The loan is not agreed."
        not in client_for("vilankulo.lead@alpha.example").get(f"/alpha/cases/{reference}/").text
    )
    told = officer.get(f"/alpha/desk/{reference}/?tab=history").text.split('id="history"')[1]
    assert "The loan is not agreed." in told
    assert not re.search("[0-9a-f]{8}-[0-9a-f]{4}-", told), "a key of the database tells a reader nothing"
    assert post(gavea, f"{url}withdraw/", url, withdrawal="Agreed now.") == 303
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        assert of(place, reference).state == "circulated"


def test_an_answer_a_moment_too_late_is_told_kindly_and_its_words_are_not_lost(
    place: Place, client_for: Clients
) -> None:
    reference, _ = before(place)
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        people.item_of(of(place, reference)).closes_at = datetime.now(UTC) - timedelta(seconds=1)
        db.session.commit()
        db.session.remove()
    gavea = client_for("gavea@alpha.example")
    url = f"/alpha/circulars/cases/{reference}/"
    token = gavea.get("/account/?lang=en").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = gavea.post(
        f"{url}stance/", data={"csrf_token": token, "stance": "objection", "reason": "The loan is not agreed."}
    )
    assert answer.status_code == 409
    assert "could not be counted" in answer.text
    assert "The loan is not agreed." in answer.text


def test_staff_records_a_bounce_and_sends_again(place: Place, client_for: Clients) -> None:
    _, number = before(place)
    officer = client_for("officer@alpha.example")
    page = f"/alpha/circulars/{number}/answers/"
    text = officer.get(page).text
    first = text.split("/addressees/")[1].split("/")[0]
    base = f"/alpha/circulars/{number}/addressees/{first}"
    assert post(officer, f"{base}/bounced/", page) == 303
    assert "Not reached" in officer.get(page).text
    assert post(officer, f"{base}/again/", page) == 303
    assert post(officer, f"/alpha/circulars/{number + 7}/addressees/{first}/again/", page) == 404
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "circular")).all()
        assert sum(mail.state == "queued" for mail in mails) == 1


def test_sponsors_are_asked_and_answer_on_their_pages(place: Place, client_for: Clients) -> None:
    now = datetime.now(UTC)
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        found = people.join(place.world, "alpha")
        draft, case = (proposals.draft(place.world, now=now).reference,
                       proposals.submitted(place.world, now=now).reference)  # fmt: skip
        db.session.commit()
        db.session.remove()
    lead, gavea = client_for("vilankulo.lead@alpha.example"), client_for("gavea@alpha.example")
    case_page = f"/alpha/cases/{draft}/"
    page = f"{case_page}sponsors/"
    assert page in lead.get(case_page).text
    assert "Gavea" in lead.get(page).text
    assert post(lead, page, page, organisation=found["gavea"], role="Follows the work") == 303
    assert post(lead, page, page, organisation="nonsense") == 422
    asked = f"/alpha/cases/{case}/sponsors/"
    assert post(lead, asked, asked, organisation=found["habita"]) == 303
    assert "Habita" in lead.get(f"/alpha/cases/{case}/").text, "told from the events"
    assert post(lead, asked, asked, organisation=found["habita"], do="withdraw") == 303
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        key = db.session.scalars(select(Sponsorship.id).where(Sponsorship.organisation_id == found["gavea"])).one()
    url = f"/alpha/sponsorships/{key}/"
    assert "Follows the work" in gavea.get(url).text
    assert draft in gavea.get("/alpha/members/").text
    assert gavea.get(f"/alpha/circulars/cases/{draft}/").status_code == 404, "a draft's text is nobody else's"
    assert client_for("norlan@alpha.example").get(url).status_code == 404
    assert post(gavea, url, url, answer="decline", note="") == 422
    assert post(gavea, url, url, answer="confirm", note="Gladly") == 303
    assert "Gladly" in lead.get(page).text
    assert "Gladly" in lead.get(case_page).text
    officer, tab = client_for("officer@alpha.example"), f"/alpha/desk/{case}/?tab=members"
    file = (io.BytesIO(PDF), "letter.pdf")
    sent = {"organisation": str(found["norlan"]), "document": file, "note": "By post"}
    assert post(officer, f"/alpha/desk/{case}/sponsors/", tab, **sent) == 303
    assert "By post" in officer.get(tab).text
    assert post(officer, f"/alpha/desk/{case}/sponsors/", tab, organisation=str(found["habita"])) == 422


def test_the_register_of_members(place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        found = people.join(place.world, "alpha")
        former = db.session.scalars(select(Organisation.id).where(Organisation.name == "Sponsor of alpha")).one()
        db.session.commit()
        db.session.remove()
    manager, page = client_for("manager@alpha.example"), "/alpha/circulars/members/"
    assert "Gavea" in manager.get(page).text
    assert post(manager, f"{page}periods/", page, organisation=str(former), starts_on="2020-01-01") == 303
    for wrong in (
        {"organisation": str(found["gavea"]), "starts_on": "2020-01-01"},
        {"organisation": str(former), "starts_on": "2021-01-01", "ends_on": "2020-01-01"},
        {"organisation": str(former), "starts_on": "soon"},
        {"organisation": "", "starts_on": "2020-01-01"},
    ):
        assert post(manager, f"{page}periods/", page, **wrong) == 422
    new = {"member": str(former), "email": "new@fund.example", "name": "A New Voice", "language": "fr"}
    assert post(manager, f"{page}people/", page, **new | {"email": "nonsense"}) == 422
    assert post(manager, f"{page}people/", page, **new) == 303
    assert "A New Voice" in manager.get(page).text
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        held = [one.roles for one in organisations.people_by_organisation([former])[former]]
        assert held == [("focal_point",)]


# -- what somebody may not see


def every_address(place: Place, reference: str, number: int) -> list[tuple[str, str]]:
    """Every address of the members' side about a case and its circular, with its method."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        case = of(place, reference)
        addressee = circulars.addressees(circulars.items_of(case.id)[0][1].id)[0].row.id
        lead = place.world.actor("alpha", "vilankulo.lead")
        member = db.session.scalars(select(Organisation.id).where(Organisation.name == "Gavea")).one()
        asked = sponsors.invite(case, member, "", lead, datetime.now(UTC)).id
        text = circulars.snapshot_as_sent(case.id, datetime.now(UTC))
        assert text is not None
        paper = cases.papers_of(case.id, "submission")[0].id
        file = text.answers["sponsors"]["sponsors"][0]["proof"]["id"]
        db.session.commit()
        db.session.remove()
    values: dict[str, object] = {
        "reference": reference, "number": number, "addressee_id": addressee, "sponsorship_id": asked,
        "document_id": paper, "file_id": UUID(file), "comment_id": addressee,
    }  # fmt: skip
    adapter = place.app.url_map.bind("localhost")
    found = []
    for rule in place.app.url_map.iter_rules():
        if rule.endpoint.startswith("members.") and rule.arguments - {"tenant"}:
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            arguments = {name: values.get(name, "alpha") for name in rule.arguments}
            found.append((method, str(adapter.build(rule.endpoint, arguments, method=method))))
    return sorted(found)


@pytest.mark.parametrize(
    "person",
    ["stranger@alpha.example", "aleppo.lead@alpha.example", "vilankulo.lead@alpha.example", "officer@beta.example",
     "newcomer@alpha.example", "gavea@beta.example", "translator@alpha.example", "finance@alpha.example"],
)  # fmt: skip
def test_nobody_finds_what_was_not_sent_to_her(place: Place, client_for: Clients, person: str) -> None:
    """A member that joined later, the other tenant's members, other cities, strangers: refused or not found."""
    reference, number = before(place)
    addresses = every_address(place, reference, number)
    with place.app.app_context():
        with tenancy.scope(place.world["beta"].id):
            people.join(place.world, "beta")
        with tenancy.scope(place.world["alpha"].id):
            row = Organisation(
                name="Newcomer", kind="member", country="BR", language="pt", created_at=datetime.now(UTC)
            )
            db.session.add(row)
            db.session.flush()
            people.add_focal_point(place.world, "alpha", row.id, "newcomer", "pt")
        db.session.commit()
        db.session.remove()
    client = client_for(person)
    token = client.get("/account/?lang=en").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "stance": "objection", "reason": "No", "body": "No", "answer": "decline", "note": "No"}
    inside = {"vilankulo.lead@alpha.example": "/sponsors/"}.get(person, "-")
    for method, url in addresses:
        if inside in url:
            continue  # her own case
        answer = client.get(url) if method == "GET" else client.post(url, data=form)
        assert answer.status_code in (403, 404), (person, method, url, answer.status_code)
        if person.startswith("newcomer") and "desk" not in url and "/addressees/" not in url:
            assert answer.status_code == 404 or url.endswith(
                ("/send/", "/discard/", "/cases/" + reference + "/sponsors/")
            )
        assert reference not in answer.text.replace(url, "")
    if person.startswith(("newcomer", "gavea@beta")):
        slug = "beta" if person.endswith("beta.example") else "alpha"
        for page in ("members", "circulars"):
            text = client.get(f"/{slug}/{page}/").text
            assert reference not in text
            assert "circulars/1/" not in text


def test_what_a_member_reads_is_what_was_sent(place: Place, client_for: Clients) -> None:
    """Neither notes nor assessment nor letters; the secretariat's own case page is closed to members."""
    reference, _ = before(place)
    gavea = client_for("gavea@alpha.example")
    text = gavea.get(f"/alpha/circulars/cases/{reference}/?lang=en").text
    assert "In English" in text, "the accepted translation"
    assert "Sound." not in text, "words of the assessment"
    for url in (f"/alpha/desk/{reference}/", f"/alpha/cases/{reference}/", "/alpha/desk/", "/alpha/my/"):
        assert gavea.get(url).status_code in (403, 404), url
