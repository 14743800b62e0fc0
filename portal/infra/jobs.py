"""Work that does not belong into a request: rows written in the business transaction, done by worker processes.

A job is claimed for a lease; its handler's changes and the word "done" are committed in one transaction. So a worker
that dies leaves no half of it: after the lease another runs it again, and what it does to the database happens once.
What it does outside the database (a mail sent) may happen twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Index, String, Uuid, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from portal.infra.db import Base, Instant, Json, db

#: A worker that has not been heard of for so long, and holds no running lease, is taken for dead.
ALIVE_WITHIN = timedelta(seconds=45)
LONGEST_PERIOD_SECONDS = 7 * 86_400


class Job(Base):
    """One piece of work. A platform table: workers look for work before they know a tenant."""

    __tablename__ = "job"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(80))
    tenant_id: Mapped[int | None]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    #: when it may run; of a running job: when its lease ends and it may run again.
    run_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    #: how often it was begun; also tells one run from the next, so that a late worker cannot finish another's.
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    last_error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    #: per cent done, for those who wait; None when the handler does not say.
    progress: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_job_open",
            "run_at",
            sqlite_where=state.in_(("queued", "running")),
            postgresql_where=state.in_(("queued", "running")),
        ),
        Index("ix_job_state_created_at", "state", "created_at"),
    )


class WorkerBeat(Base):
    """When each worker was last heard of."""

    __tablename__ = "worker_beat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(Instant)


class GiveUp(Exception):
    """Raised by a handler when trying again cannot help; the message is shown to operators."""


class CannotBeDone(Exception):
    """Like :class:`GiveUp`, by a handler that wants what it wrote about that to be kept."""


class TryAgain(Exception):
    """Raised by a handler that wants what it changed to be kept and the job to come back later."""


class LeaseLost(RuntimeError):
    """The lease ran out while the handler worked and the job belongs to another run now; this run leaves no trace."""


class UnknownJob(LookupError):
    """No handler has this name: the module that holds it was not imported, or the name is wrong."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of one name are done."""

    name: str
    work: Callable[[Run], None]
    lease: timedelta
    max_attempts: int
    every_seconds: int | None = None


@dataclass(slots=True)
class Run:
    """What a handler is given: the job's facts and its ways to be patient.

    :param now: the instant the run began, UTC.
    """

    job_id: UUID
    name: str
    payload: Mapping[str, Any]
    tenant_id: int | None
    attempt: int
    last_attempt: bool
    now: datetime
    lease: timedelta
    clock: Callable[[], datetime]

    def release(self) -> None:
        """End the reading transaction before something slow (a mail server, a PDF), so that nobody waits for us.

        Rows loaded before must be read again afterwards.

        :raises RuntimeError: when something was already changed: the change would be lost or half done.
        """
        session = db.session()
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("a job must not release its transaction after changing something")
        session.rollback()

    def report(self, percent: int) -> None:
        """Say how far we are and begin a fresh lease. Releases the transaction first.

        :param percent: 0 to 100.
        :raises LeaseLost: when the job belongs to another run now.
        """
        self.release()
        until = self.clock() + self.lease
        mark(self, progress=max(0, min(percent, 100)), lease_until=until, run_at=until)
        db.session().commit()


