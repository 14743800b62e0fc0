"""The agreement is typeset in both languages, and only then sent."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.cases import queries as cases
from portal.cases.service.move import make_move
from portal.core.errors import NotNow
from portal.infra import pdf, storage, tenancy, worker
from portal.infra.db import db
from portal.partnerships import queries
from tests.factories import NOW, World
from tests.integration.partnerships import story
from tests.integration.partnerships.story import DAY


@pytest.fixture(autouse=True)
def no_pdf() -> None:
    """Here PDFs are made, where the machine can."""


@pytest.mark.skipif(not pdf.available(), reason=pdf.why_not())
def test_both_agreements_are_typeset_before_they_are_sent(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = story.approved(world, who="aleppo", move="approve_with_conditions")
        case_id, officer = case.id, world.actor("alpha", "officer")
        with pytest.raises(NotNow, match="typeset"):
            make_move(case, "send_agreement", officer, NOW + 7 * DAY)
        db.session.commit()
    db.session.remove()
    worker.run_all(app, NOW + 7 * DAY)
    with tenancy.scope(world["alpha"].id):
        papers = queries.agreements_of(case_id)
        assert [paper.language for paper in papers] == ["ar", "en"]
        for paper in papers:
            assert paper.file_id is not None
            row = db.session.get(storage.StoredFile, (world["alpha"].id, paper.file_id))
            assert row is not None
            with storage.store().open(row.storage_key) as stream:
                assert stream.read(5) == b"%PDF-"
        case = cases.by_id(case_id)
        assert make_move(case, "send_agreement", world.actor("alpha", "officer"), NOW + 7 * DAY).state == "signing"
