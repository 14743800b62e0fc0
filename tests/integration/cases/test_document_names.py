"""The documents of a case are told apart by number and day, on the pages of both sides and when they are saved."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import unquote
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from portal.cases import queries as cases
from portal.cases import show
from portal.cases.rules.papers import as_file_name, number_in
from portal.cases.service import document
from portal.cases.service.move import make_move
from portal.infra import storage, tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import stories

Clients = Callable[[str | None], FlaskClient]
DAY = timedelta(days=1)
FIRST, SECOND = "submission 1 (3 March 2026), in Portuguese", "submission 2 (5 March 2026), in Portuguese"


@pytest.fixture
def sent_twice(place: Place, world: World) -> tuple[str, list[UUID]]:
    """A case that was returned and sent again, with both its documents typeset: its reference and their ids."""
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = stories.returned(world, stories.submitted(world, now=NOW), NOW + DAY)
        make_move(case, "resubmit", stories.who(world, case, "lead"), NOW + 2 * DAY)
        papers = cases.documents_of(case.id)
        for row in papers:
            content = io.BytesIO(b"%PDF-1.7")
            name = f"{row.title}.pdf"
            kept = storage.save(content, name=name, media_type="application/pdf", limit=None, now=NOW, case_id=case.id)
            row.file_id = kept.id
        found = case.reference, [row.id for row in papers]
        db.session.commit()
        db.session.remove()
    return found


@pytest.mark.parametrize("side", ["vilankulo.lead", "officer"])
def test_two_submissions_have_two_names(
    client_for: Clients, world: World, sent_twice: tuple[str, list[UUID]], side: str
) -> None:
    reference, papers = sent_twice
    client = client_for(world.email("alpha", side))
    home = f"/alpha/desk/{reference}/" if side == "officer" else f"/alpha/cases/{reference}/"
    page = client.get(f"{home}?lang=en&tab=documents").text
    for told in (FIRST, SECOND):
        assert page.count(f"<bdi>Application {reference}, {told}</bdi>") == 1
    names = [saved_as(client, f"{home}documents/{paper}/") for paper in papers]
    # It was written in Portuguese, and the reader's language is English.
    assert names == [f"Application {reference}, {told}.pdf" for told in (FIRST, SECOND)]


def saved_as(client: FlaskClient, address: str) -> str:
    """The name under which a browser saves a download."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    answer.close()
    told = answer.headers["Content-Disposition"]
    return unquote(told.partition("filename*=UTF-8''")[2]) or told.partition("filename=")[2].strip('"')


def test_the_name_is_in_the_language_of_the_reader(
    client_for: Clients, world: World, sent_twice: tuple[str, list[UUID]]
) -> None:
    reference, papers = sent_twice
    lead = client_for(world.email("alpha", "vilankulo.lead"))
    page = lead.get(f"/alpha/cases/{reference}/?lang=pt").text
    assert f"Candidatura {reference}" in page
    assert "5 de março de 2026" in page
    name = saved_as(lead, f"/alpha/cases/{reference}/documents/{papers[1]}/")
    assert name.startswith(f"Candidatura {reference}")
    assert name.endswith("(5 de março de 2026).pdf"), "in the document's own language, which needs not be said"


def test_letters_say_their_language_where_there_are_two_and_their_number_from_the_second_on(alpha: World) -> None:
    case = stories.submitted(alpha, now=NOW)
    source: dict[str, str] = {}
    papers = [
        document.request(case, "letter", key, language, source, at, audience="applicant")
        for key, language, at in (
            ("letter-1", "en", NOW + DAY),
            ("letter-1", "pt", NOW + DAY),
            ("letter-2", "pt", NOW + DAY),
        )
    ]
    names = show.document_names(papers, case)
    title = f"Letter on {case.reference}"
    assert [names[row.id] for row in papers] == [
        f"{title} (4 March 2026), in English",
        f"{title} (4 March 2026), in Portuguese",
        f"{title}, no. 2 (4 March 2026), in Portuguese",
    ]
    saved = [show.file_name(row, case.reference) for row in papers]
    assert saved[0] == f"{title} (4 March 2026).pdf"
    assert len(set(saved)) == 3


@pytest.mark.parametrize(("key", "number"), [("submission-2", 2), ("letter-12", 12), ("letter", 1), ("a-b", 1)])
def test_the_number_is_in_the_key(key: str, number: int) -> None:
    assert number_in(key) == number


def test_a_file_name_holds_what_every_system_takes() -> None:
    assert as_file_name('a/b\\c: "d" \u2068e\u2069?.') == "a-b-c- -d- -e"
    assert len(as_file_name("x" * 400)) == 150
