"""The watching process: it serves, keeps the job runner alive, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.infra import serve

SCRIPT = """
import os, sys, time
from types import SimpleNamespace
from portal.infra import serve

def worker_command():
    return [sys.executable, "-c", "import os, time; print('worker', os.getpid(), flush=True); time.sleep(600)"]

serve.ROOT = __import__("pathlib").Path(sys.argv[1])
serve.worker_command = worker_command
settings = SimpleNamespace(bind=sys.argv[2])
sys.exit(serve.serve(settings, workers=1, threads=1, ready=lambda: print("ready", flush=True)))
"""
APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def start(folder: Path, bind: str) -> subprocess.Popen[str]:
    (folder / "wsgi.py").write_text(APP)
    project = str(Path(serve.__file__).resolve().parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), bind],
        env={**os.environ, "PYTHONPATH": project},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    bind = free_address()
    process = start(tmp_path, bind)
    yield process, bind
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=30)


def lines_until(process: subprocess.Popen[str], *starts: str) -> dict[str, str]:
    """Read lines until one of each kind was seen."""
    found: dict[str, str] = {}
    assert process.stdout is not None
    while len(found) < len(starts):
        line = process.stdout.readline()
        assert line, "it ended before it was ready"
        found.update({word: line for word in starts if line.startswith(word)})
    return found


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_serves_restarts_the_job_runner_and_stops_cleanly(served: tuple[subprocess.Popen[str], str]) -> None:
    process, bind = served
    first = int(lines_until(process, "worker", "ready")["worker"].split()[1])
    with urllib.request.urlopen(f"http://{bind}/", timeout=5) as answer:
        assert answer.read() == b"hello"
    os.kill(first, signal.SIGKILL)
    second = int(lines_until(process, "worker")["worker"].split()[1])
    assert second != first
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert gone(second)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(tuple(bind.split(":")), timeout=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_children_end_when_the_watching_process_is_killed(served: tuple[subprocess.Popen[str], str]) -> None:
    process, bind = served
    worker = int(lines_until(process, "worker", "ready")["worker"].split()[1])
    process.kill()
    process.wait(timeout=10)
    assert gone(worker)
    end = time.monotonic() + 15
    while serve.port_problem(bind) and time.monotonic() < end:
        time.sleep(0.1)
    assert serve.port_problem(bind) is None


def test_taken_address_is_refused_with_advice(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path, f"127.0.0.1:{taken.getsockname()[1]}")
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "set PORTAL_BIND to another port" in errors


@pytest.mark.parametrize("bind", ["8000", ":8000", "localhost:", "localhost:x", "localhost:0", "localhost:70000"])
def test_impossible_address_is_explained(bind: str) -> None:
    with pytest.raises(ValueError, match=r"write an address and a port"):
        serve.split_address(bind)


def test_addresses_of_both_kinds() -> None:
    assert serve.split_address("127.0.0.1:8000") == ("127.0.0.1", 8000)
    assert serve.split_address("[::1]:81") == ("::1", 81)


def test_a_child_that_keeps_dying_is_started_more_and_more_slowly() -> None:
    child = serve.Child("trial", [sys.executable, "-c", "raise SystemExit(7)"])
    now, pauses = 1000.0, []
    for _ in range(5):
        assert child.watch(now) is None
        assert child.process is not None
        child.process.wait(timeout=10)
        assert child.watch(now) == 7
        pauses.append(round(child.start_at - now, 1))
        now = child.start_at
    assert pauses == [0.2, 1.0, 5.0, 15.0, 15.0]
