"""What the processes say about themselves: one line an event, with the request's or job's id, never a secret.

Use the standard ``logging`` module everywhere; facts go into ``extra={"facts": {…}}``.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

_LONGEST = 8_000
_HIDDEN = "[hidden]"
_WORDS = (
    r"pass(?:word|wd|phrase)?|pwd|tokens?|secrets?|cookies?|authori[sz]ation|credentials?"
    r"|api[_-]?keys?|session[_-]?id|totp|otp|csrf"
)
#: The word stands alone in the name, or is joined by ``_``, ``-``, ``.``: ``reset_token``, but not ``passport``.
_NAME = rf"(?<![a-z0-9])(?:[\w.-]*[_.-])?(?:{_WORDS})(?:[_.-][\w.-]*)?(?![a-z0-9])"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_SECRET_PAIR = re.compile(
    rf"""(?P<name>{_NAME}["']?\s*[:=]\s*)"""
    r"""(?:"[^"]*"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;&"'})]+)""",
    re.IGNORECASE,
)
_SECRET_SCHEME = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_SECRET_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@", re.IGNORECASE)
#: Links that let somebody in carry their token in the path.
_SECRET_PATH = re.compile(r"(/(?:reset|invitation|invite|confirm|verify)s?/)[A-Za-z0-9._~-]{12,}")

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def request_id() -> str:
    """The id of the request or job at work; ``-`` outside any."""
    return _request_id.get()


@contextmanager
def working_on(identifier: str) -> Iterator[None]:
    """Mark every line written inside with this id (a request's, or ``job:<id>``)."""
    token = _request_id.set(re.sub(r"[^\w:.-]", "", identifier)[:64] or "-")
    try:
        yield
    finally:
        _request_id.reset(token)


def scrub(text: str) -> str:
    """A text without the secrets it may carry: passwords, tokens, cookies, credentials in addresses."""
    text = _SECRET_IN_URL.sub(rf"\g<scheme>:{_HIDDEN}@", text)
    text = _SECRET_PAIR.sub(rf"\g<name>{_HIDDEN}", text)
    text = _SECRET_SCHEME.sub(rf"\1 {_HIDDEN}", text)
    return _SECRET_PATH.sub(rf"\1{_HIDDEN}", text)


def scrub_facts(facts: Any, name: str = "") -> Any:
    """Facts for a log line: values under a secret's name hidden at every depth, texts scrubbed."""
    if name and _SECRET_NAME.search(name):
        return _HIDDEN
    if isinstance(facts, Mapping):
        return {str(key): scrub_facts(value, str(key)) for key, value in facts.items()}
    if isinstance(facts, (list, tuple, set, frozenset)):
        return [scrub_facts(value) for value in facts]
    if facts is None or isinstance(facts, (bool, int, float)):
        return facts
    return scrub(str(facts))


def describe(error: BaseException, longest: int = 500) -> str:
    """An error in one line that may be stored and shown to operators: no statement, no parameters, no secret."""
    cause = getattr(error, "orig", None)
    shown = cause if isinstance(cause, BaseException) else error
    lines = str(shown).strip().splitlines()
    return f"{type(shown).__name__}: {scrub(lines[0])}"[:longest] if lines else type(shown).__name__


def configure(*, json_lines: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set up the process's logging; replaces what was set up before.

    :param json_lines: one JSON object a line (for collectors); else readable lines.
    :param level: the least important level written, a name of the standard module.
    :param stream: where to write; standard error by default.
    """
    output = logging.StreamHandler(stream or sys.stderr)
    output.setFormatter(JsonLines() if json_lines else ReadableLines())
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    for noisy in ("fontTools", "weasyprint", "PIL", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _message(record: logging.LogRecord) -> str:
    try:
        return scrub(record.getMessage())[:_LONGEST]
    except (TypeError, ValueError):
        return scrub(f"{record.msg} {record.args}")[:_LONGEST]


def _trace(record: logging.LogRecord) -> str | None:
    """Where an error happened; its message goes through the filter, variables and code are never shown."""
    if not record.exc_info or record.exc_info[1] is None:
        return None
    error = record.exc_info[1]
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in frames)
    return f"{places}{describe(error, _LONGEST)}"[-_LONGEST:]


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts = getattr(record, "facts", None)
    return scrub_facts(facts) if isinstance(facts, Mapping) else {}


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, request, message, facts, trace."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": request_id(),
            "message": _message(record),
        }
        if facts := _facts(record):
            line["facts"] = facts
        if trace := _trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """``12:03:04 INFO portal.jobs [job:…] message fact=value``, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, an error's trace below it."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        # A line break in a user's text must not look like a line of its own.
        message = _message(record).replace("\r", "\\r").replace("\n", "\\n")
        line = f"{time} {record.levelname} {record.name} [{request_id()}] {message}{facts}"
        trace = _trace(record)
        return f"{line}\n{trace}" if trace else line
