"""What a page asks of the database: how many statements, and by which plan each list is read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from portal import create_app
from portal.accounts import queries as accounts
from portal.config import Settings
from portal.infra.db import db
from tests.bench.places import Place

LIST = re.compile(r"\bFROM cases\b|\bJOIN cases\b", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """The statements of one page, and the plans of those that read cases."""

    count: int
    plans: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def scans(self) -> list[str]:
        """Steps of a plan that walk a whole table of a tenant."""
        return [step for _, steps in self.plans for step in steps if walks(step)]


def walks(step: str) -> bool:
    """Whether a step of a plan reads all of the cases, events or clocks rather than a part of an index."""
    if "USING" in step and "INDEX" in step:
        return False
    return bool(re.search(r"\b(?:SCAN|Seq Scan on) (?:cases|event|clock|answers)\b", step))


def application(place: Place) -> Flask:
    """The application on a place's database, in this process."""
    return create_app(Settings.from_environment({**os.environ, **place.environ}), testing=True)


def asked(app: Flask, path: str, email: str | None) -> Asked:
    """Fetch a page in this process, the second time under observation (the first warms caches)."""
    client = app.test_client()
    if email is not None:
        with app.app_context():
            person = accounts.by_email(email)
            assert person is not None, email
            key = f"{person.id}:{person.session_key}"
            db.session.remove()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = key, True
    client.get(path)
    seen: list[tuple[str, Any]] = []
    with app.app_context():
        engine = db.engine

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        if "set_config" not in statement and not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    lists = [(statement, parameters) for statement, parameters in seen if LIST.search(statement)]
    return Asked(len(seen), tuple((_short(s), _plan(engine, s, p)) for s, p in lists))


def _short(statement: str) -> str:
    """A statement without its columns."""
    flat = " ".join(statement.split())
    return re.sub(r"^SELECT .*? FROM ", "SELECT … FROM ", flat)[:400]


def _plan(engine: Engine, statement: str, parameters: Any) -> tuple[str, ...]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return tuple(str(row[3]) for row in rows)
        tenant = next((v for k, v in dict(parameters or {}).items() if "tenant" in k), 1)
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return tuple(str(row[0]).strip() for row in rows)
