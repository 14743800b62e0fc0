"""Rows of tables and groups as a plain form sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.engine.definition import Question


def without_blank_rows(question: Question, value: Any) -> Any:
    """An answer without the rows in which nothing was typed: a page shows one to begin with, it is no answer.

    Rows that the form fixes stay; an answer that is no list is returned as it is.
    """
    if question.kind not in ("table", "group") or question.fixed_rows or not isinstance(value, list):
        return value
    return [row for row in value if not is_blank({key: item for key, item in row.items() if key != "_row"})]


def is_blank(value: Any) -> bool:
    """Whether nothing was typed, however deep."""
    if isinstance(value, Mapping):
        return all(is_blank(item) for item in value.values())
    if isinstance(value, list):
        return all(is_blank(item) for item in value)
    return value is None or value == ""
