"""Read what the applicant's pages list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, literal, select, tuple_

from portal.cases.models import Case
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.text import N_
from portal.infra.db import db
from portal.infra.pages import Question
from portal.infra.storage import StoredFile

PAGE = 25
MINE = ("applicant", "recipient")


@dataclass(frozen=True)
class Page:
    """A page of cases, and where the next one begins."""

    rows: list[Case]
    next_key: str | None


def _rank() -> ColumnElement[int]:
    """What waits for the applicant first, then what waits for others, then what has ended."""
    waits = and_(Case.is_open.is_(True), Case.owner.in_(MINE))
    return case((waits, 0), (Case.is_open.is_(True), 1), else_=2)


def my_cases(actor: Actor, after: str | None) -> Page:
    """The cases of the actor's organisations, what is hers to do first, then by date; one query.

    :param after: the key of the last row of the page before.
    :raises Invalid: for a key that is none.
    """
    rank = _rank()
    statement = (
        select(Case)
        .where(Case.organisation_id.in_(list(actor.organisations)) if actor.organisations else false())
        .order_by(rank, Case.urgent_at, Case.id)
        .limit(PAGE + 1)
    )
    if after:
        number, at, key = _read_key(after)
        place = (literal(number), literal(at, Case.urgent_at.type), literal(key, Case.id.type))
        statement = statement.where(tuple_(rank, Case.urgent_at, Case.id) > tuple_(*place))
    rows = list(db.session.scalars(statement))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return Page(rows, _key_of(rows[-1]) if more else None)


#: the last change of the cases of an organisation is the end of an index; of several, the ends of as many
_CHANGED = (
    select(Case.organisation_id, func.max(Case.changed_at))
    .where(Case.tenant_id == bindparam("tenant"), Case.organisation_id.in_(bindparam("organisations", expanding=True)))
    .group_by(Case.organisation_id)
)
_CHANGED_IN_ONE = (
    select(Case.changed_at)
    .where(Case.tenant_id == bindparam("tenant"), Case.organisation_id == bindparam("organisation"))
    .order_by(Case.changed_at.desc())
    .limit(1)
)
_STANDS = select(Case.state, Case.last_seq, Case.changed_at).where(
    Case.tenant_id == bindparam("tenant"), Case.id == bindparam("case")
)


def whether_mine_changed(actor: Actor) -> Question:
    """The question that is answered otherwise when a case of one of the actor's organisations has changed."""
    keys = sorted(actor.organisations)
    if len(keys) == 1:
        return Question(_CHANGED_IN_ONE, {"organisation": keys[0]})
    return Question(_CHANGED, {"organisations": keys})


def whether_it_changed(case_row: Case) -> Question:
    """The question that is answered otherwise when something happened to this case; its row has just been read."""
    stands = (case_row.state, case_row.last_seq, case_row.changed_at)
    return Question(_STANDS, {"case": case_row.id}, stands)


def rank_of(row: Case) -> int:
    """The same order for one case: 0 mine, 1 others', 2 ended."""
    return (0 if row.owner in MINE else 1) if row.is_open else 2


def _key_of(row: Case) -> str:
    return f"{rank_of(row)}~{row.urgent_at.isoformat()}~{row.id}"


def _read_key(key: str) -> tuple[int, datetime, UUID]:
    try:
        number, at, row = key.split("~")
        instant = datetime.fromisoformat(at.replace(" ", "+"))
        return int(number), instant.astimezone(UTC), UUID(row)
    except ValueError:
        raise Invalid({"after": N_("This address names no page of the list. Start from the first page.")}) from None


def file_of(case_id: UUID, file_id: UUID) -> StoredFile:
    """A file of a case.

    :raises NotFound: when the case has none with this id, or it was removed.
    """
    row = db.session.scalars(
        select(StoredFile).where(
            StoredFile.id == file_id, StoredFile.case_id == case_id, StoredFile.deleted_at.is_(None)
        )
    ).first()
    if row is None:
        raise NotFound
    return row
