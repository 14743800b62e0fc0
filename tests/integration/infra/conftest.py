"""A bare application on each database: only this folder's tables, no pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.integration.infra.bare_app import create_tables, make_app
from tests.machine import Database, postgres_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    database = postgres_database("infra")
    yield database
    database.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    if request.param == "sqlite":
        url = owner = f"sqlite:///{tmp_path / 'test.sqlite3'}"
    else:
        database: Database = request.getfixturevalue("postgres")
        url, owner = database.app_url, database.owner_url
    create_tables(owner)
    application = make_app(url, tmp_path)
    yield application
    with application.app_context():
        from portal.infra.db import db

        db.session.remove()
        db.engine.dispose()
