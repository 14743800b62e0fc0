from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.infra import jobs, tenancy, worker
from portal.infra.db import db
from portal.infra.jobs import Job, Run
from tests.integration.infra.bare_app import Effect, slow_effect
from tests.machine import ROOT

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    before = dict(jobs._handlers)
    yield
    jobs._handlers.clear()
    jobs._handlers.update(before)


def only(name: str, work: object, **options: int) -> None:
    jobs._handlers.clear()
    jobs.handler(name, **options)(work)  # type: ignore[arg-type]


def enqueue(app: Flask, name: str, tenant_id: int | None = 1, **options: object) -> None:
    with app.app_context():
        jobs.enqueue(name, {}, tenant_id=tenant_id, now=NOW, **options)  # type: ignore[arg-type]
        db.session.commit()


def the_job(app: Flask) -> Job:
    with app.app_context():
        return db.session.execute(sa.select(Job).where(Job.name != "jobs.tidy")).scalar_one()


def effects(app: Flask, tenant_id: int = 1) -> list[str]:
    with app.app_context(), tenancy.scope(tenant_id):
        return list(db.session.execute(sa.select(Effect.what)).scalars())


def test_a_job_runs_in_its_tenant_and_is_done_with_its_effect(app: Flask) -> None:
    def work(run: Run) -> None:
        db.session.add(Effect(what=f"tenant {tenancy.required()}"))

    only("t.work", work)
    enqueue(app, "t.work", 2)
    assert worker.run_once(app, NOW)
    assert not worker.run_once(app, NOW)
    job = the_job(app)
    assert (job.state, job.attempts, job.last_error) == ("done", 1, None)
    assert effects(app, 2) == ["tenant 2"]
    assert effects(app, 1) == []


def test_a_rolled_back_change_leaves_no_job(app: Flask) -> None:
    only("t.work", lambda run: None)
    with app.app_context():
        jobs.enqueue("t.work", {}, tenant_id=1, now=NOW)
        db.session.rollback()
        assert db.session.execute(sa.select(sa.func.count()).select_from(Job)).scalar_one() == 0


def test_a_failure_leaves_no_effect_waits_longer_each_time_and_hides_secrets(app: Flask) -> None:
    def work(run: Run) -> None:
        db.session.add(Effect(what="half"))
        db.session.flush()
        raise ValueError("login failed: password=hunter2hunter2 for smtp://me:hunter3@mail")

    only("t.fails", work, max_attempts=3)
    enqueue(app, "t.fails")
    now, pauses = NOW, []
    for _ in range(3):
        assert worker.run_once(app, now, clock=lambda: now)  # noqa: B023 (called at once)
        job = the_job(app)
        pauses.append(job.run_at - now)
        now = job.run_at
    assert job.state == "failed"
    assert timedelta(seconds=5) <= pauses[0] <= timedelta(seconds=10) <= pauses[1] <= timedelta(seconds=20)
    assert job.last_error is not None
    assert job.last_error.startswith("ValueError: login failed")
    assert "hunter" not in job.last_error
    assert effects(app) == []
    assert not worker.run_once(app, now + timedelta(days=1))
    with app.app_context():
        assert jobs.retry(job.id, now)
        db.session.commit()
    assert worker.run_once(app, now)
    assert the_job(app).attempts == 4


def test_a_broken_statement_is_a_failure_like_any_other(app: Flask) -> None:
    def work(run: Run) -> None:
        tenancy.raw("SELECT * FROM no_such_table WHERE x = :secret", "test", secret="hunter2")

    only("t.sql", work, max_attempts=2)
    enqueue(app, "t.sql")
    assert worker.run_once(app, NOW)
    error = the_job(app).last_error
    assert error is not None
    assert "no_such_table" in error
    assert "hunter2" not in error


def test_giving_up_ends_at_once_and_trying_again_keeps_what_was_changed(app: Flask) -> None:
    def work(run: Run) -> None:
        db.session.add(Effect(what=f"kept {run.attempt}"))
        if run.attempt == 1:
            raise jobs.TryAgain("not yet")
        raise jobs.GiveUp("never")

    only("t.wish", work)
    enqueue(app, "t.wish")
    worker.run_once(app, NOW, clock=lambda: NOW)
    assert the_job(app).state == "queued"
    worker.run_once(app, NOW + timedelta(minutes=1))
    assert (the_job(app).state, the_job(app).last_error) == ("failed", "GiveUp: never")
    assert effects(app) == ["kept 1"]


def test_unknown_names_are_refused_and_names_are_not_taken_twice(app: Flask) -> None:
    only("t.work", lambda run: None)
    with app.app_context(), pytest.raises(jobs.UnknownJob):
        jobs.enqueue("t.other", {}, tenant_id=1, now=NOW)
    with pytest.raises(ValueError, match="two handlers"):
        jobs.handler("t.work")(slow_effect)
    # A worker that does not know a job leaves it to one that does.
    enqueue(app, "t.work")
    only("t.other", lambda run: None)
    assert not worker.run_once(app, NOW)
    assert the_job(app).state == "queued"


def test_a_unique_key_makes_one_job_within_the_tenant(app: Flask) -> None:
    only("t.work", lambda run: None)
    with app.app_context():
        first = jobs.enqueue("t.work", {}, tenant_id=1, now=NOW, unique_key="k")
        assert jobs.enqueue("t.work", {}, tenant_id=1, now=NOW, unique_key="k") == first
        assert jobs.enqueue("t.work", {}, tenant_id=2, now=NOW, unique_key="k") != first
        db.session.commit()
    assert worker.run_all(app, NOW) == 2


