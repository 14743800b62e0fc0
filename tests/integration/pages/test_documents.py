"""Every typeset document: worded in every language from what was frozen, without anything missing."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest
from flask import current_app
from sqlalchemy import select

from portal.cases.models import Document
from portal.infra import i18n, tenancy
from portal.infra.db import db
from tests.integration.pages.town import Town

DOCUMENTS = Path(__file__).parents[3] / "templates" / "documents"


def kinds() -> set[str]:
    """Every kind of document there is a template for."""
    return {path.parent.name for path in DOCUMENTS.glob("*/document.html")}


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_every_document_is_whole_in_every_language(sqlite_town: Town, language: str) -> None:
    direction = "rtl" if language == "ar" else "ltr"
    seen: set[str] = set()
    with sqlite_town.place.app.app_context(), tenancy.scope(sqlite_town.place.world["alpha"].id):
        for row in db.session.scalars(select(Document).order_by(Document.kind)).all():
            with i18n.in_language(language):
                html = current_app.jinja_env.get_template(f"documents/{row.kind}/document.html").render(
                    source=row.source, lang=language, dir=direction, created_at=row.created_at
                )
            seen.add(row.kind)
            where = (row.kind, row.key)
            parser = html5lib.HTMLParser()
            parser.parse(html)
            assert not parser.errors, (where, parser.errors[:3])
            assert f'<html lang="{language}" dir="{direction}"' in html, where
            assert row.source["reference"] in html, where
            text = re.sub(r"<[^>]*>", " ", html)
            assert not re.search(r"%\(|\{\{|\{%|\bNone\b|Undefined", text), where
        db.session.remove()
    # A kind without a document here is one of another instrument, whose own tests make it.
    assert seen >= {"submission", "letter", "agreement", "report"}
    assert seen <= kinds()
