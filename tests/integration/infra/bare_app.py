"""The smallest application the technology runs in; also started as a worker process by the tests that kill one.

python -m tests.integration.infra.bare_app <database url> <data folder> <seconds of lease>
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_babel import Babel
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings
from portal.infra import jobs, mail, search, storage, worker
from portal.infra.db import Base, TenantOwned, db

HERE = Path(__file__).parent
OWNED = (mail.OutboxMail.__tablename__, storage.StoredFile.__tablename__, "effect")
TABLES = ("job", "worker_beat", *OWNED)


class Effect(TenantOwned, Base):
    """What a job did, one row each time."""

    __tablename__ = "effect"

    what: Mapped[str] = mapped_column(sa.String(100))


def make_app(database_url: str, data_dir: Path, **settings: Any) -> Flask:
    values: dict[str, Any] = {
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_DATA_DIR": str(data_dir),
        "PORTAL_SECRET_KEY": "only-for-tests-and-long-enough-to-pass",
        "PORTAL_BASE_URL": "https://grants.example.org",
        **settings,
    }
    app = Flask("bare", template_folder=str(HERE / "templates"))
    app.config["PORTAL"] = Settings.from_environment(values)
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["PORTAL"].database_url
    app.jinja_loader = _loader()
    Babel(app, default_locale="en")
    db.init_app(app)
    return app


def _loader() -> Any:
    from jinja2 import FileSystemLoader

    return FileSystemLoader([HERE / "templates", HERE.parents[2] / "templates"])


def create_tables(owner_url: str) -> None:
    """Empty tables, as the role that owns them; row-level security as the migrations put it."""
    engine = sa.create_engine(owner_url)
    tables = [Base.metadata.tables[name] for name in TABLES]
    dialect = engine.dialect.name
    with engine.begin() as connection:
        if sa.inspect(connection).has_table("search_entry"):
            for statement in search.downgrade_sql(dialect):
                connection.exec_driver_sql(statement)
        Base.metadata.drop_all(connection, tables)
        Base.metadata.create_all(connection, tables)
        for statement in search.upgrade_sql(dialect):
            connection.exec_driver_sql(statement)
        if dialect == "postgresql":
            for name in OWNED:
                connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
                connection.exec_driver_sql(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
                connection.exec_driver_sql(
                    f"CREATE POLICY own ON {name} USING"
                    " (tenant_id = nullif(current_setting('app.tenant', true), '')::int)"
                )
    engine.dispose()


def slow_effect(run: jobs.Run) -> None:
    """Change something, tell the test, and (the first time) take so long that the worker is killed in the middle."""
    db.session.add(Effect(what=f"attempt {run.attempt}"))
    db.session.flush()
    if run.attempt == 1:
        Path(run.payload["marker"]).write_text(str(os.getpid()), encoding="ascii")
        time.sleep(60)


if __name__ == "__main__":
    jobs.handler("test.slow", lease_seconds=int(sys.argv[3]))(slow_effect)
    application = make_app(sys.argv[1], Path(sys.argv[2]))
    worker.Worker(application, poll_seconds=0.1).run(threading.Event())
