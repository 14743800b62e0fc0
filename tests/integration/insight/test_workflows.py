"""The pages about workflows: drawn and told from the data, in the reader's language, with the tenant's own days."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.calls.rules import instruments
from portal.infra import tenancy
from portal.infra.db import db
from portal.standards import queries as standards
from portal.standards import service
from tests.conftest import Place
from tests.factories import NOW

Clients = Callable[[str | None], FlaskClient]
DRAWN = "/alpha/admin/workflows/project_proposal/application/"


def rows(page: str, state: str) -> str:
    """The row of a table that begins with a state's name."""
    found = re.search(
        rf"<tr><th scope=\"row\" class=\"fw-normal\"><strong>{re.escape(state)}</strong>.*?</tr>", page, re.DOTALL
    )
    assert found is not None, state
    return found.group(0)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_drawing_says_in_words_what_it_shows(place: Place, client_for: Clients) -> None:
    page = client_for("officer@alpha.example").get(DRAWN).text
    workflow = instruments.workflow("project_proposal", "application", 1)
    assert page.count('class="wf-box ') == len(workflow.states)
    assert 'role="img" aria-labelledby="wf-title wf-desc"' in page
    assert "<desc id=" in page
    assert "style=" not in page.partition("<svg class=")[2].partition("</svg>")[0]
    members = rows(page, "Members comment")
    assert "10 weekdays" in members
    assert "Comments to answer" in members
    assert "Comments of the members" in members
    for state in workflow.states.values():
        rows(page, state.name.get("en"))
    assert "Concurrence of the country" in page


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_in_arabic_the_drawing_is_turned_round(place: Place, client_for: Clients) -> None:
    client = client_for("officer@alpha.example")
    corners = {}
    for language in ("en", "ar"):
        page = client.get(DRAWN, query_string={"lang": language}).text
        found = re.search(r'<rect x="([\d.]+)"', page)
        assert found is not None
        corners[language] = float(found.group(1))
        name = instruments.workflow("project_proposal", "application", 1).states["assessing"].name.get(language)
        assert name in page
    assert corners["en"] < corners["ar"]


def test_the_manual_tells_each_tenant_its_own_days(place: Place, client_for: Clients) -> None:
    with place.app.app_context():
        with tenancy.scope(place.world["alpha"].id):
            row = next(r for r in instruments.standards_data("preparatory_grant", "application") if r["code"] == "ACK")
            service.publish("preparatory_grant", "application", {**row, "amount": 7}, NOW)
            db.session.commit()
        standards.forget()
    for slug, days in (("alpha", "7 working days"), ("beta", "2 working days")):
        page = client_for(f"officer@{slug}.example").get(f"/{slug}/admin/manual/").text
        part = page.partition('id="preparatory_grant-application"')[2]
        assert days in rows(part, "Submitted"), slug


def test_only_the_secretariat_reads_them(place: Place, client_for: Clients) -> None:
    for address in ("/alpha/admin/workflows/", DRAWN, "/alpha/admin/manual/"):
        # Whoever has no part in the secretariat is told of no page by a name of its own.
        refused = 404 if address == DRAWN else 403
        assert client_for("vilankulo.lead@alpha.example").get(address).status_code == refused
        assert client_for("officer@beta.example").get(address).status_code == refused
        assert client_for("auditor@alpha.example").get(address).status_code == 200
    client = client_for("officer@alpha.example")
    for address in ("nothing/application", "preparatory_grant/report-nothing", "concept_note/report-progress"):
        assert client.get(f"/alpha/admin/workflows/{address}/").status_code == 404
