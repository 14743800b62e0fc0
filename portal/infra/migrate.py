"""Bring the database to the newest shape, and know whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url

from portal.config import Settings
from portal.infra import fences, search

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("path_separator", "os")
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Migrate as the owner of the tables, then give the application's role what it needs."""
    engine = create_engine(settings.owner_database_url)
    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), revision)
            _grant(connection, settings)
    finally:
        engine.dispose()


def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to an older shape."""
    engine = create_engine(settings.owner_database_url)
    try:
        with engine.begin() as connection:
            command.downgrade(config(connection), revision)
    finally:
        engine.dispose()


def _grant(connection: Connection, settings: Settings) -> None:
    role = make_url(settings.database_url).username
    owner = make_url(settings.owner_database_url).username
    if connection.dialect.name != "postgresql" or role is None or role == owner:
        return
    tables = sorted(t for t in fences.tables_in(connection) if not t.startswith("search_"))
    for statement in fences.grants(role, tables):
        connection.exec_driver_sql(statement)
    for statement in search.grants(role):
        connection.exec_driver_sql(statement)


def at_head(connection: Connection) -> bool:
    """Whether the database has the shape this version of the application needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
