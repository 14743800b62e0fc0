"""The command `portal`: what an operator reads when the database is not what it should be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from portal import cli
from portal.infra import fences, pdf
from portal.infra.serve import Child, Stop, wait_until_listening

NOBODY_LISTENS = {
    "PORTAL_DATABASE_URL": "postgresql://app:hush@127.0.0.1:1/portal",
    "PORTAL_SECRET_KEY": "r4nd0m-" * 6,
}


def run(folder: Path, *words: str, **environ: str) -> Result:
    """One command with settings of its own, its errors as an operator sees them."""
    given = {name: None for name in os.environ if name.startswith("PORTAL_")}
    return CliRunner().invoke(cli.main, words, env=given | {"PORTAL_DATA_DIR": str(folder), **environ})


@pytest.mark.parametrize("words", [("db", "upgrade"), ("audit", "verify"), ("standards", "list"), ("demo", "load")])
def test_a_server_that_does_not_answer_is_told_in_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run(tmp_path, *words, **NOBODY_LISTENS)
    assert refused.exit_code == 1
    assert "PORTAL_DATABASE_URL" in refused.output
    assert "Traceback" not in refused.output
    assert "hush" not in refused.output


@pytest.mark.parametrize("words", [("audit", "verify"), ("standards", "rebuild", "--check"), ("demo", "load")])
def test_a_database_without_tables_says_what_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run(tmp_path, *words)
    assert refused.exit_code == 1
    assert "portal db upgrade" in refused.output


def test_a_revision_that_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    refused = run(tmp_path, "db", "upgrade", "nonsense")
    assert refused.exit_code == 1
    assert "nonsense" in refused.output


def test_the_servers_use_the_data_folder_of_who_started_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They start in the project's folder; `var` of the folder the command was given in is still meant."""
    monkeypatch.chdir(tmp_path)
    seen: dict[str, str] = {}

    def note(*_words: object, **_options: object) -> int:
        seen.update(os.environ)
        return 0

    monkeypatch.setattr(cli, "start_servers", note)
    for name in ("PORTAL_DATA_DIR", "PORTAL_DATABASE_URL"):
        monkeypatch.setenv(name, "")
    assert CliRunner().invoke(cli.main, ["serve"]).exit_code == 0
    assert seen["PORTAL_DATA_DIR"] == str(tmp_path / "var")
    assert seen["PORTAL_DATABASE_URL"] == f"sqlite:///{tmp_path}/var/portal.sqlite3"


def test_a_slow_web_server_is_waited_for_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine took more than half a minute to start; only a dead server, or a signal, ends the waiting."""
    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr("portal.infra.serve.time.monotonic", lambda: float(next(clock)))
    tried: list[int] = []

    class Connection:
        def close(self) -> None:
            tried.append(0)

    def connect(*_where: object, **_how: object) -> Connection:
        tried.append(1)
        if len(tried) < 6:
            raise ConnectionRefusedError
        return Connection()

    monkeypatch.setattr("portal.infra.serve.socket.create_connection", connect)
    stopping = Stop()
    child = Child("web server", [])
    child.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert wait_until_listening("127.0.0.1:8000", child, stopping=stopping)
        assert len(tried) > 6
        stopping.wanted = True
        assert not wait_until_listening("127.0.0.1:8000", child, stopping=stopping)
    finally:
        stopping.restore()
        child.process.kill()
        child.process.wait()


def test_what_is_due_is_done_once(tmp_path: Path) -> None:
    assert run(tmp_path, "db", "upgrade").exit_code == 0
    done = run(tmp_path, "worker", "--once")
    assert done.exit_code == 0, done.output
    assert int(done.output.split()[0]) > 0, "the periodic jobs are due at once"
    assert "jobs done" in done.output


def test_the_greeting_tells_what_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, "db", "upgrade").exit_code == 0
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(pdf, "available", lambda: False)
    monkeypatch.setattr(pdf, "why_not", lambda: "Pango is missing")
    monkeypatch.setattr(fences, "can_bypass", lambda _connection: True)
    told = CliRunner().invoke(click.command()(cli.greet)).output
    for words in ("Pango is missing", "No PDFs are made", "walks past row-level security"):
        assert words in told
