"""Read a tenant's standards with their history, the drafts of new versions, and the facts of many cases at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.accounts.models import Person
from portal.calls.rules import instruments
from portal.cases.models import Case, Event
from portal.core.errors import NotFound
from portal.core.standards import EventFact, Standard, parse_standard
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.insight.rules.standards_trial import Period
from portal.standards import queries as standards
from portal.standards.models import Clock, StandardDraft, StandardVersion


@dataclass(frozen=True)
class InForce:
    """A standard as new cases get it, how many versions there were, and whether somebody writes a new one."""

    version: StandardVersion
    standard: Standard
    draft: StandardDraft | None


def process_of(instrument: str, process: str) -> None:
    """Refuse what is no process of an instrument. :raises NotFound: naming neither."""
    if process not in instruments.processes(instrument):
        raise NotFound


def in_force() -> list[InForce]:
    """The newest version of every standard of the tenant, in the order of the instruments' own lists; two queries."""
    newest: dict[tuple[str, str, str], StandardVersion] = {}
    for row in db.session.scalars(select(StandardVersion).order_by(StandardVersion.version)):
        newest[(row.instrument, row.process, row.code)] = row
    written = {(row.instrument, row.process, row.code): row for row in drafts()}
    return [
        InForce(row, standards.parsed(row), written.get((row.instrument, row.process, row.code)))
        for row in sorted(newest.values(), key=_place)
    ]


def _place(row: StandardVersion) -> tuple[str, bool, str, int, str]:
    codes = [str(one["code"]) for one in instruments.standards_data(row.instrument, row.process)]
    place = codes.index(row.code) if row.code in codes else len(codes)
    return (row.instrument, row.process != instruments.APPLICATION, row.process, place, row.code)


def drafts() -> list[StandardDraft]:
    """What is being written, the newest first."""
    return list(db.session.scalars(select(StandardDraft).order_by(StandardDraft.written_at.desc())))


def draft(draft_id: UUID) -> StandardDraft:
    """A draft of the tenant.

    :raises NotFound: when it has none with this id: it was published or thrown away.
    """
    row = db.session.scalars(select(StandardDraft).where(StandardDraft.id == draft_id)).first()
    if row is None:
        raise NotFound
    return row


def draft_of(instrument: str, process: str, code: str) -> StandardDraft | None:
    """The draft of a standard, if somebody writes one."""
    return db.session.scalars(
        select(StandardDraft).where(
            StandardDraft.instrument == instrument, StandardDraft.process == process, StandardDraft.code == code
        )
    ).first()


def history(instrument: str, process: str, code: str) -> list[StandardVersion]:
    """Every version of a standard, the newest first; empty when there is none."""
    return list(
        db.session.scalars(
            select(StandardVersion)
            .where(
                StandardVersion.instrument == instrument,
                StandardVersion.process == process,
                StandardVersion.code == code,
            )
            .order_by(StandardVersion.version.desc())
        )
    )


def newest(instrument: str, process: str, code: str) -> StandardVersion | None:
    """The version of a standard that new cases get."""
    return next(iter(history(instrument, process, code)), None)


def writer(draft_row: StandardDraft) -> str:
    """Who wrote a draft last."""
    return db.session.scalar(select(Person.name).where(Person.id == draft_row.written_by)) or ""


def running(instrument: str, process: str, code: str) -> dict[tuple[int, str], int]:
    """How many open clocks of a standard keep which version, by (version, state)."""
    rows = db.session.execute(
        select(StandardVersion.version, Clock.state, func.count())
        .join(Clock, (StandardVersion.tenant_id == Clock.tenant_id) & (StandardVersion.id == Clock.standard_id))
        .where(
            StandardVersion.instrument == instrument,
            StandardVersion.process == process,
            StandardVersion.code == code,
            Clock.is_open.is_(True),
        )
        .group_by(StandardVersion.version, Clock.state)
        .order_by(StandardVersion.version)
    )
    return {(version, state): count for version, state, count in rows}


def progress(job_id: UUID) -> tuple[str, int]:
    """How a job stands and how many per cent it has done."""
    row = db.session.execute(select(Job.state, Job.progress).where(Job.id == job_id)).first()
    return ("failed", 0) if row is None else (str(row[0]), int(row[1] or 0))


# -- many cases at once


@dataclass(frozen=True)
class CaseFacts:
    """What a standard needs to know of a case."""

    id: UUID
    reference: str
    route: str
    amount: Decimal | None
    events: tuple[EventFact, ...]


def _asked(instrument: str, process: str, span: Period) -> ColumnElement[bool]:
    """The cases in which a clock may have ended within the period, or may run still."""
    return and_(
        Case.instrument == instrument,
        Case.process == process,
        Case.created_at < span.end,
        or_(Case.is_open.is_(True), Case.changed_at >= span.begin),
    )


def count_cases(instrument: str, process: str, span: Period) -> int:
    """How many cases a period asks."""
    return db.session.scalar(select(func.count()).select_from(Case).where(_asked(instrument, process, span))) or 0


def case_batches(
    instrument: str, process: str, span: Period, kinds: frozenset[str], size: int
) -> Iterator[list[CaseFacts]]:
    """The cases of a period in batches with their events of some kinds; two queries a batch, nothing kept between."""
    after: UUID | None = None
    while True:
        statement = select(Case.id, Case.reference, Case.route, Case.amount).where(_asked(instrument, process, span))
        if after is not None:
            statement = statement.where(Case.id > after)
        rows = db.session.execute(statement.order_by(Case.id).limit(size)).all()
        if not rows:
            return
        found = _events([row.id for row in rows], kinds)
        yield [CaseFacts(row.id, row.reference, row.route, row.amount, tuple(found.get(row.id, ()))) for row in rows]
        after = rows[-1].id


def _events(case_ids: Sequence[UUID], kinds: frozenset[str]) -> dict[UUID, list[EventFact]]:
    rows = db.session.execute(
        select(Event.case_id, Event.seq, Event.at, Event.kind, Event.subject, Event.data)
        .where(Event.case_id.in_(case_ids), Event.kind.in_(sorted(kinds)))
        .order_by(Event.case_id, Event.seq)
    )
    found: dict[UUID, list[EventFact]] = defaultdict(list)
    for case_id, seq, at, kind, subject, data in rows:
        if "copied_from" not in data:  # counted where it happened
            found[case_id].append(EventFact(seq, at, kind, subject, data))
    return found


def parsed_version(row: StandardVersion) -> Standard:
    """The standard that a published version says."""
    return standards.parsed(row)


def open_clocks(after: datetime) -> int:
    """How many running clocks are due after an instant: those that a change of the calendar may move."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Clock).where(Clock.is_open.is_(True), Clock.next_check_at > after)
        )
        or 0
    )


def parsed_draft(row: StandardDraft) -> Standard:
    """The standard a draft says. :raises StandardError: when it cannot be used yet."""
    return parse_standard(row.definition)
