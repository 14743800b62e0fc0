"""Tabs that features further up bring to the page of a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.cases.models import Case
from portal.core.text import Message


@dataclass(frozen=True)
class Tab:
    """A tab: its label, its template, for which cases it is there, what fills it."""

    label: Message
    template: str
    applies: Callable[[Case], bool]
    fill: Callable[[Case, datetime], dict[str, Any]]


BROUGHT: dict[str, Tab] = {}


def bring_tab(
    code: str,
    label: Message,
    template: str,
    applies: Callable[[Case], bool],
    fill: Callable[[Case, datetime], dict[str, Any]],
) -> None:
    """Register a tab on the page of a case. :param template: extends ``pages/review/case.html``."""
    BROUGHT[code] = Tab(label, template, applies, fill)
