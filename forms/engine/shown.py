"""Answers made ready to be read: plain values for pages, documents and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shown:
    """One answered (or unanswered) question in the reader's language.

    *text* for simple kinds; *header*, *rows*, *totals* for tables (*numeric* tells which columns are figures);
    *entries* for contacts and groups: a list of records, each a list of (label, text); *files* for uploads.
    """

    code: str
    label: str
    kind: str
    text: str | None = None
    header: tuple[str, ...] = ()
    numeric: tuple[bool, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    totals: tuple[str, ...] = ()
    entries: tuple[tuple[tuple[str, str], ...], ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    is_prose: bool = False

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to read."""
        return not (self.text or self.rows or self.entries or self.files)


@dataclass(frozen=True)
class ShownSection:
    """A section ready to be read."""

    code: str
    title: str
    questions: tuple[Shown, ...]


@dataclass(frozen=True)
class Change:
    """A question whose answer differs between two versions."""

    section: str
    section_title: str
    code: str
    label: str
    before: Shown
    after: Shown
