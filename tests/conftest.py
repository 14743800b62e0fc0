"""What every test may ask for: the application on a real database that holds the small world, and people to act."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.accounts.models import Person
from portal.config import Settings
from portal.infra import migrate, tenancy
from portal.infra.db import db
from portal.standards import queries as standards
from portal.tenants import queries as tenants
from tests.client import CheckingClient
from tests.factories import World, build_world
from tests.machine import Database, admin_connection, postgres_database

SECRET = "for-tests-only-" * 3


class Place:
    """A database with the world in it, and how to bring it back to that."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.database: Database | None = postgres_database("world") if kind == "postgresql" else None
        self.settings = self._settings()
        migrate.upgrade(self.settings)
        self.app = create_app(self.settings, testing=True)
        with self.app.app_context():
            self.world = build_world()
            db.session.remove()
            db.engine.dispose()
        self._keep()

    def _settings(self) -> Settings:
        environ = {"PORTAL_DATA_DIR": str(self.folder), "PORTAL_SECRET_KEY": SECRET, "PORTAL_BIND": "127.0.0.1:8000"}
        if self.database is not None:
            environ |= {
                "PORTAL_DATABASE_URL": self.database.app_url,
                "PORTAL_OWNER_DATABASE_URL": self.database.owner_url,
            }
        return Settings.from_environment(environ)

    def _keep(self) -> None:
        if self.database is None:
            with sqlite3.connect(self.folder / "portal.sqlite3") as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copy(self.folder / "portal.sqlite3", self.folder / "world.sqlite3")
            return
        self.kept = postgres_database("kept")
        with admin_connection() as admin:
            admin.execute(f'DROP DATABASE "{self.kept.name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{self.kept.name}" TEMPLATE "{self.database.name}"')

    def reset(self) -> None:
        """Bring the world back as it was."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        tenants.forget()
        standards.forget()
        if self.database is None:
            for end in ("", "-wal", "-shm"):
                (self.folder / f"portal.sqlite3{end}").unlink(missing_ok=True)
            shutil.copy(self.folder / "world.sqlite3", self.folder / "portal.sqlite3")
            return
        with admin_connection() as admin:
            admin.execute(f'DROP DATABASE "{self.database.name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{self.database.name}" TEMPLATE "{self.kept.name}" OWNER portal_owner')

    def close(self) -> None:
        """Drop what was made."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self.database is not None:
            self.database.drop()
            self.kept.drop()


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The world on SQLite."""
    place = Place("sqlite", tmp_path_factory.mktemp("sqlite"))
    yield place
    place.close()


@pytest.fixture(scope="session")
def postgres_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The world on PostgreSQL, with row-level security and a role that cannot walk past it."""
    place = Place("postgresql", tmp_path_factory.mktemp("postgresql"))
    yield place
    place.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    """Each database in turn, fresh for this test."""
    found: Place = request.getfixturevalue(f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_place")
    found.reset()
    return found


@pytest.fixture
def app(place: Place) -> Iterator[Flask]:
    """The application, in an application context."""
    with place.app.app_context():
        yield place.app
        db.session.remove()


@pytest.fixture
def world(place: Place) -> World:
    """The ids of what the world holds."""
    return place.world


@pytest.fixture
def alpha(app: Flask, world: World) -> Iterator[World]:
    """The scope of the first tenant, for tests of services."""
    with tenancy.scope(world["alpha"].id):
        yield world


@pytest.fixture
def client_for(place: Place) -> Callable[[str | None], FlaskClient]:
    """A client logged in as somebody (by e-mail), or as nobody; it checks every page it fetches."""

    def make(email: str | None = None) -> FlaskClient:
        place.app.test_client_class = CheckingClient
        client = place.app.test_client()
        if email is not None:
            with place.app.app_context():
                person = db.session.query(Person).filter_by(email=email).one()
                key = f"{person.id}:{person.session_key}"
                db.session.remove()
            with client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = key, True
        return client

    return make
