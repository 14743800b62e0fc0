"""What must hold of the files themselves: nothing left to do, no registry named, no rule without a reader."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from forms.definitions import HOME
from forms.engine import registry
from portal.calls.rules import instruments
from portal.core.policy import TenantPolicy
from portal.infra import i18n

ROOT = Path(__file__).parents[2]
TEXTS = {
    "", ".cfg", ".css", ".html", ".js", ".json", ".lock", ".mako", ".md", ".py", ".sh", ".toml", ".txt", ".yaml",
    ".yml",
}  # fmt: skip
#: put together here, so that this file does not name them either
HOSTS = tuple(".".join(words) for words in (
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
    ("npmmirror", "com"), ("conda", "anaconda", "org"), ("proxy", "golang", "org"), ("index", "crates", "io"),
))  # fmt: skip
LEFT_TO_DO = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
LANGUAGES = {"ar", "en", "es", "fr", "ja", "pt", "ru", "sw", "zh"}


@cache
def tracked() -> tuple[tuple[str, str], ...]:
    """Every text file of the repository, also those not yet committed, without what is ignored."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, text=True)
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    texts = [path for path in paths if path.suffix in TEXTS and path.is_file()]
    assert len(texts) > 300, "the listing of files is not the repository's"
    return tuple((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")) for path in texts)


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_registry(host: str) -> None:
    assert [name for name, text in tracked() if host in text] == []


def test_nothing_is_left_to_do() -> None:
    ours = ("portal/", "forms/", "templates/", "tests/", "migrations/")
    found = [(name, LEFT_TO_DO.findall(text)) for name, text in tracked() if name.startswith(ours)]
    assert [(name, words) for name, words in found if words] == []


def test_no_check_is_switched_off_without_a_reason() -> None:
    """``noqa`` and ``type: ignore`` name what they allow."""
    bare = re.compile(r"#\s*(?:noqa(?!:)|type:\s*ignore(?!\[))")
    assert [name for name, text in tracked() if name.endswith(".py") and bare.search(text)] == []


def test_modules_are_short_enough_to_read() -> None:
    long = {
        name: len(text.splitlines())
        for name, text in tracked()
        if name.startswith(("portal/", "forms/")) and name.endswith(".py")
    }
    assert {name: lines for name, lines in long.items() if lines > 400 and name != "portal/install.py"} == {}


@pytest.mark.parametrize("field", [field.name for field in fields(TenantPolicy)])
def test_a_rule_of_the_policy_is_read_somewhere(field: str) -> None:
    """A rule that nobody reads would be a promise to tenants that nobody keeps."""
    reading = re.compile(rf"""(?:policy[\w()]*|rules)\.{field}\b|\[["']{field}["']\]|get\(["']{field}["']""")
    readers = [
        name
        for name, text in tracked()
        if name.startswith(("portal/", "templates/")) and name != "portal/core/policy.py" and reading.search(text)
    ]
    assert readers, f"nobody reads {field}"


def test_the_languages_are_all_listed() -> None:
    assert set(i18n.all_languages()) == LANGUAGES
    assert set(i18n.offered()) >= {"en", "fr", "pt", "ar"}
    for code in LANGUAGES:
        assert (ROOT / "translations" / code / "LC_MESSAGES" / "messages.po").is_file(), code
    assert {code for code in LANGUAGES if i18n.direction(code) == "rtl"} == {"ar"}


def test_what_was_published_has_not_changed() -> None:
    locked = registry.read_lock(HOME)
    assert registry.changed(HOME) == [], "restore it and add the next version"
    assert [name for name in locked if not (HOME / name).is_file()] == []
    known = registry.load()
    forms = {f"{form.key}.v{form.version}.toml" for form in known.forms.values()}
    assert forms - set(locked) == set(), "publish it: python -m forms.engine.registry lock"


def test_every_definition_is_complete_in_its_instruments_languages() -> None:
    """Names of states and moves speak every language of the instrument that the interface offers."""
    known = registry.load()
    assert known.instruments
    for code, instrument in known.instruments.items():
        languages = {language for language in instrument.languages if language in i18n.offered()}
        for process in instruments.processes(code):
            workflow = instruments.workflow(code, process, instrument.workflow)
            for state in workflow.states.values():
                assert languages <= set(state.name.languages), (code, process, state.code)
                assert languages <= set(state.public_name.languages), (code, process, state.code)
            for move in workflow.moves.values():
                assert languages <= set(move.label.languages), (code, process, move.code)
