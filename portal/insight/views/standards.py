"""The standards in force, each with its history; where a new one or a new version begins."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls.rules import instruments
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission, holds
from portal.core.standards.standard import UNITS
from portal.infra.access import requires
from portal.infra.i18n import gettext, show_message, show_text
from portal.insight import describe
from portal.insight.queries import standards as queries
from portal.insight.service import standards as service
from portal.insight.views.base import blueprint
from portal.standards import queries as published
from portal.standards.show import days


@blueprint.get("/<tenant>/admin/standards/")
@requires(Permission.STANDARDS_READ)
def standards() -> str:
    """The standards that new cases get, by instrument and process, and what is being written."""
    rows = queries.in_force()
    known = {(row.version.instrument, row.version.process, row.version.code) for row in rows}
    return render_template(
        "pages/insight/standards.html",
        groups=[
            {
                "title": process_name(instrument, process),
                "rows": [
                    {
                        "standard": row.standard,
                        "version": row.version,
                        "draft": row.draft,
                        "side": show_message(describe.SIDES[row.standard.side]),
                        "within": days(row.standard.amount, row.standard.unit),
                        "start": describe.events(row.standard.start, to, every=row.standard.start_pick == "all"),
                        "stop": describe.events(row.standard.stop, to),
                    }
                    for row in members
                ],
            }
            for (instrument, process), members in groupby(
                rows, key=lambda row: (row.version.instrument, row.version.process)
            )
            for to in (describe.Reader.of(instrument, process),)
        ],
        new_drafts=[
            {"row": row, "process": process_name(row.instrument, row.process), "writer": queries.writer(row)}
            for row in queries.drafts()
            if (row.instrument, row.process, row.code) not in known
        ],
        managed=holds(g.actor, Permission.STANDARDS_MANAGE),
    )


@blueprint.get("/<tenant>/admin/standards/<instrument>/<process>/<code>/")
@requires(Permission.STANDARDS_READ)
def standard(instrument: str, process: str, code: str) -> str:
    """One standard with all its versions: what each said, since when, and what it changed."""
    queries.process_of(instrument, process)
    rows = queries.history(instrument, process, code)
    if not rows:
        raise NotFound
    newest = published.parsed(rows[0])
    return render_template(
        "pages/insight/standard.html",
        newest=newest,
        versions=_versions(rows, describe.Reader.of(instrument, process)),
        process=process_name(instrument, process),
        address={"instrument": instrument, "process": process, "code": code},
        draft=queries.draft_of(instrument, process, code),
        running=running_words(instrument, process, code),
        units=[(unit, show_message(describe.UNITS[unit])) for unit in UNITS],
        managed=holds(g.actor, Permission.STANDARDS_MANAGE),
    )


def _versions(rows: list[Any], to: describe.Reader) -> list[dict[str, Any]]:
    changed = [
        describe.changes(published.parsed(older), published.parsed(newer), to) for newer, older in pairwise(rows)
    ]
    return [
        {
            "row": row,
            "by": row.published_by,
            "lines": describe.lines(published.parsed(row), to),
            "changes": changed[place] if place < len(changed) else None,
        }
        for place, row in enumerate(rows)
    ]


@blueprint.get("/<tenant>/admin/standards/add/")
@requires(Permission.STANDARDS_MANAGE)
def add_standard() -> str:
    """Where a standard that does not exist yet begins: its process and its code."""
    return _adding({}, {})


@blueprint.post("/<tenant>/admin/standards/add/")
@requires(Permission.STANDARDS_MANAGE)
def begin_standard() -> Response:
    """Begin a new standard."""
    instrument, _, process = request.form.get("process", "").partition("/")
    code = request.form.get("code", "")[:40]
    try:
        draft = service.begin(instrument, process, code, g.actor, datetime.now(UTC))
    except NotFound:
        problems = {"process": gettext("Choose one of the processes in the list.")}
        return make_response(_adding(request.form, problems), 422)
    except Invalid as refusal:
        problems = {field: show_message(message) for field, message in refusal.problems.items()}
        return make_response(_adding(request.form, problems), 422)
    return redirect(url_for("insight.standard_draft", draft_id=draft.id), 303)


def _adding(form: Any, problems: dict[str, str]) -> str:
    return render_template(
        "pages/insight/standard_add.html",
        form=form,
        problems=problems,
        processes=[
            (f"{code}/{process}", process_name(code, process))
            for code in instruments.all_instruments()
            for process in instruments.processes(code)
        ],
    )


@blueprint.post("/<tenant>/admin/standards/<instrument>/<process>/<code>/")
@requires(Permission.STANDARDS_MANAGE)
def new_version(instrument: str, process: str, code: str) -> Response:
    """Begin the next version of a standard, as it is or with another target to try."""
    queries.process_of(instrument, process)
    changes, problems = _target(request.form)
    if problems:
        flash(" ".join(problems), "error")
        return redirect(url_for("insight.standard", instrument=instrument, process=process, code=code), 303)
    existing = queries.draft_of(instrument, process, code)
    draft = service.begin_version(instrument, process, code, changes, g.actor, datetime.now(UTC))
    if existing is not None and changes:
        flash(gettext("Somebody writes a new version already. Change the target there."), "warning")
        return redirect(url_for("insight.standard_draft", draft_id=draft.id), 303)
    return redirect(url_for("insight.what_if" if changes else "insight.standard_draft", draft_id=draft.id), 303)


def _target(form: Any) -> tuple[dict[str, Any], list[str]]:
    """Another amount, unit and percentage, as far as they are given, and what is wrong with them."""
    changes: dict[str, Any] = {}
    problems = []
    for key, highest, message in (
        ("amount", 5000, gettext("Give the time as a whole number, such as 10.")),
        ("target_percent", 100, gettext("Give the target as a whole number from 1 to 100.")),
    ):
        typed = form.get(key, "").strip()
        if typed.isascii() and typed.isdigit() and len(typed) < 5 and 1 <= int(typed) <= highest:
            changes[key] = int(typed)
        elif typed:
            problems.append(message)
    if form.get("unit") in UNITS:
        changes["unit"] = form["unit"]
    return changes, problems


def process_name(instrument: str, process: str) -> str:
    """A process in words: the instrument's title, and which report when it is one."""
    title = show_text(instruments.instrument(instrument).title)
    return title if process == instruments.APPLICATION else f"{title} · {gettext('Reports')}"


def running_words(instrument: str, process: str, code: str) -> list[dict[str, Any]]:
    """How many open clocks keep which version: one row a version and state."""
    return [
        {"version": version, "state": show_message(describe.STATES[state]), "count": count}
        for (version, state), count in queries.running(instrument, process, code).items()
    ]
