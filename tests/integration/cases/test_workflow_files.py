"""Checking a workflow in a file: everything installed is in order, and a fault is named with its file and place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from forms.definitions import HOME
from portal.cases import cli
from portal.cases.service import definitions

FILES = sorted(HOME.glob("*/*workflow.v*.toml"))


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_installed_is_in_order(app: Flask, path: Path) -> None:
    assert definitions.faults(path) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('to = "coordinating"', 'to = "nowhere"', "move circulate_for_coordination: there is no state 'nowhere'"),
        ('"comments_answered"', '"coments_answered"', "move recommend: unknown guard 'coments_answered'"),
        ('"route:large"', '"rout:large"', "move recommend: unknown condition 'rout:large'"),
        ('"prepare_letter"', '"prepare_leter"', "move approve: unknown effect 'prepare_leter'"),
        (
            '"record_decision:declined"',
            '"record_decision:declind"',
            "move decline: 'record_decision:declind': there is no ",
        ),
        ('"time_ran_out:FIX"', '"time_ran_out:FXI"', "move lapse: 'time_ran_out:FXI': there is no standard 'FXI'"),
        ('owner = "member"', 'owner = "everybody"', "state coordinating: owner must be one of"),
        ('"to_send_letter"', '"to_send_leter"', "move approve: unknown mail 'to_send_leter'"),
        (
            'public_name = { en = "Draft", fr = "Brouillon",',
            'public_name = { en = "Draft",',
            "state draft: a name is missing in fr",
        ),
        ("version = 1", "version = ", "is not TOML"),
        ("version = 1", "version = 2", "file: version is 2, but the file is named workflow.v1.toml"),
        ('from = ["draft"]', 'from = "draft"', "move request_sign_off: from must be a list of words"),
    ],
)
def test_a_fault_is_named_with_its_place(app: Flask, tmp_path: Path, before: str, after: str, fault: str) -> None:
    folder = tmp_path / "project_proposal"
    shutil.copytree(HOME / "project_proposal", folder)
    path = folder / "workflow.v1.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    assert any(line.startswith(fault) for line in definitions.faults(path)), definitions.faults(path)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_waiting_state_without_standard_or_reason_is_a_fault(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "workflow.v1.toml"
    shutil.copy(HOME / "project_proposal" / "workflow.v1.toml", path)
    assert "state coordinating: no clock runs here; add a standard or say why (no_clock)" in definitions.faults(path)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_command_ends_with_one_and_names_the_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "application", lambda: app)
    good, bad = FILES[0], tmp_path / "workflow.v1.toml"
    bad.write_text("start = 'x'", encoding="utf-8")
    ran = CliRunner().invoke(cli.workflow, ["validate", str(good), str(bad), str(tmp_path / "none.toml")])
    assert ran.exit_code == 1
    assert f"{good}: in order" in ran.output
    assert f"{bad}: file: version is missing" in ran.output
    assert "none.toml: cannot be read" in ran.output
    assert CliRunner().invoke(cli.workflow, ["validate", str(good)]).exit_code == 0
