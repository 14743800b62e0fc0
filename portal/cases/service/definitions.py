"""Check workflows against what is installed: the same check when the portal starts and when an author asks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forms.engine.registry import Registry
from portal.calls.rules import instruments
from portal.cases.mail import GROUPS
from portal.cases.service import steps
from portal.core.standards import StandardError, english, parse_standard
from portal.core.workflow import Known, Workflow, WorkflowError, parse_workflow
from portal.infra.i18n import offered

EMAILS = Path(__file__).parents[3] / "templates" / "emails"
_FILE = "workflow.v"


def check(known: Registry, code: str, process: str, version: int) -> Workflow:
    """Read a workflow of an instrument and check it.

    :raises WorkflowError: naming everything that is wrong with it.
    """
    instrument = known.instrument(code)
    name = instruments.workflow_file(process)
    rows = known.raw(code, "standards", instrument.standards).get("standard", ())
    return checked(known.raw(code, name, version), f"{code}/{name}.v{version}", process, rows, instrument.languages)


def checked(
    data: Mapping[str, Any], name: str, process: str, standards: Iterable[Mapping[str, Any]], languages: Iterable[str]
) -> Workflow:
    """Read a workflow and check it against what is installed.

    :param standards: the rows of its instrument's standards, of every process; :param languages: those it speaks.
    :raises WorkflowError: naming everything that is wrong with it.
    """
    workflow = Workflow(name, 0, str(data.get("start", "")))
    try:
        workflow = parse_workflow(data, name)
    except WorkflowError:
        return parse_workflow(data, name, known=_known(workflow, process, (), languages, clocks=False))
    return parse_workflow(data, name, known=_known(workflow, process, standards, languages))


def _known(
    workflow: Workflow,
    process: str,
    rows: Iterable[Mapping[str, Any]],
    languages: Iterable[str],
    *,
    clocks: bool = True,
) -> Known:
    rows = list(rows)
    return Known(
        guards=frozenset(steps.GUARDS),
        conditions=frozenset(steps.CONDITIONS),
        effects=frozenset(steps.EFFECTS),
        mails=frozenset(path.name for path in EMAILS.iterdir() if path.is_dir()),
        groups=GROUPS,
        clocked=_clocked(workflow, process, rows) if clocks else None,
        languages=tuple(language for language in languages if language in offered()),
        takes=steps.TAKES,
        standards=frozenset(str(row.get("code")) for row in rows) if rows else None,
    )


def _clocked(workflow: Workflow, process: str, rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The states of a process in which some standard's clock runs."""
    states: frozenset[str] = frozenset()
    for row in rows:
        if row.get("process", instruments.APPLICATION) == process:
            standard = parse_standard({key: value for key, value in row.items() if key != "process"})
            ends = frozenset(match.kind for match in (*standard.stop, *standard.void))
            states |= workflow.clocked(frozenset(match.kind for match in standard.start), ends)
    return states


def faults(path: Path) -> list[str]:
    """What is wrong with a workflow in a file, a line each; nothing when it may be published.

    Languages and standards are those of the folder the file lies in; a file that lies alone has no standard, and must
    speak every language that readers are offered.
    """
    try:
        data = _toml(path)
        around = path.parent / "instrument.toml"
        instrument = _toml(around) if around.exists() else {}
        seeds = path.parent / f"standards.v{instrument.get('standards', 1)}.toml"
        standards = _toml(seeds).get("standard", ()) if seeds.exists() else ()
        process = instruments.APPLICATION if path.name.startswith(_FILE) or not instrument else _process(instrument)
        checked(data, path.name, process, standards, instrument.get("languages") or tuple(offered()))
        named = re.search(r"\.v(\d+)\.toml$", path.name)
        if named and int(named[1]) != data["version"]:
            return [f"file: version is {data['version']}, but the file is named {path.name}"]
    except OSError as fault:
        return [f"cannot be read: {fault.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        return [f"is not TOML: {fault}"]
    except StandardError as fault:
        return [f"standards: {key or 'file'}: {english(message)}" for key, message in fault.problems]
    except WorkflowError as fault:
        return fault.problems
    return []


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _process(instrument: Mapping[str, Any]) -> str:
    """The process of a workflow that is not the application's: the instrument's reports."""
    return next((str(row["form"]) for row in instrument.get("reports", ())), instruments.APPLICATION)
