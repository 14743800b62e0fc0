"""The fence between tenants.

A row a tenant owns can be read or written only inside ``scope(tenant_id)``. Outside, a statement that names such a
row raises; inside, every statement is filtered, and one that cannot be filtered (raw SQL, Core on an owned table) is
refused unless it says why. PostgreSQL's row-level security says the same a second time: each transaction of a scope
carries the tenant in ``app.tenant`` and the policies read it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

from flask import g, has_app_context
from sqlalchemy import Connection, Row, Select, Table, TextClause, event, text
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement

from portal.infra.db import Base, TenantOwned, db


class NoTenantScope(RuntimeError):
    """A tenant's rows were asked for outside any tenant's scope."""


class CrossesTenants(RuntimeError):
    """A statement or a row reached across the fence between tenants."""


Value = TypeVar("Value")

#: the tenant whose rows may be seen now; None: nobody's
_current: ContextVar[int | None] = ContextVar("tenant", default=None)


def current() -> int | None:
    """The tenant in whose scope we are, or None."""
    return _current.get()


def required() -> int:
    """The tenant in whose scope we are.

    :raises NoTenantScope: outside any scope.
    """
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenantScope("this needs a tenant: wrap it in tenancy.scope(tenant_id)")
    return tenant_id


def once(key: tuple[Hashable, ...], ask: Callable[[], Value]) -> Value:
    """What several parts of a page that only reads ask for, asked for once; whenever something may be written, anew.

    :param key: what is asked; the tenant in scope belongs to it. :param ask: asks the database.
    :raises NoTenantScope: outside any scope.
    """
    known: dict[Hashable, Any] | None = g.get("known") if has_app_context() else None
    whole = (required(), *key)
    if known is None:
        return ask()
    if whole not in known:
        known[whole] = ask()
    return known[whole]


def remembers() -> bool:
    """Whether :func:`once` asks only once: on a page that only reads. One whole history then costs less than parts."""
    return has_app_context() and g.get("known") is not None


@contextmanager
def scope(tenant_id: int) -> Iterator[None]:
    """Open a tenant's scope; the session's running transaction, if any, is told too.

    :raises CrossesTenants: when another tenant's scope is already open: one scope at a time.
    """
    if type(tenant_id) is not int:
        raise TypeError(f"a tenant is named by its number, not by {tenant_id!r}")
    already = _current.get()
    if already is not None and already != tenant_id:
        raise CrossesTenants(f"tenant {already} is in scope; {tenant_id} cannot be opened inside it")
    token = _current.set(tenant_id)
    try:
        _tell_database(db.session())
        yield
    finally:
        _current.reset(token)
        if already is None:
            _leave(db.session())


def owned_tables() -> frozenset[str]:
    """The names of all tables that belong to tenants."""
    return frozenset(
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantOwned) and isinstance(mapper.local_table, Table)
    )


def _tell_database(session: Session) -> None:
    """Say the tenant to a transaction that has already begun; a later one is told when it begins."""
    if session.in_transaction():
        _set_tenant(session.connection())


def _leave(session: Session) -> None:
    """Forget the tenant's rows when its scope ends: nothing may be served from memory in the next scope."""
    # After a database error the session cannot be spoken to; the fault itself must not be hidden by that.
    if session.in_transaction() and session.is_active:
        _set_tenant(session.connection())
    session.expunge_all()


