"""Static files: addresses that change when the file does, and compressed copies, so that a slow line asks only once."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from flask import Flask, url_for

STATIC = Path(__file__).parents[1] / "static"
COMPRESSED = frozenset({".css", ".js", ".svg"})


@cache
def asset(path: str) -> str:
    """The address of a static file, with its digest, made once per process; a missing file keeps a plain address."""
    try:
        digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=digest)


def set_up(app: Flask) -> None:
    """Let templates say ``asset("css/portal.css")``."""
    app.jinja_env.globals["asset"] = asset


def build(folder: Path) -> Path:
    """Copy the static files below ``folder``, each with a compressed twin, and return where they are.

    The copy is named by the digest of all files: built once per version, whichever process comes first, and never
    stale.
    """
    files = sorted(path for path in STATIC.rglob("*") if path.is_file() and path.suffix != ".gz")
    total = hashlib.sha256()
    for path in files:
        total.update(str(path.relative_to(STATIC)).encode() + b"\0" + path.read_bytes())
    target = folder / total.hexdigest()[:16]
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        for path in files:
            copy = fresh / path.relative_to(STATIC)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            if path.suffix in COMPRESSED:
                copy.with_name(copy.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        fresh.chmod(0o755)
        os.rename(fresh, target)  # atomic, and it fails when another process was first
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.is_dir():
            raise
    return target