def mark(run: Run, **values: Any) -> None:
    """Write on the job's row, as long as this run still holds it. :raises LeaseLost: when it does not."""
    mine = (Job.id == run.job_id, Job.attempts == run.attempt, Job.state == "running")
    result = db.session().execute(
        update(Job).where(*mine).values(**values).execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", result).rowcount != 1:
        raise LeaseLost(f"job {run.job_id} belongs to another run")


_handlers: dict[str, Handler] = {}


def handler(
    name: str, *, lease_seconds: int = 60, max_attempts: int = 5
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Register the function that does the jobs of this name.

    It runs in the job's tenant's scope and neither commits nor rolls back; slow work outside the database comes
    after :meth:`Run.release`.

    :param lease_seconds: how long one run may take before another worker may begin it again.
    :param max_attempts: how often it is begun before it counts as failed.
    :raises ValueError: when the name is taken.
    """

    def register(work: Callable[[Run], None]) -> Callable[[Run], None]:
        _register(Handler(name, work, timedelta(seconds=lease_seconds), max_attempts))
        return work

    return register


def periodic(
    name: str, every_seconds: int, *, lease_seconds: int = 60, max_attempts: int = 3
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Register a function to run once in every period, however many workers there are. It runs in no tenant's scope.

    :param every_seconds: the period, at most a week; periods are counted from 1970-01-01 UTC.
    :raises ValueError: when the name is taken or the period is too long.
    """
    if not 1 <= every_seconds <= LONGEST_PERIOD_SECONDS:
        raise ValueError(f"{name}: a period of {every_seconds} s is not between 1 s and a week")

    def register(work: Callable[[Run], None]) -> Callable[[Run], None]:
        _register(Handler(name, work, timedelta(seconds=lease_seconds), max_attempts, every_seconds))
        return work

    return register


def _register(new: Handler) -> None:
    known = _handlers.get(new.name)
    if known is not None and known.work.__qualname__ != new.work.__qualname__:
        raise ValueError(f"two handlers are called {new.name!r}")
    _handlers[new.name] = new


def registered() -> Mapping[str, Handler]:
    """Every handler known to this process, by name; to be read only."""
    return _handlers


def enqueue(
    name: str,
    payload: Mapping[str, Any],
    *,
    tenant_id: int | None,
    now: datetime,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> UUID:
    """Write a job in the caller's transaction: it exists when, and only when, the caller's change does.

    :param payload: plain JSON values; ids rather than contents, and no secrets.
    :param tenant_id: in whose scope to run; None for the platform's own work.
    :param run_at: not before this instant; None: at once.
    :param unique_key: a second job with the same key (within the tenant) is not written, even after the first is done.
    :returns: the id of the job, or of the one that already holds the key.
    :raises UnknownJob: when no handler has this name.
    """
    known = _handlers.get(name)
    if known is None:
        raise UnknownJob(f"no handler for the job {name!r}")
    values = {
        "id": uuid7(),
        "name": name,
        "tenant_id": tenant_id,
        "payload": dict(payload),
        "state": "queued",
        "run_at": run_at or now,
        "attempts": 0,
        "max_attempts": known.max_attempts,
        "unique_key": unique_key if unique_key is None or tenant_id is None else f"{tenant_id}:{unique_key}",
        "created_at": now,
    }
    session = db.session()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Job).values(**values).on_conflict_do_nothing(index_elements=["unique_key"])
    session.execute(statement)
    if values["unique_key"] is None:
        return cast("UUID", values["id"])
    return session.execute(select(Job.id).where(Job.unique_key == values["unique_key"])).scalar_one()


def retry(job_id: UUID, now: datetime) -> bool:
    """Give a failed job its attempts again. :returns: False when it is not a failed job."""
    job = db.session().get(Job, job_id)
    if job is None or job.state != "failed" or job.name not in _handlers:
        return False
    # Attempts only ever grow: the number tells a run of before from one of now.
    job.max_attempts = job.attempts + _handlers[job.name].max_attempts
    job.state, job.run_at, job.finished_at = "queued", now, None
    return True


def alive(now: datetime) -> bool:
    """Whether some worker is at work: heard of lately, or within the lease of a job it runs."""
    heard = select(WorkerBeat.worker).where(WorkerBeat.beat_at > now - ALIVE_WITHIN).limit(1)
    if db.session().execute(heard).first() is not None:
        return True
    busy = select(Job.id).where(Job.state == "running", Job.run_at > now).limit(1)
    return db.session().execute(busy).first() is not None
