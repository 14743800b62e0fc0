"""The workers: they claim due jobs for a lease, do them, and commit what was done together with "done".

On PostgreSQL any number of them share the table (rows another has locked are skipped); on SQLite one writes at a time.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.jobs import (
    CannotBeDone,
    GiveUp,
    Handler,
    Job,
    LeaseLost,
    Run,
    TryAgain,
    WorkerBeat,
    enqueue,
    mark,
    periodic,
    registered,
)
from portal.infra.logging import describe, scrub, working_on

log = logging.getLogger("portal.jobs")

FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
BEAT_EVERY = timedelta(seconds=5)
KEEP_DONE = timedelta(days=30)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def run_once(app: Flask, now: datetime, *, clock: Callable[[], datetime] = _utc_now) -> bool:
    """Do the job that has waited longest, if any is due.

    :param now: the instant that decides what is due (UTC).
    :returns: whether a job was begun, however it ended.
    """
    with app.app_context():
        run = _claim(now, clock)
    if run is None:
        return False
    with app.app_context(), working_on(f"job:{run.job_id}"):
        _do(run)
    return True


def run_all(app: Flask, now: datetime | None = None, *, most: int = 1000) -> int:
    """Do every job that is due, and what those ask for; retries come later.

    :param now: the one instant (UTC) at which all of it happens; None: as time goes by. :param most: then end.
    :returns: how many were begun.
    """
    clock = _utc_now if now is None else lambda: now
    done = 0
    while done < most and run_once(app, clock(), clock=clock):
        done += 1
    return done


def _due(now: datetime) -> Select[UUID]:
    """The job that has been due longest and that this process knows how to do."""
    return (
        select(Job.id)
        .where(Job.state.in_(("queued", "running")), Job.run_at <= now, Job.name.in_(sorted(registered())))
        .order_by(Job.run_at)
        .limit(1)
    )


def _claim(now: datetime, clock: Callable[[], datetime]) -> Run | None:
    """Take one due job for a lease, or declare it failed when its last attempt died with its worker."""
    if not registered():
        return None
    session = db.session()
    # Look first, as a reader: an idle worker must not take SQLite's one writing place five times a second.
    session.connection(execution_options={"portal_writes": False})
    waiting = session.execute(_due(now)).first() is not None
    session.rollback()
    if not waiting:
        return None
    # Compared with "=", not IN: PostgreSQL then evaluates the locking query exactly once.
    claimed = session.execute(
        update(Job)
        .where(Job.id == _due(now).with_for_update(skip_locked=True).scalar_subquery())
        .values(state="running", attempts=Job.attempts + 1)
        .returning(Job.id, Job.name, Job.payload, Job.tenant_id, Job.attempts, Job.max_attempts)
        .execution_options(synchronize_session=False)
    ).first()
    if claimed is None:
        session.rollback()
        return None
    chosen = registered()[claimed.name]
    run = Run(
        job_id=claimed.id,
        name=claimed.name,
        payload=claimed.payload,
        tenant_id=claimed.tenant_id,
        attempt=claimed.attempts,
        last_attempt=claimed.attempts >= claimed.max_attempts,
        now=now,
        lease=chosen.lease,
        clock=clock,
    )
    if claimed.attempts > claimed.max_attempts:
        mark(run, state="failed", finished_at=now, lease_until=None, last_error="its worker died, each time")
        session.commit()
        return _claim(now, clock)
    mark(run, lease_until=now + chosen.lease, run_at=now + chosen.lease)
    session.commit()
    return run


def _do(run: Run) -> None:
    """Run the handler; commit what it did together with "done", or nothing of it."""
    session = db.session()
    try:
        with tenancy.scope(run.tenant_id) if run.tenant_id is not None else nullcontext():
            try:
                registered()[run.name].work(run)
                session.flush()
                mark(run, state="done", finished_at=run.clock(), lease_until=None, last_error=None)
                session.commit()
            except TryAgain as wish:
                session.flush()
                _set_back(run, str(wish))
                session.commit()
            except CannotBeDone as reason:
                session.flush()
                log.error("job %s cannot be done: %s", run.name, reason)  # noqa: TRY400 (expected, no trace)
                _set_back(run, str(reason), final=True)
                session.commit()
            except BaseException:
                # Inside the scope: leaving it speaks to the database, which a broken transaction would refuse.
                session.rollback()
                raise
    except LeaseLost as lost:
        log.warning("%s: %s", run.name, lost)
    except Exception as error:  # whatever a handler raises, the worker lives on
        log.exception("job %s failed", run.name, extra={"facts": {"attempt": run.attempt}})
        _record_failure(run, error)


def _record_failure(run: Run, error: Exception) -> None:
    try:
        _set_back(run, describe(error), final=isinstance(error, GiveUp))
        db.session().commit()
    except LeaseLost:
        db.session().rollback()


def _set_back(run: Run, problem: str, *, final: bool = False) -> None:
    """Back into the queue after a pause; or failed for good."""
    moment = run.clock()
    problem = scrub(problem)[:500]
    if final or run.last_attempt:
        mark(run, state="failed", finished_at=moment, lease_until=None, last_error=problem)
    else:
        mark(run, state="queued", run_at=moment + _pause(run.attempt), lease_until=None, last_error=problem)


def _pause(attempt: int) -> timedelta:
    """Longer after each attempt, and never the same for all: what failed together must not come back together."""
    longest = min(FIRST_RETRY * 2 ** min(attempt - 1, 12), LONGEST_RETRY)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, protects nothing)


class Worker:
    """A loop that does jobs, one at a time; run as many processes as wanted."""

    def __init__(
        self,
        app: Flask,
        *,
        poll_seconds: float = 0.2,
        clock: Callable[[], datetime] = _utc_now,
        name: str | None = None,
    ) -> None:
        """:param poll_seconds: how long to rest when nothing is due."""
        self.app = app
        self.poll_seconds = poll_seconds
        self.clock = clock
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._periods: dict[str, int] = {}
        self._last_beat: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; the running job is finished first. A database that is away is waited for."""
        log.info("worker %s begins", self.name)
        trouble = 0
        while not stop.is_set():
            try:
                self.tick()
                busy = run_once(self.app, self.clock(), clock=self.clock)
                trouble = 0
            except SQLAlchemyError as error:
                trouble += 1
                log.error("the worker cannot reach the database: %s", describe(error))  # noqa: TRY400 (no trace while it is away)
                stop.wait(min(30.0, 0.5 * 2 ** min(trouble, 6)))
                continue
            if not busy:
                stop.wait(self.poll_seconds)
        log.info("worker %s ends", self.name)

    def tick(self) -> None:
        """Say that we live, and write the periodic jobs whose period has begun."""
        now = self.clock()
        if self._last_beat is None or now - self._last_beat >= BEAT_EVERY:
            with self.app.app_context():
                db.session().merge(WorkerBeat(worker=self.name, beat_at=now))
                db.session().commit()
            self._last_beat = now
        for each in registered().values():
            if each.every_seconds is not None:
                self._schedule(each, int(now.timestamp() // each.every_seconds), now)

    def _schedule(self, each: Handler, period: int, now: datetime) -> None:
        if self._periods.get(each.name) == period:
            return
        with self.app.app_context():
            enqueue(each.name, {}, tenant_id=None, now=now, unique_key=f"{each.name}:{period}")
            db.session().commit()
        self._periods[each.name] = period


@periodic("jobs.tidy", 86_400)
def tidy(run: Run) -> None:
    """Forget jobs done more than :data:`KEEP_DONE` ago and workers not heard of for a day. Failed jobs stay."""
    session = db.session()
    session.execute(
        delete(Job).where(Job.state == "done", Job.finished_at < run.now - KEEP_DONE),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        delete(WorkerBeat).where(WorkerBeat.beat_at < run.now - timedelta(days=1)),
        execution_options={"synchronize_session": False},
    )
