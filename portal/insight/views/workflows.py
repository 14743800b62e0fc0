"""The workflows as they are: drawn and told step by step; and the operations manual that is made of them."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from portal.calls.rules import instruments
from portal.core.permissions import Permission
from portal.core.standards import Standard
from portal.core.workflow import Workflow
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import locale_code, show_text
from portal.insight import show_workflow as show
from portal.insight.queries import standards as queries
from portal.insight.rules import workflow_diagram
from portal.insight.show_performance import process_title
from portal.insight.views.base import blueprint

#: how many signs of a name fit on a line of a box, and how many lines there are
SIGNS = 36


@blueprint.get("/<tenant>/admin/workflows/")
@requires(Permission.WORKFLOW_READ)
def workflows() -> str:
    """Every process of every instrument."""
    return render_template(
        "pages/insight/workflows.html",
        rows=[
            {
                "instrument": code,
                "process": process,
                "title": process_title(code, process),
                "summary": show_text(instruments.instrument(code).summary),
                "states": len(found.states),
                "version": found.version,
            }
            for code in instruments.all_instruments()
            for process in instruments.processes(code)
            for found in (_workflow(code, process),)
        ],
    )


@blueprint.get("/<tenant>/admin/workflows/<instrument>/<process>/")
@requires(Permission.WORKFLOW_READ)
def workflow(instrument: str, process: str) -> str:
    """One process: its drawing, and beside it the same as a table."""
    queries.process_of(*_known(instrument, process))
    found = _workflow(instrument, process)
    mirrored = i18n.direction(locale_code()) == "rtl"
    return render_template(
        "pages/insight/workflow.html",
        title=process_title(instrument, process),
        version=found.version,
        drawing=workflow_diagram.draw(found, mirrored=mirrored),
        names={state.code: _lines(show_text(state.name)) for state in found.states.values()},
        **_told(instrument, process, found),
    )


@blueprint.get("/<tenant>/admin/manual/")
@requires(Permission.WORKFLOW_READ)
def manual() -> str:
    """The operations manual: who does what in which order in how many days, for every process."""
    return render_template(
        "pages/insight/workflow_manual.html",
        tenant_name=show_text(g.tenant.name),
        parts_of=[
            {
                "id": f"{code}-{process}",
                "title": process_title(code, process),
                "summary": show_text(instruments.instrument(code).summary),
                "address": {"instrument": code, "process": process},
                "roles": show.roles(found),
                **_told(code, process, found),
            }
            for code in instruments.all_instruments()
            for process in instruments.processes(code)
            for found in (_workflow(code, process),)
        ],
    )


def _known(instrument: str, process: str) -> tuple[str, str]:
    """The address as it was given. :raises NotFound: when there is no such instrument."""
    instruments.instrument(instrument)
    return instrument, process


def _workflow(code: str, process: str) -> Workflow:
    return instruments.workflow(code, process, instruments.instrument(code).workflow)


def _told(code: str, process: str, found: Workflow) -> dict[str, Any]:
    standards = _standards().get((code, process), [])
    return {"steps": show.steps(found, standards), "tracks": show.beside(found, standards)}


def _standards() -> dict[tuple[str, str], list[Standard]]:
    """The tenant's standards in force by process, read once for a page."""
    if "standards_by_process" not in g:
        g.standards_by_process = {}
        for row in queries.in_force():
            key = (row.version.instrument, row.version.process)
            g.standards_by_process.setdefault(key, []).append(row.standard)
    found: dict[tuple[str, str], list[Standard]] = g.standards_by_process
    return found


def _lines(name: str) -> list[str]:
    """A name on one line or two, broken between words."""
    if len(name) <= SIGNS:
        return [name]
    words, first = name.split(), ""
    while words and len(f"{first} {words[0]}".strip()) <= SIGNS:
        first = f"{first} {words.pop(0)}".strip()
    rest = " ".join(words)
    return [first, rest if len(rest) <= SIGNS else f"{rest[: SIGNS - 1]}…"]