def _set_tenant(connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        tenant_id = _current.get()
        connection.exec_driver_sql(
            "SELECT set_config('app.tenant', %s, true)", ("" if tenant_id is None else str(tenant_id),)
        )


@event.listens_for(Session, "after_begin")
def _after_begin(_session: Session, _transaction: Any, connection: Any) -> None:
    _set_tenant(connection)


def _names_owned(statement: ClauseElement) -> bool:
    """Whether a statement mentions a tenant's table or class anywhere, in subqueries too."""
    owned = owned_tables()
    for part in visitors.iterate(statement):
        if isinstance(part, Table) and part.name in owned:
            return True
        annotations = getattr(part, "_annotations", {})
        mapper = annotations.get("parententity") or annotations.get("parentmapper")
        if isinstance(mapper, Mapper) and issubclass(mapper.class_, TenantOwned):
            return True
    return False


_known: dict[Any, bool] = {}


def _mentions_owned(state: ORMExecuteState) -> bool:
    """As :func:`_names_owned`, remembered by the statement's cache key: the walk costs more than the query."""
    statement = cast("ClauseElement", state.statement)
    key = statement._generate_cache_key()  # noqa: SLF001 - the library's own identity of equal statements
    if key is None:
        return _names_owned(statement)
    known = _known.get(key.key)
    if known is None:
        if len(_known) > 2000:
            _known.clear()
        known = _known[key.key] = _names_owned(statement)
    return known


@event.listens_for(Session, "do_orm_execute")
def _guard(state: ORMExecuteState) -> None:
    """Filter every statement by the tenant in scope; refuse what cannot be filtered."""
    if state.execution_options.get("tenancy"):
        # The caller says why this raw statement is safe; row-level security still stands behind it.
        return
    statement = state.statement
    if isinstance(statement, TextClause):
        raise CrossesTenants(f"raw SQL cannot be fenced; say why it is safe: {str(statement)[:80]!r}")
    if state.is_column_load or state.is_relationship_load:
        # The owner was loaded inside the scope, and its key holds the tenant; outside a scope still refuse.
        if _current.get() is None and _mentions_owned(state):
            raise NoTenantScope("a tenant's row was loaded late, outside its scope")
        return
    if not _mentions_owned(state):
        return
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenantScope("a tenant's rows were asked for outside any tenant's scope")
    if state.is_insert:
        # A new row is checked where it is flushed; a bulk insert goes through insert_rows below.
        raise CrossesTenants("a bulk insert must go through tenancy.insert_rows")
    if not (state.is_select or state.is_update or state.is_delete) or state.bind_mapper is None:
        raise CrossesTenants("a Core statement on a tenant's table cannot be fenced; use the model")
    state.statement = statement.options(_fence(tenant_id))


@lru_cache(maxsize=4096)
def _fence(tenant_id: int) -> Any:
    """The criterion by which every statement of a tenant is filtered, made once: making it costs as much as a query."""
    return with_loader_criteria(TenantOwned, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    """Give each new row its tenant; refuse a row that belongs to another."""
    for row in session.new:
        if isinstance(row, TenantOwned):
            tenant_id = required()
            if row.tenant_id is None:
                row.tenant_id = tenant_id
            elif row.tenant_id != tenant_id:
                raise CrossesTenants(f"{type(row).__name__} of tenant {row.tenant_id} stored in scope of {tenant_id}")
    for row in (*session.dirty, *session.deleted):
        if isinstance(row, TenantOwned) and row.tenant_id != required():
            raise CrossesTenants(f"{type(row).__name__} of tenant {row.tenant_id} changed in another scope")


def insert_rows(model: type[TenantOwned], rows: list[dict[str, Any]]) -> None:
    """Insert many rows of one tenant at once (the bulk loader's way in).

    :raises CrossesTenants: when a row names another tenant than the one in scope.
    """
    tenant_id = required()
    for row in rows:
        if row.setdefault("tenant_id", tenant_id) != tenant_id:
            raise CrossesTenants(f"a row of tenant {row['tenant_id']} in scope of {tenant_id}")
    if rows:
        table = model.__table__  # type: ignore[attr-defined]
        db.session().execute(table.insert(), rows, execution_options={"tenancy": "rows checked by insert_rows"})


def glance(statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> list[Row[*tuple[Any, ...]]]:
    """Ask for plain columns straight on the connection, without the mapper's work.

    The statement names the tenant itself, as its parameter ``tenant``; on PostgreSQL the policies hold all the same.

    :raises CrossesTenants: when the statement has no parameter ``tenant``.
    """
    return _glanced(db.session().connection(), required(), statement, values)


@contextmanager
def glancing(tenant_id: int) -> Iterator[Callable[[Select[*tuple[Any, ...]], Mapping[str, Any]], list[Any]]]:
    """Ask as :func:`glance` does, before a scope is opened: for what every request asks before anything else."""
    token = _current.set(tenant_id)
    try:
        with db.engine.connect() as connection:
            _set_tenant(connection)
            yield partial(_glanced, connection, tenant_id)
    finally:
        _current.reset(token)


def _glanced(connection: Connection, tenant_id: int, statement: Any, values: Mapping[str, Any]) -> list[Any]:
    if "tenant" not in _parameters(statement):
        raise CrossesTenants("a statement asked at a glance must be bound to :tenant")
    return list(connection.execute(statement, {**values, "tenant": tenant_id}))


@lru_cache(maxsize=256)
def _parameters(statement: Select[*tuple[Any, ...]]) -> frozenset[str]:
    return frozenset(statement.compile().params)


def raw(statement: str, why: str, **values: Any) -> Any:
    """Run a raw statement that says why it is safe; on PostgreSQL the policies hold all the same."""
    return db.session().execute(text(statement), values, execution_options={"tenancy": why})
