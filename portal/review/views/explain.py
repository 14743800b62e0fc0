"""What the page of a case's clocks shows of the promises that were broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g

from portal.cases.models import Case
from portal.core.permissions import Permission, holds
from portal.infra import i18n
from portal.review.service import explain as service
from portal.standards import queries as standards
from portal.standards.rules.reasons import REASONS

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Broken:
    """A broken promise of ours on a case, with the reason it has so far and what was typed, if that was wrong."""

    code: str
    subject: str
    name: str
    reason: str
    reason_name: str
    note: str
    problems: Mapping[str, str]


def broken(case: Case, typed: Mapping[str, str], problems: Mapping[str, str]) -> list[Broken]:
    """The promises of ours that were broken on a case. One query."""
    found = []
    for clock, version in standards.clocks_of([case.id]):
        if clock.breached_at is None or clock.side not in service.OURS:
            continue
        is_typed = (typed.get("code"), typed.get("subject")) == (clock.code, clock.subject)
        name = i18n.show_text(standards.parsed(version).name)
        reason = REASONS.get(clock.reason)
        found.append(
            Broken(
                clock.code,
                clock.subject,
                f"{name} · {clock.subject}" if clock.subject else name,
                typed.get("reason", "") if is_typed else clock.reason,
                i18n.show_message(reason) if reason else "",
                typed.get("note", "") if is_typed else "",
                problems if is_typed else {},
            )
        )
    return found


def shown(case: Case, typed: Mapping[str, str] = NOTHING, problems: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """What the page of clocks shows of broken promises."""
    return {
        "broken": broken(case, typed, problems),
        "reasons": [(code, i18n.show_message(name)) for code, name in REASONS.items()],
        "may_explain": holds(g.actor, Permission.BREACH_EXPLAIN),
    }
