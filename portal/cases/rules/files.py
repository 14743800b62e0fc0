"""Files among answers: they are chosen with a form's buttons, never while typing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.engine.definition import Question

FILE, ROW = "file", "_row"


def with_files_of(question: Question, value: Any, newest: Any) -> Any:
    """An answer typed before a newer save of the same answer, with the files that the newer save names.

    What was typed knows only the files that stood on its page; one that was replaced with the buttons since then may be
    gone already.

    :param value: as typed; :param newest: as saved. Rows are matched by their key; one the newer save does not have
        stays as typed.
    """
    if question.kind == FILE:
        return newest
    files = [part.code for part in question.parts if part.kind == FILE]
    if not files or not isinstance(value, list) or not isinstance(newest, list):
        return value
    known = {row.get(ROW): row for row in newest if isinstance(row, Mapping)}
    return [_row(row, known[row[ROW]], files) if row.get(ROW) in known else row for row in value]


def _row(typed: Mapping[str, Any], saved: Mapping[str, Any], files: list[str]) -> dict[str, Any]:
    return {**typed, **{code: saved[code] for code in files if code in saved}}
