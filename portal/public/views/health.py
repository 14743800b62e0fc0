"""Whether the portal works, for whoever watches it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from portal.infra import fences, jobs, migrate, pdf
from portal.infra.access import public_page
from portal.infra.db import db
from portal.public.views.base import blueprint

log = logging.getLogger(__name__)


@blueprint.get("/health")
@public_page
def health() -> tuple[Response, int]:
    """Version, database, migrations, job runner, fences between tenants, PDF.

    503 unless all that is needed works. PDF may be off, and a role that walks past row-level security is told, here and
    when the server starts: the data layer's own fence stands all the same.
    """
    database = at_head = alive = fenced = False
    try:
        at_head = migrate.at_head(db.session.connection())
        database = True
        fenced = not fences.can_bypass(db.session.connection())
        alive = jobs.alive(datetime.now(UTC)) if at_head else False
    except SQLAlchemyError as error:
        log.exception("health: the database does not answer: %s", type(error).__name__)
        db.session.rollback()
    good = database and at_head and alive
    answer = jsonify(
        status="ok" if good else "failing",
        version=current_app.config["VERSION"],
        database="ok" if database else "unreachable",
        migrations_at_head=at_head,
        jobs_alive=alive,
        tenants_fenced=fenced,
        pdf=pdf.available(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if good else 503
