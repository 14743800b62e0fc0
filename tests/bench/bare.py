"""The bare pages: the same rows on the same database by Flask, Jinja and SQLAlchemy Core, and nothing else.

No log-in, no tenant, no languages, no clocks, no guard. Started as a server of its own beside the portal:
``BENCH_DATABASE_URL``, ``BENCH_TENANT`` (its number), ``BENCH_ORGANISATION`` and ``BENCH_CASE`` (ids) say what to show.
"""

from __future__ import annotations

import os
from uuid import UUID

from flask import Flask
from sqlalchemy import Boolean, DateTime, Engine, Integer, Select, Uuid, column, create_engine, event, select, table

ROWS = 50
#: Read without the portal's own models: nothing of it is loaded here.
CASE = table(
    "cases",
    column("tenant_id", Integer),
    column("id", Uuid),
    column("organisation_id", Uuid),
    column("is_submitted", Boolean),
    column("is_open", Boolean),
    column("urgent_at", DateTime(timezone=True)),
    column("decided_at", DateTime(timezone=True)),
    *(column(name) for name in ("reference", "title", "city", "country", "state", "language", "amount")),
).c
CLOCK = table(
    "clock",
    column("tenant_id", Integer),
    column("case_id", Uuid),
    column("due_at", DateTime(timezone=True)),
    *(column(name) for name in ("code", "state")),
).c
EVENT = table(
    "event",
    column("tenant_id", Integer),
    column("case_id", Uuid),
    column("seq", Integer),
    column("at", DateTime(timezone=True)),
    *(column(name) for name in ("kind", "actor_name")),
).c
COLUMNS = (CASE.reference, CASE.title, CASE.city, CASE.country, CASE.state, CASE.language, CASE.amount, CASE.urgent_at)

LIST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>List</title></head><body><h1>List</h1>
<table><thead><tr><th>Reference</th><th>Title</th><th>City</th><th>Country</th><th>State</th><th>Language</th>
<th>Amount</th><th>Due</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row[0] }}</td><td>{{ row[1] }}</td><td>{{ row[2] }}</td><td>{{ row[3] }}</td>
<td>{{ row[4] }}</td><td>{{ row[5] }}</td><td>{{ row[6] }}</td><td>{{ row[7] }}</td></tr>
{% endfor %}</tbody></table></body></html>"""

ONE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Case</title></head><body>
<h1>{{ case[1] }}</h1>
<dl>{% for value in case %}<dt>{{ loop.index }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
<ul>{% for row in clocks %}<li>{{ row[0] }} {{ row[1] }} {{ row[2] }}</li>{% endfor %}</ul>
<ol>{% for row in events %}<li>{{ row[0] }} {{ row[1] }} {{ row[2] }}</li>{% endfor %}</ol></body></html>"""


def make_engine(url: str, tenant: int) -> Engine:
    """An engine that reads as fast as the database allows; PostgreSQL's fence is told the tenant once a connection."""
    if url.startswith("postgresql"):
        return create_engine(url, connect_args={"options": f"-c app.tenant={tenant}"})
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "cache_size=-16000", "mmap_size=268435456", "query_only=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def statements(tenant: int, organisation: UUID) -> dict[str, Select]:
    """What each bare list asks."""
    cases = select(*COLUMNS).where(CASE.tenant_id == tenant)
    submitted = cases.where(CASE.is_submitted.is_(True))
    return {
        "desk": submitted.where(CASE.is_open.is_(True)).order_by(CASE.urgent_at, CASE.id).limit(ROWS),
        "filtered": submitted.where(CASE.country == "MZ").order_by(CASE.urgent_at, CASE.id).limit(ROWS),
        "mine": cases.where(CASE.organisation_id == organisation).order_by(CASE.urgent_at, CASE.id).limit(ROWS),
        "projects": cases.where(CASE.state == "under_way").order_by(CASE.decided_at.desc()).limit(ROWS),
    }


def make_app(url: str, tenant: int, organisation: UUID, case: UUID) -> Flask:
    """The bare application."""
    app = Flask("bare")
    engine = make_engine(url, tenant)
    lists = statements(tenant, organisation)
    # Compiled once, as a page of any application is: compiling it for each request would flatter the portal.
    list_template, one_template = app.jinja_env.from_string(LIST), app.jinja_env.from_string(ONE)

    @app.get("/list/<name>")
    def list_page(name: str) -> str:
        with engine.connect() as connection:
            return list_template.render(rows=connection.execute(lists[name]).all())

    @app.get("/one")
    def one_page() -> str:
        with engine.connect() as connection:
            row = connection.execute(select(*COLUMNS).where(CASE.tenant_id == tenant, CASE.id == case)).one()
            clocks = connection.execute(
                select(CLOCK.code, CLOCK.state, CLOCK.due_at).where(CLOCK.tenant_id == tenant, CLOCK.case_id == case)
            ).all()
            events = connection.execute(
                select(EVENT.at, EVENT.kind, EVENT.actor_name)
                .where(EVENT.tenant_id == tenant, EVENT.case_id == case)
                .order_by(EVENT.seq)
            ).all()
            return one_template.render(case=row, clocks=clocks, events=events)

    return app


if "BENCH_DATABASE_URL" in os.environ:
    app = make_app(
        os.environ["BENCH_DATABASE_URL"],
        int(os.environ["BENCH_TENANT"]),
        UUID(os.environ["BENCH_ORGANISATION"]),
        UUID(os.environ["BENCH_CASE"]),
    )
