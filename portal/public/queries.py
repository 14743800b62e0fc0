"""Read what everybody may see, and the lists that look after a tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from portal.calls.rules import instruments
from portal.cases.models import APPLICATION, Case
from portal.core.errors import NotFound
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.organisations.models import Organisation
from portal.public import rules

PAGE = 25
Found = TypeVar("Found")
#: What is read by everybody and changes slowly is kept for some minutes.
KEEP_SECONDS = 300.0
_kept: dict[tuple[str, int, str], tuple[float, Any]] = {}


@dataclass(frozen=True)
class Project:
    """What the public may know of a funded project."""

    id: UUID
    reference: str
    title: str
    title_translated: str | None
    language: str
    city: str
    country: str | None
    amount: Decimal | None
    currency: str
    state: str
    instrument: str
    process: str
    workflow_version: int
    decided_at: datetime
    recipient: str


@dataclass(frozen=True)
class Listed:
    """A page of a list and where it goes on."""

    rows: list[Any]
    before: str | None
    after: str | None


def _is_funded() -> tuple[ColumnElement[bool], ...]:
    """What makes a case a funded project; an agreement that commits no money is none."""
    return (
        Case.kind == APPLICATION,
        Case.state.in_(rules.FUNDED_STATES),
        Case.funded_at.is_not(None),
        Case.amount.is_not(None),
    )


def _funded() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.id,
            Case.reference,
            Case.title,
            Case.title_translated,
            Case.language,
            Case.city,
            Case.country,
            Case.amount,
            Case.currency,
            Case.state,
            Case.instrument,
            Case.process,
            Case.workflow_version,
            Case.funded_at,
            Organisation.name.label("recipient"),
        )
        .join(Organisation, (Organisation.tenant_id == Case.tenant_id) & (Organisation.id == Case.organisation_id))
        .where(*_is_funded())
    )


def recent_projects(limit: int) -> list[Project]:
    """The projects approved last."""
    rows = db.session.execute(_funded().order_by(Case.funded_at.desc(), Case.id.desc()).limit(limit))
    return [Project(*row) for row in rows]


def projects(words: str, country: str, *, after: str = "", before: str = "") -> Listed:
    """Funded projects, the newest first.

    :param words: each must occur in title, city, recipient or reference; :param country: ISO 3166 alpha-2, or empty.
    :raises NotFound: when the place to go on from is none.
    """
    statement = _funded()
    if country:
        statement = statement.where(Case.country == country.upper())
    for word in words.split()[:6]:
        pattern = f"%{_escaped(word)}%"
        texts = (Case.title, Case.title_translated, Case.city, Case.reference, Organisation.name)
        statement = statement.where(or_(*(text.ilike(pattern, escape="\\") for text in texts)))
    found = _paged(statement, Case.funded_at, Case.id, after, before)
    return Listed([Project(*row) for row in found.rows], found.before, found.after)


def project(reference: str) -> Project:
    """A funded project by its reference.

    :raises NotFound: for a case that is not funded too: that it exists is not public.
    """
    row = db.session.execute(_funded().where(Case.reference == reference)).first()
    if row is None:
        raise NotFound
    return Project(*row)


def project_countries() -> list[str]:
    """The countries that have a funded project; kept for some minutes, for it means reading them all."""
    rows = select(Case.country).where(*_is_funded(), Case.country.is_not(None)).distinct()
    return _for_some_minutes("countries", lambda: sorted(str(code) for code in db.session.scalars(rows)))


def project_count() -> int:
    """How many funded projects the tenant in scope has; kept for some minutes, for it means reading them all."""
    rows = select(func.count()).select_from(Case).where(*_is_funded())
    return _for_some_minutes("count", lambda: db.session.scalar(rows) or 0)


def _for_some_minutes(what: str, find: Callable[[], Found]) -> Found:
    """What was found for the tenant in scope, found anew when it has grown old."""
    key = (str(db.engine.url), tenancy.required(), what)
    kept = _kept.get(key)
    if kept is None or monotonic() - kept[0] > KEEP_SECONDS:
        kept = _kept[key] = (monotonic(), find())
    found: Found = kept[1]
    return found


def project_references(page: int, size: int) -> list[str]:
    """The references of a page of funded projects, the one approved first, first. :param page: from 1."""
    rows = select(Case.reference).where(*_is_funded()).order_by(Case.funded_at, Case.id)
    return list(db.session.scalars(rows.offset((page - 1) * size).limit(size))) if page > 0 else []


def public_state(case: Any) -> Any:
    """The state of a case as everybody may see it, by language."""
    return instruments.workflow(case.instrument, case.process, case.workflow_version).states[case.state].public_name


def by_reference(reference: str) -> Case | None:
    """A submitted case, for whoever also has its access code."""
    found = select(Case).where(Case.reference == reference, Case.is_submitted.is_(True))
    return db.session.scalars(found).first()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _paged(statement: Select[*tuple[Any, ...]], at: Any, key: Any, after: str, before: str) -> Listed:
    """One page of a list that runs from the newest to the oldest, by place and not by number."""
    place = rules.read_place(after or before) if after or before else None
    if place is None and (after or before):
        raise NotFound
    backwards = bool(before and not after)
    if place is not None:
        statement = statement.where(_beyond(at, key, place, backwards))
    order = (at.asc(), key.asc()) if backwards else (at.desc(), key.desc())
    rows = list(db.session.execute(statement.order_by(*order).limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    has_before, has_after = (more, bool(rows)) if backwards else (place is not None, more)

    def write(row: Any) -> str:
        return rules.write_place(getattr(row, at.key), getattr(row, key.key))

    return Listed(
        rows,
        write(rows[0]) if rows and has_before else None,
        write(rows[-1]) if rows and has_after else None,
    )


def _beyond(at: Any, key: Any, place: tuple[datetime, UUID], backwards: bool) -> ColumnElement[bool]:
    moment, row_id = place
    if backwards:
        return or_(at > moment, and_(at == moment, key > row_id))
    return or_(at < moment, and_(at == moment, key < row_id))


def forget() -> None:
    """Forget what is kept."""
    _kept.clear()


# -- mail


def mails(words: str, state: str, *, after: str = "", before: str = "") -> Listed:
    """The mails of the tenant without their bodies, the newest first.

    :param words: part of the receiver or the subject; :param state: queued, sent, kept, failed, or empty.
    :raises NotFound: when the place to go on from is none.
    """
    statement = select(
        OutboxMail.id,
        OutboxMail.to_address,
        OutboxMail.to_name,
        OutboxMail.subject,
        OutboxMail.language,
        OutboxMail.template,
        OutboxMail.state,
        OutboxMail.confidential,
        OutboxMail.created_at,
    )
    if state:
        statement = statement.where(OutboxMail.state == state)
    for word in words.split()[:6]:
        pattern = f"%{_escaped(word)}%"
        texts = (OutboxMail.to_address, OutboxMail.to_name, OutboxMail.subject)
        statement = statement.where(or_(*(text.ilike(pattern, escape="\\") for text in texts)))
    return _paged(statement, OutboxMail.created_at, OutboxMail.id, after, before)


def mail(mail_id: UUID) -> OutboxMail:
    """A mail of the tenant.

    :raises NotFound: when it has none with this id.
    """
    row = db.session.scalars(select(OutboxMail).where(OutboxMail.id == mail_id)).first()
    if row is None:
        raise NotFound
    return row


def case_reference(case_id: UUID | None) -> str | None:
    """The reference of the case a mail is about."""
    return db.session.scalar(select(Case.reference).where(Case.id == case_id)) if case_id else None
