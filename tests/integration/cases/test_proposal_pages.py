"""The pages of proposals and concept notes: each section of the draft, the submission, the officer's desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.calls.rules import instruments
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW
from tests.integration.cases import proposals


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("instrument", ["project_proposal", "concept_note"])
def test_every_page_of_the_new_forms(
    place: Place, client_for: Callable[[str | None], FlaskClient], instrument: str
) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        draft = proposals.draft(place.world, amount="150000.00", instrument=instrument).reference
        case = proposals.submitted(place.world, amount="150000.00", instrument=instrument)
        warned = proposals.submitted(
            place.world, amount="150000.00", instrument=instrument, screening="research"
        ).reference
        submitted = case.reference
        proposals.to_coordinate(place.world, case)
        make_move(case, "circulate_for_coordination", Actor.system(case.tenant_id), NOW)
        db.session.commit()
    lead, officer = client_for("vilankulo.lead@alpha.example"), client_for("officer@alpha.example")
    sections = [section.code for section in instruments.form(instrument, "application", 1).sections]
    wanted = [(lead, f"/alpha/cases/{draft}/edit/{code}/") for code in sections]
    wanted += [(lead, f"/alpha/cases/{draft}/check/"), (lead, f"/alpha/cases/{submitted}/")]
    wanted += [(officer, f"/alpha/desk/{submitted}/"), (officer, "/alpha/desk/?tab=coordination")]
    wrong = []
    for language in ("en", "ar"):
        for client, address in wanted:
            found = client.get(address, query_string={"lang": language} if "?" not in address else None)
            if found.status_code != 200:
                wrong.append((address, language, found.status_code))
    assert wrong == []
    page = officer.get(f"/alpha/desk/{warned}/", query_string={"lang": "en"}).text
    assert "Research and conferences are generally not funded." in page
    assert "The members have it now." in lead.get(f"/alpha/cases/{submitted}/", query_string={"lang": "en"}).text
