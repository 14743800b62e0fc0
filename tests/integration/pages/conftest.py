"""The towns: one on each database, built when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.pages.town import Town, build


@pytest.fixture(scope="package")
def sqlite_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A case in every state, on SQLite."""
    town = build("sqlite", tmp_path_factory.mktemp("town"))
    yield town
    town.place.close()


@pytest.fixture(scope="package")
def postgres_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A case in every state, on PostgreSQL."""
    town = build("postgresql", tmp_path_factory.mktemp("town"))
    yield town
    town.place.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def town(request: pytest.FixtureRequest) -> Town:
    """Each town in turn; pages only read, so nothing has to be put back."""
    found: Town = request.getfixturevalue(f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_town")
    return found