def test_not_before_its_time(app: Flask) -> None:
    only("t.work", lambda run: None)
    enqueue(app, "t.work", run_at=NOW + timedelta(hours=1))
    assert not worker.run_once(app, NOW)
    assert worker.run_once(app, NOW + timedelta(hours=1))


def test_a_worker_that_lost_its_lease_leaves_no_trace(app: Flask) -> None:
    def work(run: Run) -> None:
        if run.attempt == 1:
            run.release()
            # Meanwhile the lease ends and another worker does the job.
            thread = threading.Thread(target=worker.run_once, args=(app, NOW + timedelta(minutes=5)))
            thread.start()
            thread.join()
        db.session.add(Effect(what=f"attempt {run.attempt}"))

    only("t.late", work, lease_seconds=60)
    enqueue(app, "t.late")
    assert worker.run_once(app, NOW)
    assert effects(app) == ["attempt 2"]
    assert (the_job(app).state, the_job(app).attempts) == ("done", 2)


def test_progress_is_seen_by_others_and_begins_a_fresh_lease(app: Flask) -> None:
    seen: list[tuple[int | None, datetime | None]] = []

    def work(run: Run) -> None:
        run.report(40)
        job = db.session.get(Job, run.job_id)
        assert job is not None
        seen.append((job.progress, job.lease_until))
        db.session.add(Effect(what="x"))
        with pytest.raises(RuntimeError, match="after changing"):
            run.report(50)

    only("t.long", work, lease_seconds=60)
    enqueue(app, "t.long")
    later = NOW + timedelta(seconds=30)
    worker.run_once(app, NOW, clock=lambda: later)
    assert seen == [(40, later + timedelta(seconds=60))]
    assert effects(app) == ["x"]


def test_a_job_whose_worker_dies_each_time_fails_in_the_end(app: Flask) -> None:
    only("t.work", lambda run: None, max_attempts=2)
    enqueue(app, "t.work")
    with app.app_context():
        db.session.execute(sa.update(Job).values(state="running", attempts=2, run_at=NOW))
        db.session.commit()
    assert not worker.run_once(app, NOW)
    assert the_job(app).state == "failed"


def test_each_period_runs_once_however_many_workers(app: Flask) -> None:
    jobs._handlers.clear()
    runs: list[datetime] = []
    jobs.periodic("t.period", 60)(lambda run: runs.append(run.now))
    now = NOW
    workers = [worker.Worker(app, clock=lambda: now, name=f"w{n}") for n in range(3)]
    for minutes in (0, 0, 1):
        now = NOW + timedelta(minutes=minutes)
        for each in workers:
            each.tick()
        worker.run_all(app, now)
    assert runs == [NOW, NOW + timedelta(minutes=1)]


def test_health_knows_whether_a_worker_lives(app: Flask) -> None:
    jobs._handlers.clear()
    with app.app_context():
        assert not jobs.alive(NOW)
    worker.Worker(app, clock=lambda: NOW).tick()
    with app.app_context():
        assert jobs.alive(NOW + timedelta(seconds=10))
        assert not jobs.alive(NOW + timedelta(minutes=5))


def test_tidying_forgets_what_is_long_done(app: Flask) -> None:
    only("t.work", lambda run: None)
    enqueue(app, "t.work")
    worker.run_all(app, NOW)
    jobs.handler("jobs.tidy")(worker.tidy)
    for days, left in ((29, 2), (31, 2)):
        later = NOW + timedelta(days=days)
        with app.app_context():
            jobs.enqueue("jobs.tidy", {}, tenant_id=None, now=later)
            db.session.commit()
        worker.run_all(app, later)
        with app.app_context():
            assert db.session.execute(sa.select(sa.func.count()).select_from(Job)).scalar_one() == left


def test_two_workers_share_the_work_and_do_each_job_once(app: Flask) -> None:
    only("t.work", lambda run: db.session.add(Effect(what=str(run.job_id))))
    with app.app_context():
        for _ in range(30):
            jobs.enqueue("t.work", {}, tenant_id=1, now=NOW)
        db.session.commit()
    stop = threading.Event()
    workers = [worker.Worker(app, poll_seconds=0.02, name=f"w{n}") for n in range(2)]
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in workers]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 20
    while len(effects(app)) < 30 and time.monotonic() < end:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join(10)
    done = effects(app)
    assert len(done) == len(set(done)) == 30


def test_a_killed_workers_job_runs_again_and_its_effect_is_there_once(app: Flask, tmp_path: Path) -> None:
    only("test.slow", slow_effect)
    marker = tmp_path / "in-the-middle"
    url = app.config["PORTAL"].database_url
    with app.app_context():
        jobs.enqueue("test.slow", {"marker": str(marker)}, tenant_id=1, now=datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    first = start_worker(url, tmp_path)
    try:
        wait_for(marker.exists)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        assert the_job(app).state == "running"
        assert effects(app) == []
    finally:
        first.kill()
        first.wait(10)
    second = start_worker(url, tmp_path)
    try:
        wait_for(lambda: the_job(app).state == "done")
    finally:
        second.kill()
        second.wait(10)
    assert the_job(app).attempts == 2
    assert effects(app) == ["attempt 2"]


def start_worker(url: str, data_dir: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.infra.bare_app", url, str(data_dir), "2"]
    return subprocess.Popen(command, cwd=ROOT)


def wait_for(condition: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
