"""What the machine looks at before the officer judges: country, amount, sponsors, attachments, totals, language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.core.text import N_, Message, Text


@dataclass(frozen=True)
class MachineCheck:
    """One thing the machine looked at.

    :param meaning: kept (in order), soon (look at it), late (wrong) or plain (a fact).
    """

    text: Message
    meaning: str


@dataclass(frozen=True)
class Circumstances:
    """What the checks compare the answers with.

    :param eligible: the countries on the list of aid recipients on ``eligible_on``; None when it does not matter.
    :param limit: the most one may ask for, in ``currency``.
    :param sponsors_needed: how many sponsors an application must name.
    """

    eligible: frozenset[str] | None
    eligible_on: date | None
    limit: Decimal
    currency: str
    sponsors_needed: int
    language: str
    working_languages: tuple[str, ...]


def run(answers: Mapping[str, Mapping[str, Any]], about: Circumstances) -> list[MachineCheck]:
    """Everything the machine can say of an application; a part the form does not have is left out."""
    found: list[MachineCheck] = []
    for check in (_country, _amount, _totals, _sponsors, _attachments, _language):
        said = check(answers, about)
        if said is not None:
            found.append(said)
    return found


def length(told: tuple[int | None, int] | None) -> list[MachineCheck]:
    """How long the submission is, where that is to be looked at.

    :param told: its pages (None: they could not be counted) and how many are allowed; None when all is in order.
    """
    if told is None:
        return []
    pages, limit = told
    if pages is None:
        text = N_("Its pages could not be counted: no PDF was made. At most %(limit)s are allowed.", limit=limit)
        return [MachineCheck(text, "soon")]
    return [
        MachineCheck(N_("It has %(pages)s pages; at most %(limit)s are allowed.", pages=pages, limit=limit), "soon")
    ]


def screening(rows: Sequence[Mapping[str, Any]]) -> list[MachineCheck]:
    """What the applicant said of work that is not funded.

    :param rows: the rows of the instrument's screening that her answers meet, with their own wording.
    """
    return [
        MachineCheck(
            Message("%(text)s", {"text": Text(row["message"])}),
            "late" if row["consequence"] == "not_eligible" else "soon",
        )
        for row in rows
    ]


def _country(answers: Mapping[str, Mapping[str, Any]], about: Circumstances) -> MachineCheck | None:
    place = answers.get("place")
    if place is None or "country" not in place or about.eligible is None:
        return None
    if place["country"] in about.eligible:
        return MachineCheck(N_("Country on the list on %(day)s", day=about.eligible_on), "kept")
    return MachineCheck(N_("Country not on the list on %(day)s", day=about.eligible_on), "late")


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _amount(answers: Mapping[str, Mapping[str, Any]], about: Circumstances) -> MachineCheck | None:
    amount = _decimal(answers.get("budget", {}).get("amount"))
    if amount is None:
        return None
    if amount <= about.limit:
        return MachineCheck(
            N_("Amount within %(limit)s %(currency)s", limit=about.limit, currency=about.currency), "kept"
        )
    return MachineCheck(N_("Amount above %(limit)s %(currency)s", limit=about.limit, currency=about.currency), "late")


def _rows(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _totals(answers: Mapping[str, Mapping[str, Any]], _about: Circumstances) -> MachineCheck | None:
    budget = answers.get("budget", {})
    rows, amount = _rows(budget.get("budget")), _decimal(budget.get("amount"))
    if not rows or amount is None:
        return None
    total = sum((_decimal(row.get("grant")) or Decimal(0) for row in rows), Decimal(0))
    if total == amount:
        return MachineCheck(N_("Budget adds up"), "kept")
    return MachineCheck(N_("Budget adds up to %(total)s, not to the amount asked", total=total), "late")


def _sponsors(answers: Mapping[str, Mapping[str, Any]], about: Circumstances) -> MachineCheck | None:
    if "sponsors" not in answers:
        return None
    rows = _rows(answers["sponsors"].get("sponsors"))
    if len(rows) < about.sponsors_needed:
        return MachineCheck(
            N_("Sponsors: %(count)s of %(needed)s needed", count=len(rows), needed=about.sponsors_needed), "late"
        )
    without = sum(1 for row in rows if not row.get("proof"))
    if without:
        return MachineCheck(N_("Sponsors without proof: %(count)s", count=without), "soon")
    return MachineCheck(N_("Sponsors named, each with proof: %(count)s", count=len(rows)), "kept")


def _attachments(answers: Mapping[str, Mapping[str, Any]], _about: Circumstances) -> MachineCheck | None:
    if "attachments" not in answers:
        return None
    rows = _rows(answers["attachments"].get("attachments"))
    with_file = [row for row in rows if row.get("file")]
    budget = _rows(answers.get("budget", {}).get("budget"))
    promised = any(_decimal(row.get("cofin_cash")) or _decimal(row.get("cofin_kind")) for row in budget)
    if promised and not any(row.get("kind") == "cofinancing_letter" for row in with_file):
        return MachineCheck(N_("Co-financing letter missing"), "soon")
    if not with_file:
        return MachineCheck(N_("No attachment"), "soon")
    return MachineCheck(N_("Attachments: %(count)s", count=len(with_file)), "kept")


def _language(_answers: Mapping[str, Mapping[str, Any]], about: Circumstances) -> MachineCheck | None:
    if about.language in about.working_languages:
        return MachineCheck(N_("Written in a working language"), "kept")
    return MachineCheck(N_("To be translated before it is assessed"), "plain")
