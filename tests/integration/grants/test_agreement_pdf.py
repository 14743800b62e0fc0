"""The agreement is typeset in both languages, and only then sent."""

from __future__ import annotations

import importlib

import pytest
from flask import Flask

from portal.grants import queries
from portal.infra import pdf, storage, tenancy, worker
from portal.infra.db import db
from tests.factories import NOW, World
from tests.integration.grants import story
from tests.integration.grants.story import DAY


@pytest.fixture(autouse=True)
def no_pdf() -> None:
    """Here PDFs are made, where the machine can."""


@pytest.mark.skipif(not importlib.import_module("portal.infra.pdf").available(), reason=pdf.why_not())
def test_both_agreements_are_typeset_before_they_are_sent(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = story.approved(world, organisation="aleppo")
        officer = world.actor("alpha", "officer")
        assert "typeset" in story.refusal(case, "send_agreement", officer, NOW)
        db.session.commit()
        case_id = case.id
    db.session.remove()
    worker.run_all(app, NOW + DAY)
    with tenancy.scope(world["alpha"].id):
        papers = queries.agreements_of(case_id)
        assert [paper.language for paper in papers] == ["ar", "en"]
        for paper in papers:
            assert paper.file_id is not None
            assert paper.pdf_sha256
            row = db.session.get(storage.StoredFile, (world["alpha"].id, paper.file_id))
            assert row is not None
            with storage.store().open(row.storage_key) as stream:
                assert stream.read(5) == b"%PDF-"
        case = story.cases.by_id(case_id)
        assert story.refusal(case, "send_agreement", world.actor("alpha", "officer"), NOW) == ""
