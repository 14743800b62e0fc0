"""Clients: one that logs in like a browser, and one that asks for a page as often as it can."""

from __future__ import annotations

import html
import http.client
import re
import shutil
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

SCRIPT = Path(__file__).with_name("latency.lua")
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Load:
    """What a load measured: requests a second, median and 95th percentile in milliseconds, answers that failed."""

    rate: float
    median: float
    p95: float
    failed: int


class BenchError(RuntimeError):
    """The bench cannot go on; the text says why."""


def log_in(address: str, email: str, password: str) -> str:
    """Log in over HTTP and return the session's cookie.

    :param address: ``127.0.0.1:8123``. :raises BenchError: when the portal does not let us in.
    """
    jar: SimpleCookie = SimpleCookie()
    status, page = _ask(address, "GET", "/login", jar)
    token = CSRF.search(page)
    if status != 200 or token is None:
        raise BenchError(f"GET /login answered {status} without a form")
    form = urlencode({"csrf_token": html.unescape(token.group(1)), "email": email, "password": password})
    status, _ = _ask(address, "POST", "/login", jar, form)
    if status not in (302, 303):
        raise BenchError(f"POST /login answered {status} for {email}")
    # A browser reads a page before it reads a thousand: the session then holds what its forms need.
    _ask(address, "GET", "/account/", jar)
    return _cookie(jar)


def _cookie(jar: SimpleCookie) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


def _ask(address: str, method: str, path: str, jar: SimpleCookie, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, timeout=30)
    headers = {"Cookie": _cookie(jar), "Referer": f"http://{address}{path}"}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    for line in answer.headers.get_all("Set-Cookie") or ():
        jar.load(line)
    connection.close()
    return answer.status, text


def page_size(address: str, path: str, cookie: str, *, packed: bool) -> int:
    """How many bytes a page has on the wire. :raises BenchError: when it is not answered with 200."""
    connection = http.client.HTTPConnection(address, timeout=60)
    headers = {"Cookie": cookie} | ({"Accept-Encoding": "br"} if packed else {})
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    if answer.status != 200:
        raise BenchError(f"GET {path} answered {answer.status}")
    return size


def load(address: str, path: str, cookie: str, *, seconds: float, connections: int) -> Load:
    """Ask for a page for some seconds over some connections, with wrk when it is there."""
    if shutil.which("wrk"):
        return _wrk(address, path, cookie, seconds, connections)
    return _threads(address, path, cookie, seconds, connections)


def _wrk(address: str, path: str, cookie: str, seconds: float, connections: int) -> Load:
    words = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s", str(SCRIPT)]
    words += ["-H", f"Cookie: {cookie}", f"http://{address}{path}"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    line = next((row for row in answer.stdout.splitlines() if row.startswith("BENCH ")), None)
    if line is None:
        raise BenchError(f"wrk said nothing for {path}: {answer.stdout} {answer.stderr}")
    requests, duration, median, p95, failed, _ = (float(word) for word in line.split()[1:])
    return Load(requests / (duration / 1e6), median / 1000, p95 / 1000, int(failed))


def _threads(address: str, path: str, cookie: str, seconds: float, connections: int) -> Load:
    """Without wrk: slower itself, so that fast pages look slower than they are; ratios still compare."""
    end = time.monotonic() + seconds
    times: list[float] = []
    failed = [0]

    def ask() -> None:
        connection = http.client.HTTPConnection(address, timeout=30)
        while time.monotonic() < end:
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - begun) * 1000)
            failed[0] += answer.status != 200
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return Load(len(times) / seconds, statistics.median(times), p95, failed[0])
