"""The instruments of the library ``forms``: their forms, workflows, standards and document texts, each by version.

Everything here is read once per process. A process of an instrument is "application" or a report's code, such as
"report-progress"; each process has a form, a workflow and standards of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from forms.engine import registry
from forms.engine.definition import FormDefinition
from forms.engine.registry import Instrument, Registry
from portal.core.errors import NotFound
from portal.core.workflow import Workflow, parse_workflow

APPLICATION = "application"


@cache
def library() -> Registry:
    """Every definition there is, read once per process."""
    return registry.load()


def all_instruments() -> Mapping[str, Instrument]:
    """Every instrument, by code."""
    return library().instruments


def instrument(code: str) -> Instrument:
    """The instrument with this code.

    :raises NotFound: when there is none.
    """
    found = library().instruments.get(code)
    if found is None:
        raise NotFound
    return found


def form(code: str, process: str, version: int) -> FormDefinition:
    """The form of a process, in the version a case keeps."""
    return library().form(code, process, version)


def report_rows(code: str) -> tuple[Mapping[str, Any], ...]:
    """What a grantee of this instrument owes: one row a report, with its form's role and when it is due."""
    return instrument(code).reports


def workflow_file(process: str) -> str:
    """The name of the file that holds a process's workflow."""
    return "workflow" if process == APPLICATION else "report-workflow"


def makes(code: str) -> str:
    """What an approval makes of a case: ``grant``, unless the instrument's file says otherwise under ``makes``."""
    return str(instrument(code).extra.get("makes", "grant"))


@cache
def asks_for_money(code: str, version: int) -> bool:
    """Whether this version of the application asks for an amount; a framework agreement commits none."""
    return any(
        q.promote == "amount" for section in form(code, APPLICATION, version).sections for q in section.questions
    )


@cache
def workflow(code: str, process: str, version: int) -> Workflow:
    """The workflow of a process, in the version a case keeps."""
    name = workflow_file(process)
    return parse_workflow(library().raw(code, name, version), f"{code}/{name}.v{version}")


@cache
def standards_data(code: str, process: str) -> tuple[Mapping[str, Any], ...]:
    """The standards a new tenant starts with for a process of this instrument."""
    data = library().raw(code, "standards", instrument(code).standards)
    return tuple(
        {key: value for key, value in row.items() if key != "process"}
        for row in data.get("standard", ())
        if row.get("process", APPLICATION) == process
    )


@cache
def processes(code: str) -> tuple[str, ...]:
    """Every process of an instrument: its application and its reports."""
    return (APPLICATION, *dict.fromkeys(str(row["form"]) for row in report_rows(code)))
