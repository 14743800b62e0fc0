"""Clocks of cases, written as the lists see them."""

from __future__ import annotations

from uuid import UUID

from portal.infra.db import db
from portal.standards.models import Clock, StandardVersion
from portal.standards.service import NEVER
from tests.factories import NOW


def clock(case_id: UUID, state: str, *, code: str = "CHK", side: str = "secretariat", **more: object) -> Clock:
    """A clock of a case as the lists see it."""
    standard = (
        db.session.query(StandardVersion)
        .filter_by(instrument="preparatory_grant", process="application", code=code)
        .first()
    )
    assert standard is not None
    facts: dict[str, object] = {
        "case_id": case_id, "standard_id": standard.id, "code": code, "side": side, "subject": "", "state": state,
        "is_open": state in ("running", "paused"), "started_at": NOW, "due_at": NOW, "next_check_at": NEVER,
    }  # fmt: skip
    row = Clock(**(facts | more))
    db.session.add(row)
    db.session.flush()
    return row
