"""The portal as people run it: its own processes, its own data folder, the demonstration loaded."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.machine import ROOT

TENANT = "cities-alliance"
PROGRAM = [sys.executable, "-c", "from portal.cli import main; main()"]


@dataclass(frozen=True)
class Server:
    """A running portal: its address and the folder that holds its data and its log."""

    base: str
    folder: Path

    def address(self, path: str) -> str:
        """The address of a page of the model tenant, or of the whole portal when the path begins with a slash."""
        return self.base + (path if path.startswith("/") else f"/{TENANT}/{path}")

    def log(self) -> str:
        """What the processes printed so far."""
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Make the database, load the demonstration, serve on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environ = {**kept, "PORTAL_DATA_DIR": str(folder), "PORTAL_BIND": bind, "PYTHONPATH": str(ROOT)}
    load(environ)
    server = Server(f"http://{bind}", folder)
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*PROGRAM, "serve"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads run here
        )
    try:
        _wait_until_healthy(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(environ: dict[str, str]) -> None:
    """Make the database and load the demonstration, by the commands an operator uses."""
    for words in (["db", "upgrade"], ["demo", "load"]):
        done = subprocess.run([*PROGRAM, *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"portal {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def _die_with_parent() -> None:
    """A test process that is killed takes its portal along."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, f"portal serve ended: {server.log()[-2000:]}"
        try:
            with urllib.request.urlopen(f"{server.base}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"portal serve is not healthy: {server.log()[-2000:]}")
