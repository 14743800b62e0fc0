"""Scratch data on each database, filled by the product's own commands, and the servers that serve it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from portal.infra.serve import web_command
from tests.bench.clients import BenchError
from tests.machine import ROOT, Database, postgres_database

SECRET = "bench-only-" * 4


@dataclass
class Place:
    """A database of the bench: the environment in which the product's commands find it."""

    kind: str
    folder: Path
    environ: dict[str, str]
    database: Database | None

    @property
    def owner_url(self) -> str:
        """The address for whoever owns the tables."""
        return self.database.owner_url if self.database else self.app_url

    @property
    def app_url(self) -> str:
        """The address the application uses."""
        return self.database.app_url if self.database else f"sqlite:///{self.folder / 'portal.sqlite3'}"

    def portal(self, *words: str) -> None:
        """Run a command of the product. :raises BenchError: when it fails."""
        done = subprocess.run(
            [sys.executable, "-c", "from portal.cli import main; main()", *words],
            cwd=ROOT, env={**os.environ, **self.environ}, check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise BenchError(f"portal {' '.join(words)} ended with {done.returncode}")

    def fill(self, more: int) -> float:
        """Add generated cases and let the database count its rows; returns the seconds the loading took."""
        begun = time.monotonic()
        self.portal("demo", "load", "--cases", str(more))
        seconds = time.monotonic() - begun
        engine = create_engine(self.owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # As PostgreSQL does by itself soon after so many rows, but not while the pages are measured.
            connection.execute(text("VACUUM ANALYZE" if self.database else "ANALYZE"))
        engine.dispose()
        return seconds

    def size(self) -> int:
        """How many bytes the database has."""
        engine = create_engine(self.app_url)
        with engine.connect() as connection:
            if self.database:
                found = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            else:
                pages = connection.execute(text("PRAGMA page_count")).scalar_one()
                found = pages * connection.execute(text("PRAGMA page_size")).scalar_one()
        engine.dispose()
        return int(found)


@contextlib.contextmanager
def place(kind: str) -> Iterator[Place]:
    """An empty database with the newest shape and the demonstration in it; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    database = postgres_database("bench") if kind == "postgresql" else None
    environ = {"PORTAL_DATA_DIR": str(folder), "PORTAL_SECRET_KEY": SECRET, "PORTAL_BIND": f"127.0.0.1:{free_port()}"}
    environ |= {"PORTAL_DATABASE_URL": "", "PORTAL_OWNER_DATABASE_URL": "", "PORTAL_MAIL_URL": "", "PORTAL_HOSTS": ""}
    if database:
        environ |= {"PORTAL_DATABASE_URL": database.app_url, "PORTAL_OWNER_DATABASE_URL": database.owner_url}
    made = Place(kind, folder, environ, database)
    try:
        made.portal("db", "upgrade")
        made.portal("demo", "load")
        yield made
    finally:
        if database:
            database.drop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(words: list[str], address: str, environ: dict[str, str]) -> Iterator[str]:
    """A server until the end of the block; yields its address. :raises BenchError: when it does not start."""
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen, address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(1200):
        if process.poll() is not None:
            raise BenchError(f"the server for {address} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            time.sleep(1.0)  # the second worker process
            return
        time.sleep(0.1)
    raise BenchError(f"no server on {address} after two minutes")


def portal_words() -> list[str]:
    """How users start the portal, without the job runner."""
    return [sys.executable, "-c", "from portal.cli import main; main()", "serve", "--no-worker"]


def bare_words(address: str) -> list[str]:
    """The bare application on the same web server with the same number of processes and threads."""
    return [*web_command(address, 2, 2)[:-1], "tests.bench.bare:app"]
