"""The small world numbers its tenants itself; the demonstration lets the database do it."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.infra import tenancy
from portal.infra.db import db
from tests.factories import TENANTS


@pytest.fixture(autouse=True)
def numbers_of_the_world_are_taken(app: Flask) -> None:
    """Let PostgreSQL count past the numbers that the world's tenants have."""
    if db.engine.dialect.name == "postgresql":
        for _ in TENANTS:
            tenancy.raw("SELECT nextval(pg_get_serial_sequence('tenant', 'id'))", "counts tenants, reads no rows")
        db.session.commit()
