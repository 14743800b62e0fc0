"""What the database itself refuses: another tenant's rows (PostgreSQL), and any change of what is written for good."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection, inspect

#: Tables whose rows are never changed or deleted once written.
WRITTEN_FOR_GOOD = ("event", "submission", "standard_version")
#: True of the rows of the tenant that the transaction has named; without a name there are none.
OURS = "tenant_id = nullif(current_setting('app.tenant', true), '')::int"
TENANT_POLICY = "tenant_rows"


def append_only(dialect: str, tables: Iterable[str] = WRITTEN_FOR_GOOD) -> list[str]:
    """The triggers that refuse to update or delete a row of these tables."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is written for good'); END"
            for table in tables
            for verb in ("UPDATE", "DELETE")
        ]
    function = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is written for good', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_for_good BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in tables
    ]
    truncates = [
        f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in tables
    ]
    return [function, *triggers, *truncates]


def drop_append_only(dialect: str, tables: Iterable[str] = WRITTEN_FOR_GOOD) -> list[str]:
    """Remove what :func:`append_only` made."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER {table}_no_{verb}" for table in tables for verb in ("update", "delete")]
    drops = [f"DROP TRIGGER {table}_{end} ON {table}" for table in tables for end in ("for_good", "kept")]
    return [*drops, "DROP FUNCTION refuse_change()"]


def row_level_security(tables: Iterable[str]) -> list[str]:
    """PostgreSQL: a tenant's rows are there only for a transaction that has named the tenant, the owner included."""
    statements = []
    for table in tables:
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY {TENANT_POLICY} ON {table} USING ({OURS}) WITH CHECK ({OURS})",
        ]
    return statements


def drop_row_level_security(tables: Iterable[str]) -> list[str]:
    """Remove what :func:`row_level_security` made."""
    return [
        statement
        for table in tables
        for statement in (
            f"DROP POLICY {TENANT_POLICY} ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )
    ]


def grants(role: str, tables: Iterable[str]) -> list[str]:
    """What the application's role may do; it owns nothing, and cannot change what is written for good.

    :raises ValueError: when the name is not a plain role name.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", role):
        raise ValueError(f"not a plain role name: {role!r}")
    statements = [f"GRANT USAGE ON SCHEMA public TO {role}"]
    for table in tables:
        rights = "SELECT, INSERT" if table in WRITTEN_FOR_GOOD else "SELECT, INSERT, UPDATE, DELETE"
        statements.append(f"GRANT {rights} ON {table} TO {role}")
    return [*statements, f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"]


def can_bypass(connection: Connection) -> bool:
    """Whether the role we are logged in as walks past row-level security (a superuser, or one with BYPASSRLS)."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(
        connection.exec_driver_sql(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).scalar()
    )


def tables_in(connection: Connection) -> set[str]:
    """The tables there are."""
    return set(inspect(connection).get_table_names())
