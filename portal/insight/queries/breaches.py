"""Read the broken promises of a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from portal.cases.models import Case
from portal.core.standards import Standard
from portal.infra.db import db
from portal.review.rules.desk import Place
from portal.standards import queries as standards
from portal.standards.models import Clock, StandardVersion

PAGE = 50
UNEXPLAINED = "none"


@dataclass(frozen=True)
class Breach:
    """A promise that was broken.

    :param breached_at: UTC, when its date passed. :param reason: its code; empty while nobody has explained it.
    """

    id: UUID
    standard: Standard
    subject: str
    state: str
    due_at: datetime | None
    breached_at: datetime
    reason: str
    reference: str
    title: str
    language: str


def breaches(
    sides: Sequence[str], standard: tuple[str, str, str] | None, reason: str, place: Place | None
) -> tuple[list[Breach], bool]:
    """A page of broken promises, the newest first, and whether there are more in the direction of reading.

    Each side is a range of one index; what they give is merged here.

    :param sides: whose promises. :param standard: instrument, process and code, or None for all.
    :param reason: a code, ``UNEXPLAINED``, or empty for all. :param place: where to go on.
    """
    backwards = place is not None and place.backwards
    rows: list[Breach] = []
    for side in sides:
        rows += _of_side(side, standard, reason, place)
    rows.sort(key=lambda row: (row.breached_at, row.id), reverse=not backwards)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    return rows, more


def _of_side(side: str, standard: tuple[str, str, str] | None, reason: str, place: Place | None) -> list[Breach]:
    backwards = place is not None and place.backwards
    at, key = Clock.breached_at, Clock.id
    statement = (
        select(Clock, at.label("at"), StandardVersion, Case.reference, Case.title, Case.language)
        .join(
            StandardVersion, (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id)
        )
        .join(Case, (Case.tenant_id == Clock.tenant_id) & (Case.id == Clock.case_id))
        .where(Clock.side == side, at.is_not(None), Case.is_submitted.is_(True))
        .order_by(*((at.asc(), key.asc()) if backwards else (at.desc(), key.desc())))
        .limit(PAGE + 1)
    )
    if standard is not None:
        instrument, process, code = standard
        statement = statement.where(
            StandardVersion.instrument == instrument, StandardVersion.process == process, Clock.code == code
        )
    if reason:
        statement = statement.where(Clock.reason == ("" if reason == UNEXPLAINED else reason))
    if place is not None:
        beyond = (at > place.at, key > place.case_id) if backwards else (at < place.at, key < place.case_id)
        statement = statement.where(or_(beyond[0], and_(at == place.at, beyond[1])))
    return [
        Breach(
            clock.id,
            standards.parsed(version),
            clock.subject,
            clock.state,
            clock.due_at,
            passed,
            clock.reason,
            reference,
            title,
            language,
        )
        for clock, passed, version, reference, title, language in db.session.execute(statement)
        if passed is not None
    ]
