"""The set-up script: what it decides, without installing anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal import install


def test_fingerprint_changes_with_any_file_and_word(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    stamp = install.fingerprint([first, second], "run")
    assert stamp == install.fingerprint([first, second], "run")
    assert stamp != install.fingerprint([first, second], "dev")
    second.write_text("3")
    assert stamp != install.fingerprint([first, second], "run")


def test_failing_step_shows_the_end_of_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "LOG", tmp_path / "log")
    code = "import sys; print('first cause'); sys.exit(3)"
    with pytest.raises(install.SetupError, match=r"(?s)Trying failed \(exit code 3\).*first cause"):
        install.step("Trying", [sys.executable, "-c", code], cwd=tmp_path)


def test_pdf_packages_are_named_when_nothing_may_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "has_library", lambda names: False)
    monkeypatch.setattr(install, "has_font", lambda pattern: False)
    monkeypatch.setattr(install, "apt_prefix", lambda: None)
    install.ensure_pdf(required=False)
    shown = capsys.readouterr().out
    assert "PDFs are off" in shown
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-noto-core", "fonts-noto-cjk"):
        assert package in shown
    with pytest.raises(install.SetupError, match=r"libpango-1\.0-0"):
        install.ensure_pdf(required=True)


def test_development_packages_serve_the_run_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    steps: list[str] = []
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "step", lambda title, command: steps.append(title))
    monkeypatch.setattr(install, "link_application", lambda: None)
    install.ensure_packages(development=False)
    install.ensure_packages(development=False)
    install.ensure_packages(development=True)
    install.ensure_packages(development=False)
    assert steps == ["Installing run-time packages", "Installing development packages"]


def test_only_changed_catalogues_are_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    sources = [tmp_path / "translations" / code / "LC_MESSAGES" / "messages.po" for code in ("ar", "fr", "pt")]
    for source in sources:
        source.parent.mkdir(parents=True)
        source.write_text("")
    arabic, french, portuguese = sources
    for source, age in ((arabic, -10), (french, 10)):
        compiled = source.with_suffix(".mo")
        compiled.write_bytes(b"")
        os.utime(compiled, (source.stat().st_mtime + age,) * 2)
    assert install.stale_catalogues() == [arabic, portuguese]


def test_script_runs_on_plain_python_and_explains_itself() -> None:
    result = subprocess.run(
        [sys.executable, "-S", "-E", install.__file__, "help"], capture_output=True, text=True, check=True
    )
    assert "python3 portal/install.py run" in result.stdout
