"""A translation from its first word to its acceptance, and again after the applicant has mended her text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.cases.models import Case
from portal.cases.service import answer
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.translation import queries
from portal.translation.service import translate
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted
from tests.integration.review.road import at, translated

LATER = NOW + timedelta(days=3)


def test_only_what_the_secretariat_does_not_read_is_translated(alpha: World) -> None:
    case = submitted(alpha)
    make_move(case, "find_complete", alpha.actor("alpha", "officer"), LATER)
    assert case.state == "translating"


def test_a_working_language_needs_no_translation(app: object, world: World) -> None:
    with tenancy.scope(world["beta"].id):
        case = submitted(world, "beta", "douala")
        make_move(case, "find_complete", world.actor("beta", "officer"), LATER)
        assert case.state == "assessing"


def test_only_a_translator_writes_and_only_what_belongs_here(alpha: World) -> None:
    case, translator = at(alpha, "translating"), alpha.actor("alpha", "translator")
    with pytest.raises(NotAllowed):
        translate.save_draft(case, {}, alpha.actor("alpha", "officer"), LATER)
    with pytest.raises(Invalid):
        translate.save_draft(case, {"no.such": "text"}, translator, LATER)
    with pytest.raises(NotNow):
        translate.save_draft(at(alpha, "checking", organisation="aleppo"), {}, translator, LATER)


def test_an_unfinished_translation_is_not_filed(alpha: World) -> None:
    case, translator = at(alpha, "translating"), alpha.actor("alpha", "translator")
    texts = translated(case)
    left = texts.popitem()
    translate.save_draft(case, texts, translator, LATER)
    with pytest.raises(NotNow, match="not finished"):
        make_move(case, "file_translation", translator, LATER)
    with pytest.raises(NotNow, match="has not filed"):
        make_move(case, "accept_translation", alpha.actor("alpha", "officer"), LATER)
    translate.save_draft(case, {left[0]: left[1]}, translator, LATER)
    make_move(case, "file_translation", translator, LATER)
    make_move(case, "accept_translation", alpha.actor("alpha", "officer"), LATER)
    version = queries.latest(case.id)
    assert version is not None
    assert (case.state, version.state, version.version) == ("assessing", "accepted", 1)


def test_a_question_to_the_applicant_holds_the_filing_until_it_is_answered(alpha: World) -> None:
    case, translator = at(alpha, "translating"), alpha.actor("alpha", "translator")
    translate.save_draft(case, translated(case), translator, LATER)
    make_move(case, "query_applicant", translator, LATER, {"question": "Which quarter?"})
    with pytest.raises(NotNow, match="not answered"):
        make_move(case, "file_translation", translator, LATER)
    make_move(case, "answer_query", alpha.actor("alpha", "vilankulo.lead"), LATER, {"answer": "The old one."})
    make_move(case, "file_translation", translator, LATER)
    assert queries.open_query(case.id) is None


def test_what_is_filed_stays_and_what_still_stands_is_taken_over(alpha: World) -> None:
    case: Case = at(alpha, "assessing")
    officer, lead = alpha.actor("alpha", "officer"), alpha.actor("alpha", "vilankulo.lead")
    first = queries.latest(case.id)
    assert first is not None
    before = dict(first.texts)
    make_move(case, "return_sections", officer, LATER, {"sections": {"purpose": "Say more."}})
    answer.save_section(case, "purpose", {"purpose": "Quite another purpose."}, lead, LATER, seen={})
    make_move(case, "resubmit", lead, LATER)
    make_move(case, "find_complete", officer, LATER)
    assert case.state == "translating"
    second = translate.save_draft(case, {}, alpha.actor("alpha", "translator"), LATER)
    assert (second.version, second.submission_number) == (2, 2)
    assert "purpose.purpose" not in second.texts
    assert second.texts == {path: text for path, text in before.items() if path != "purpose.purpose"}
    assert (first.state, first.texts) == ("accepted", before)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_translators_pages(place: Place, client_for: Callable[[str | None], FlaskClient], language: str) -> None:
    world = place.world
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = at(world, "translating", organisation="aleppo", now=datetime.now(UTC).replace(microsecond=0))
        reference, texts = case.reference, translated(case)
        db.session.commit()
        db.session.remove()
    client = client_for(world.email("alpha", "translator"))
    place.app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert reference in client.get(f"/alpha/inbox/?lang={language}").text
        address = f"/alpha/desk/{reference}/translation/"
        assert client.get(f"{address}?lang={language}").status_code == 200
        posted = {f"t:{path}": text for path, text in texts.items()}
        first = next(iter(posted))
        # Not finished: refused, named, and nothing typed is lost.
        refused = client.post(address, data={**posted, first: "", "do": "file"})
        assert refused.status_code == 409
        assert list(texts.values())[-1][:20] in client.get(address).text
        assert client.post(address, data={"t:no.such": "x", "do": "save"}).status_code == 422
        assert client.post(address, data={**posted, "do": "file"}).status_code == 303
        assert client_for(world.email("alpha", "officer")).get(address).status_code == 200
        assert client_for(world.email("alpha", "auditor")).post(address).status_code == 403
        assert client_for(world.email("alpha", "finance")).get(address).status_code == 403
    finally:
        place.app.config["WTF_CSRF_ENABLED"] = True
