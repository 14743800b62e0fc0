"""The database: engine, base class, the column types every model shares.

Models derive from the plain :class:`Base`, not from ``db.Model``: the metadata is the same and the types are checked.
Every table a tenant owns derives from :class:`TenantOwned` too, which puts ``tenant_id`` first in its primary key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, ForeignKeyConstraint, Integer, MetaData, Numeric, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_reading: ContextVar[bool] = ContextVar("reading", default=False)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment in time: an aware datetime in UTC on both databases (SQLite would otherwise forget the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: a moment without a zone is not a moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an Instant needs a time zone; pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """An amount of money, exact on both databases: two decimals, as whole cents on SQLite (it has no decimals)."""

    impl = Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Numeric where the database has it, a 64-bit number of cents where it has not."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Numeric(18, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Store exactly; an amount with more than two decimals is refused rather than rounded in silence."""
        if value is None:
            return None
        exact = Decimal(value).quantize(Decimal("0.01"))
        if exact != value:
            raise ValueError(f"{value} has more than two decimals")
        return int(exact * 100) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the amount back as a Decimal with two decimals."""
        if value is None:
            return None
        return (Decimal(value) / 100 if dialect.name == "sqlite" else Decimal(value)).quantize(Decimal("0.01"))


#: A JSON value; binary and indexable on PostgreSQL.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """The base of every model."""

    metadata = MetaData(naming_convention=NAMES)


class TenantOwned:
    """A row that belongs to one tenant and is visible only inside that tenant's scope (see ``infra.tenancy``)."""

    tenant_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-20)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7, sort_order=-19)


def within_tenant(column: str, target: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the tenant: ``(tenant_id, column) -> target(tenant_id, id)``.

    :param column: the referring column, for example ``"case_id"``.
    :param target: the table referred to.
    """
    return ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], ondelete=ondelete)


def to_json(value: Any) -> str:
    """JSON as the database stores it: compact, with non-Latin scripts readable rather than escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    engine_options={"json_serializer": to_json, "pool_pre_ping": True},
    session_options={"autoflush": True, "expire_on_commit": False},
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Write-ahead log, foreign keys and patience: what lets two processes share one SQLite file."""
    if not isinstance(connection, sqlite3.Connection):
        return
    # SQLAlchemy is to say when a transaction begins (see _begin_sqlite), not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=15000",
        "foreign_keys=ON",
        "cache_size=-16000",
        "mmap_size=268435456",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    """Begin as a writer where a write is coming: two deferred transactions that upgrade would deadlock."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


@contextmanager
def reading() -> Iterator[None]:
    """Say that nothing will be written for a while, so that SQLite readers need not queue behind the one writer."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)
