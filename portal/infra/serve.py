"""Run the portal: a production WSGI server and the job runner, as two children of one watching process."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

#: Seconds that children get to finish their requests and jobs after they were asked to stop.
GRACE = 20.0
#: Seconds between two starts of a child that keeps dying; grows from the first to the last.
PAUSES = (0.2, 1.0, 5.0, 15.0)
#: Seconds a web server that lives may take until it listens: a small machine that does much else is slow, not broken.
LONGEST_START = 300.0
#: A child that lived this many seconds counts as healthy again.
HEALTHY = 60.0

ROOT = Path(__file__).resolve().parents[2]


def _die_with_parent() -> None:
    """Ask Linux to stop this child when the watching process is killed: nobody else would ever stop it."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class Served(Protocol):
    """What this module reads of the settings."""

    @property
    def bind(self) -> str:
        """Return address and port, such as `127.0.0.1:8000` or `[::1]:8000`."""


class Child:
    """A process that is kept alive: started again after it died, more and more slowly if it keeps dying."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = list(command)
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.start_at = 0.0
        self.started = 0.0

    def start(self, now: float) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the watching process."""
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads run here
        )
        self.started = now

    def watch(self, now: float) -> int | None:
        """Start the process when it is due; return the exit code at the moment of a death, else None."""
        if self.process is None:
            if now >= self.start_at:
                self.start(now)
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.process = None
        self.deaths = 0 if now - self.started > HEALTHY else self.deaths
        self.start_at = now + PAUSES[min(self.deaths, len(PAUSES) - 1)]
        self.deaths += 1
        return code

    def ask_to_stop(self) -> None:
        """Send the polite signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def reap(self, until: float) -> None:
        """Wait for the end; kill the whole group of processes when the time is over."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def split_address(bind: str) -> tuple[str, int]:
    """Return host and port of `host:port`; IPv6 addresses stand in square brackets.

    Raises ValueError that says what is expected.
    """
    host, separator, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"PORTAL_BIND is {bind!r}; write an address and a port, such as 127.0.0.1:8000.")
    return host, int(port)


def web_command(bind: str, workers: int, threads: int) -> list[str]:
    """Return the command of the web server: few threads per worker, because pages are short and use the processor."""
    host, port = split_address(bind)
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(threads),
        "--backlog": "1024",
        "--workers-kill-timeout": "10",
        "--working-dir": str(ROOT),
        "--log-level": "warning",
    }
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "granian", *words, "--respawn-failed-workers", "wsgi:app"]


def worker_command() -> list[str]:
    """Return the command of the job runner."""
    return [sys.executable, "-c", "from portal.cli import main; main()", "worker"]


def port_problem(bind: str) -> str | None:
    """Return why the address cannot be used (taken, not ours), or None."""
    host, port = split_address(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Cannot listen on {bind}: {error.strerror}. Stop what uses it or set PORTAL_BIND to another port."
    return None


def wait_until_listening(bind: str, child: Child, seconds: float = LONGEST_START, *, stopping: Stop) -> bool:
    """Wait until the web server accepts connections; False when it died, the end is asked for or the time is over."""
    host, port = split_address(bind)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - names an address, opens nothing
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stopping.wanted:
        if child.process is None or child.process.poll() is not None:
            return False
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return True
    return False


def serve(
    settings: Served,
    workers: int = 2,
    threads: int = 2,
    *,
    with_worker: bool = True,
    ready: Callable[[], None] | None = None,
) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP; return the exit code (0 after a wanted stop).

    settings: read for `bind`. workers, threads: processes and request threads per process of the web server.
    with_worker: also run the job runner. ready: called once, when the server accepts connections (prints the address
    and the accounts). A job runner that dies is started again; a web server that dies on its first start ends all.
    """
    problem = port_problem(settings.bind)
    if problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    web = Child("web server", web_command(settings.bind, workers, threads))
    children = [web] + ([Child("job runner", worker_command())] if with_worker else [])
    stopping = Stop()
    try:
        for child in children:
            child.start(time.monotonic())
        if not wait_until_listening(settings.bind, web, stopping=stopping) and not stopping.wanted:
            print("The web server did not start; the lines above say why.", file=sys.stderr, flush=True)
            return 1
        if ready is not None and not stopping.wanted:
            ready()
        watch(children, stopping)
    finally:
        stop_all(children)
        stopping.restore()
    return 0


class Stop:
    """Remembers that a signal asked for the end, and wakes the watching loop."""

    def __init__(self) -> None:
        self.wanted = False
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        self.before = {number: signal.signal(number, self._note) for number in numbers}

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True

    def restore(self) -> None:
        """Put the former signal handlers back."""
        for number, handler in self.before.items():
            signal.signal(number, handler)


def watch(children: Sequence[Child], stopping: Stop) -> None:
    """Keep the children alive until a signal asks for the end."""
    while not stopping.wanted:
        for child in children:
            code = child.watch(time.monotonic())
            if code is not None and not stopping.wanted:
                print(f"The {child.name} ended (exit code {code}); starting it again.", file=sys.stderr, flush=True)
        time.sleep(0.2)


def stop_all(children: Sequence[Child]) -> None:
    """Ask every child to stop, wait for all of them, and leave no process behind."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + GRACE
    for child in children:
        child.reap(until)
