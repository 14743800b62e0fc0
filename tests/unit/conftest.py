"""Unit tests reach nothing outside themselves: no socket, no database."""

from __future__ import annotations

import socket
import sqlite3
from typing import Any, NoReturn

import pytest
from sqlalchemy.engine import Engine


class Reached(RuntimeError):
    """A unit test has reached out; move it to ``tests/integration``, or give it what it needs."""


def _refuse(*_arguments: Any, **_names: Any) -> NoReturn:
    raise Reached("a unit test may open no connection")


@pytest.fixture(autouse=True)
def sockets_and_databases_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects to anything is told so at once."""
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", _refuse)
    monkeypatch.setattr(sqlite3, "connect", _refuse)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", _refuse)
    monkeypatch.setattr(Engine, "connect", _refuse)
