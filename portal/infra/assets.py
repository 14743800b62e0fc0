"""Addresses of static files that change when the file does, so that a browser may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for

STATIC = Path(__file__).parents[1] / "static"


@cache
def _digest(path: str, _changed: float) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a static file, with its digest; a file that is missing keeps a plain address."""
    file = STATIC / path
    try:
        return url_for("static", filename=path, v=_digest(path, file.stat().st_mtime))
    except FileNotFoundError:
        return url_for("static", filename=path)


def set_up(app: Flask) -> None:
    """Let templates say ``asset("css/portal.css")``."""
    app.jinja_env.globals["asset"] = asset
