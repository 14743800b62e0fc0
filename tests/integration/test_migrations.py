"""Migrations: up, down, up on both databases, and the models say nothing the migrations do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from portal import models
from portal.config import Settings
from portal.infra import fences, migrate
from portal.infra.db import Base
from tests.machine import postgres_database

SECRET = "for-tests-only-" * 3


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty database."""
    environ = {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_SECRET_KEY": SECRET}
    if request.param == "sqlite":
        yield Settings.from_environment(environ)
        return
    database = postgres_database("migrations")
    urls = {"PORTAL_DATABASE_URL": database.app_url, "PORTAL_OWNER_DATABASE_URL": database.owner_url}
    yield Settings.from_environment(environ | urls)
    database.drop()


def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave out the search tables and the mark of the migrations themselves."""
    return not (kind == "table" and (name or "").startswith(("search_", "alembic_")))


def test_up_down_up_leaves_what_the_models_say(settings: Settings) -> None:
    assert models.ALL
    engine = create_engine(settings.owner_database_url)
    migrate.upgrade(settings)
    migrate.downgrade(settings, "base")
    with engine.connect() as connection:
        assert fences.tables_in(connection) <= {"alembic_version"}
    migrate.upgrade(settings)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        changes = [c for c in compare_metadata(context, Base.metadata) if _concerns(c)]
        assert changes == []
        assert migrate.at_head(connection)
    engine.dispose()


def _concerns(change: object) -> bool:
    """Tests may register tables of their own; they are nobody's migration."""
    if isinstance(change, tuple) and change[0] == "add_table":
        owners = {m.local_table.name: m.class_.__module__ for m in Base.registry.mappers}  # type: ignore[attr-defined]
        return owners.get(change[1].name, "portal").startswith("portal")
    if isinstance(change, tuple) and change[0] == "add_index":
        return _concerns(("add_table", change[1].table))
    return True


def test_the_head_is_written_where_two_branches_would_collide() -> None:
    script = ScriptDirectory.from_config(migrate.config())
    head = script.get_current_head()
    assert head is not None
    written = (migrate.MIGRATIONS / "HEAD").read_text(encoding="utf-8").strip()
    assert written == Path(script.get_revision(head).path).stem
