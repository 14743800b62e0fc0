"""Run migrations: with the connection handed over, or with the address of the settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from portal import models
from portal.config import Settings
from portal.infra.db import Base


def include(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave the search tables out: they are made of statements of their own (see ``infra.search``)."""
    return not (kind == "table" and (name or "").startswith("search_"))


def run() -> None:
    """Migrate on the connection given in the configuration, else on one of our own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _on(connection)
        return
    engine = create_engine(Settings.from_environment().owner_database_url)
    with engine.begin() as own:
        _on(own)


def _on(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        include_object=include,
        compare_type=True,
        render_as_batch=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


if models.ALL:  # importing them fills the metadata that is looked at
    run()
