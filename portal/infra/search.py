"""Finding cases by words, within one tenant, by an index on both databases.

SQLite: an FTS5 table kept in step by triggers. PostgreSQL: a side table the application may not touch, reached by two
functions that read the tenant from the same setting as row-level security does. (Under a policy PostgreSQL does not
use a GIN index, since the match operator is not leak-proof; behind the function it does.)

The tenant is a token of its own in each entry, a private-use character and the tenant's number, which no text can
contain; so the index itself narrows to the tenant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, String, Uuid, bindparam, column, func, select, text, true
from sqlalchemy.sql.expression import FromClause

from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.search_text import index_terms, query_terms, reference_key

#: The names of everything this module creates begin so; migrations' comparison with the models leaves them out.
TABLE_PREFIX = "search_"
MOST_FOUND = 500

_TENANT_MARK = "\ue000"
_WHY = "search entries carry the tenant in each statement and function"


class Visibility(StrEnum):
    """Who may find a case by a text. Staff find by every text, applicants by theirs and the public's."""

    public = "public"
    applicant = "applicant"
    staff = "staff"


_READS = {
    Visibility.public: (Visibility.public,),
    Visibility.applicant: (Visibility.public, Visibility.applicant),
    Visibility.staff: (Visibility.public, Visibility.applicant, Visibility.staff),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One text by which a case is found.

    :param terms: further tokens, cut before by ``search_text.index_terms``, for texts that many cases share.
    """

    case_id: UUID
    text: str
    visibility: Visibility = Visibility.applicant
    reference: str = ""
    terms: str = ""


def put(
    tenant_id: int, case_id: UUID, text: str, visibility: Visibility = Visibility.applicant, *, reference: str = ""
) -> None:
    """Store or replace the text by which a case is found, for one visibility.

    All words of a question must stand in the same text, so a text for staff should hold what the applicant's holds.

    :param reference: the case's reference; an exact hit on it comes first.
    :raises NoTenantScope: outside a tenant's scope.
    :raises CrossesTenants: when another tenant is in scope.
    """
    put_many(tenant_id, [Entry(case_id, text, visibility, reference)])


def put_many(tenant_id: int, entries: Iterable[Entry]) -> None:
    """Store or replace many entries of one tenant at once; see :func:`put`."""
    _check_scope(tenant_id)
    rows = [
        {
            "tenant_id": tenant_id,
            "case_id": _uuid_value(entry.case_id),
            "visibility": Visibility(entry.visibility).value,
            "reference": reference_key(entry.reference),
            "terms": " ".join(
                part
                for part in (index_terms(f"{entry.reference} {entry.text}"), entry.terms, f"{_TENANT_MARK}{tenant_id}")
                if part
            ),
        }
        for entry in entries
    ]
    if rows:
        _run(_PUT[_dialect()], rows)


def delete(tenant_id: int, case_id: UUID) -> None:
    """Forget every text of a case.

    :raises NoTenantScope: outside a tenant's scope.
    """
    _check_scope(tenant_id)
    _run(_DELETE[_dialect()], [{"tenant_id": tenant_id, "case_id": _uuid_value(case_id)}])


def find(query: str, limit: int = 200, *, audience: Visibility = Visibility.staff) -> FromClause:
    """The cases a question finds, as a subquery to join: columns ``case_id`` and ``place`` (0 for the best).

    An exact reference comes first, then references that begin so, then the newest case.

    :param limit: how many cases at most, 1 to :data:`MOST_FOUND`.
    :param audience: who asks; texts for others are not searched.
    :raises NoTenantScope: outside a tenant's scope.
    """
    tenant_id = tenancy.required()
    limit = max(1, min(limit, MOST_FOUND))
    terms = query_terms(query)
    if _dialect() == "postgresql":
        found = func.search_cases(
            " & ".join(f"'{term}':*" for term in terms),
            reference_key(query),
            Visibility(audience).value,
            limit,
        ).table_valued(column("case_id", Uuid), column("place", Integer), name="found", joins_implicitly=True)
        return select(found.c.case_id, found.c.place).subquery("found_cases")
    match = " AND ".join(f'"{term}"*' for term in terms)
    statement = text(_SQLITE_FIND.format(visibilities=", ".join(f"'{v.value}'" for v in _READS[Visibility(audience)])))
    return (
        statement.bindparams(
            bindparam("search_match", f'"{_TENANT_MARK}{tenant_id}" AND {match}' if terms else '""', String),
            bindparam("search_tenant", tenant_id, Integer),
            bindparam("search_reference", reference_key(query), String),
            bindparam("search_limit", limit, Integer),
        )
        .columns(column("case_id", Uuid), column("place", Integer))
        .subquery("found_cases")
    )


def find_ids(query: str, limit: int = 200, *, audience: Visibility = Visibility.staff) -> Select[UUID]:
    """The ids of the cases a question finds, for ``Case.id.in_(find_ids(…))``; see :func:`find` for the order.

    A question without a letter or digit finds nothing: leave the filter out when the box is empty.
    """
    found = find(query, limit, audience=audience)
    return select(found.c.case_id).where(true())


def _check_scope(tenant_id: int) -> None:
    if tenancy.required() != tenant_id:
        raise tenancy.CrossesTenants(f"search entry of tenant {tenant_id} in scope of {tenancy.required()}")


def _dialect() -> str:
    return db.session().get_bind().dialect.name


def _uuid_value(case_id: UUID) -> str:
    """A UUID as raw statements pass it: PostgreSQL reads the text form, SQLite keeps 32 hexadecimal digits."""
    return str(case_id) if _dialect() == "postgresql" else case_id.hex


def _run(statement: str, rows: list[dict[str, Any]]) -> None:
    # Waiting changes go first: the entry must not be stored when its case is refused.
    session = db.session()
    session.flush()
    values: list[dict[str, Any]] | Mapping[str, Any] = rows if len(rows) > 1 else rows[0]
    session.execute(text(statement), values, execution_options={"tenancy": _WHY})


# CROSS JOIN: SQLite keeps this order. Left to itself it walks the tenant's rows and asks the index for each of them.
_SQLITE_FIND = """
    SELECT case_id, row_number() OVER (ORDER BY nearness, case_id DESC) - 1 AS place
      FROM (SELECT entry.case_id AS case_id,
                   min(CASE WHEN entry.reference = :search_reference THEN 0
                            WHEN :search_reference <> ''
                                 AND substr(entry.reference, 1, length(:search_reference)) = :search_reference THEN 1
                            ELSE 2 END) AS nearness
              FROM search_words CROSS JOIN search_entry AS entry ON entry.entry_id = search_words.rowid
             WHERE search_words MATCH :search_match
               AND entry.tenant_id = :search_tenant AND entry.visibility IN ({visibilities})
             GROUP BY entry.case_id)
     ORDER BY nearness, case_id DESC LIMIT :search_limit
"""

_PUT = {
    "sqlite": """
        INSERT INTO search_entry (tenant_id, case_id, visibility, reference, terms)
        VALUES (:tenant_id, :case_id, :visibility, :reference, :terms)
        ON CONFLICT (tenant_id, case_id, visibility)
        DO UPDATE SET reference = excluded.reference, terms = excluded.terms""",
    "postgresql": "SELECT search_put(:tenant_id, CAST(:case_id AS uuid), :visibility, :reference, :terms)",
}
_DELETE = {
    "sqlite": "DELETE FROM search_entry WHERE tenant_id = :tenant_id AND case_id = :case_id",
    "postgresql": "SELECT search_delete(:tenant_id, CAST(:case_id AS uuid))",
}

_SQLITE_UP = [
    """CREATE TABLE search_entry (
        entry_id INTEGER PRIMARY KEY,
        tenant_id INTEGER NOT NULL,
        case_id CHAR(32) NOT NULL,
        visibility VARCHAR(12) NOT NULL,
        reference VARCHAR(64) NOT NULL,
        terms TEXT NOT NULL,
        UNIQUE (tenant_id, case_id, visibility))""",
    # Tokens come folded from search_text; the tokeniser is only to split at spaces and keep our mark (Co).
    """CREATE VIRTUAL TABLE search_words USING fts5(
        terms, content='search_entry', content_rowid='entry_id', prefix='2 3', detail='none',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'")""",
    """CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_words (rowid, terms) VALUES (new.entry_id, new.terms); END""",
    """CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_words (search_words, rowid, terms) VALUES ('delete', old.entry_id, old.terms); END""",
    """CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
        INSERT INTO search_words (search_words, rowid, terms) VALUES ('delete', old.entry_id, old.terms);
        INSERT INTO search_words (rowid, terms) VALUES (new.entry_id, new.terms); END""",
]

#: Every function refuses to work for another tenant than the one of the transaction.
_SECURE = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
_POSTGRES_UP = [
    """CREATE TABLE search_entry (
        tenant_id integer NOT NULL,
        case_id uuid NOT NULL,
        visibility varchar(12) NOT NULL,
        reference varchar(64) NOT NULL,
        words tsvector NOT NULL,
        PRIMARY KEY (tenant_id, case_id, visibility))""",
    "CREATE INDEX search_entry_words ON search_entry USING gin (words)",
    # Whoever was given rights by default loses them: the functions below are the only way in.
    """DO $$ DECLARE who text; BEGIN
        REVOKE ALL ON search_entry FROM PUBLIC;
        FOR who IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                    WHERE table_schema = current_schema() AND table_name = 'search_entry'
                      AND grantee NOT IN (current_user, 'PUBLIC')
        LOOP EXECUTE 'REVOKE ALL ON search_entry FROM ' || quote_ident(who); END LOOP;
    END $$""",
    f"""CREATE FUNCTION search_tenant() RETURNS integer {_SECURE} STABLE AS $$
        BEGIN RETURN nullif(current_setting('app.tenant', true), '')::integer; END $$""",
    f"""CREATE FUNCTION search_put(of_tenant integer, of_case uuid, seen_by text, ref text, terms text)
        RETURNS void {_SECURE} AS $$
        BEGIN
            IF of_tenant IS DISTINCT FROM search_tenant() THEN
                RAISE insufficient_privilege USING MESSAGE = 'search entry of another tenant';
            END IF;
            INSERT INTO search_entry VALUES
                (of_tenant, of_case, seen_by, ref, array_to_tsvector(string_to_array(terms, ' ')))
            ON CONFLICT (tenant_id, case_id, visibility)
            DO UPDATE SET reference = excluded.reference, words = excluded.words;
        END $$""",  # noqa: S608 (only names of this file are put in)
    f"""CREATE FUNCTION search_delete(of_tenant integer, of_case uuid) RETURNS void {_SECURE} AS $$
        BEGIN
            IF of_tenant IS DISTINCT FROM search_tenant() THEN
                RAISE insufficient_privilege USING MESSAGE = 'search entry of another tenant';
            END IF;
            DELETE FROM search_entry WHERE tenant_id = of_tenant AND search_entry.case_id = of_case;
        END $$""",  # noqa: S608 (only names of this file are put in)
    f"""CREATE FUNCTION search_cases(asked text, ref text, audience text, most integer)
        RETURNS TABLE (case_id uuid, place integer) {_SECURE} SET enable_seqscan = off STABLE ROWS 100 AS $$
        DECLARE
            tenant integer := search_tenant();
            wanted tsquery;
        BEGIN
            IF tenant IS NULL OR asked = '' THEN RETURN; END IF;
            wanted := ('''{_TENANT_MARK}' || tenant || '''')::tsquery && asked::tsquery;
            RETURN QUERY
            SELECT near.id, (row_number() OVER (ORDER BY near.nearness, near.id DESC) - 1)::integer
              FROM (SELECT entry.case_id AS id,
                           min(CASE WHEN entry.reference = ref THEN 0
                                    WHEN ref <> '' AND starts_with(entry.reference, ref) THEN 1
                                    ELSE 2 END) AS nearness
                      FROM search_entry AS entry
                     WHERE entry.words @@ wanted
                       -- Checked, but kept from the planner: it would rather walk all the tenant's rows.
                       AND entry.tenant_id + 0 = tenant
                       AND (audience = 'staff' OR entry.visibility = 'public' OR entry.visibility = audience)
                     GROUP BY entry.case_id) AS near
             ORDER BY near.nearness, near.id DESC LIMIT most;
        END $$""",  # noqa: S608 (only names of this file are put in)
]
_POSTGRES_FUNCTIONS = (
    "search_tenant()",
    "search_put(integer, uuid, text, text, text)",
    "search_delete(integer, uuid)",
    "search_cases(text, text, text, integer)",
)


def upgrade_sql(dialect: str, app_role: str | None = None) -> list[str]:
    """The statements that create the search tables, for a migration.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param app_role: the role the application logs in as; it may call the functions and not touch the table. Without
        it everybody who may connect may call them (a database with one role).
    """
    if dialect == "sqlite":
        return list(_SQLITE_UP)
    statements = list(_POSTGRES_UP)
    if app_role is not None:
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
            raise ValueError(f"not a plain role name: {app_role!r}")
        for signature in _POSTGRES_FUNCTIONS:
            statements.append(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
            statements.append(f"GRANT EXECUTE ON FUNCTION {signature} TO {app_role}")
    return statements


def grants(app_role: str) -> list[str]:
    """The statements that let the application's role, and nobody else, call the functions; again and again harmless."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
        raise ValueError(f"not a plain role name: {app_role!r}")
    return [
        statement
        for signature in _POSTGRES_FUNCTIONS
        for statement in (
            f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {signature} TO {app_role}",
        )
    ]


def downgrade_sql(dialect: str) -> list[str]:
    """The statements that remove what :func:`upgrade_sql` created."""
    if dialect == "sqlite":
        return ["DROP TABLE search_words", "DROP TABLE search_entry"]
    return [*(f"DROP FUNCTION {signature}" for signature in reversed(_POSTGRES_FUNCTIONS)), "DROP TABLE search_entry"]
