"""Which countries may receive official development assistance on a given day, and in which income group.

A grant may go only to a country that is on the OECD DAC List of ODA Recipients on the day the application is judged.
The list changes with the reporting years, so every question here takes a date. The table itself is
``data/oda_recipients.toml``; its head names the source and how to add a list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

TABLE = Path(__file__).with_name("data") / "oda_recipients.toml"


class IncomeGroup(StrEnum):
    """The columns of the DAC list."""

    LDC = "ldc"
    LIC = "lic"
    LMIC = "lmic"
    UMIC = "umic"


class RecipientListError(LookupError):
    """The table does not reach back to the day asked for."""


@dataclass(frozen=True, slots=True)
class RecipientList:
    """One list: the reporting years it is printed for, its first and last day (none: still in force), its groups."""

    years: str
    first_day: date
    last_day: date | None
    source: str
    groups: Mapping[str, IncomeGroup]


@dataclass(frozen=True, slots=True)
class _Table:
    known_from: date
    lists: tuple[RecipientList, ...]
    departures: Mapping[str, date]
    graduations: Mapping[str, tuple[date, IncomeGroup]]


def _read_list(entry: Mapping[str, object]) -> RecipientList:
    groups: dict[str, IncomeGroup] = {}
    for group in IncomeGroup:
        for code in str(entry[group.value]).split():
            if code in groups:
                raise ValueError(f"{TABLE.name}: {code} is twice in the list for {entry['years']}; keep one.")
            groups[code] = group
    first, last = entry["from"], entry.get("until")
    if not isinstance(first, date) or not (last is None or isinstance(last, date)):
        raise ValueError(f"{TABLE.name}: the days of the list {entry['years']} must be dates like 2026-01-01.")
    return RecipientList(str(entry["years"]), first, last, str(entry["source"]), groups)


@cache
def _table() -> _Table:
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    lists = tuple(sorted((_read_list(entry) for entry in data["list"]), key=lambda item: item.first_day))
    for older, newer in pairwise(lists):
        if older.last_day is None or (newer.first_day - older.last_day).days != 1:
            raise ValueError(f"{TABLE.name}: the list {newer.years} must begin the day after the one before it ends.")
    return _Table(
        known_from=data["known_from"],
        lists=lists,
        departures={entry["iso2"]: entry["last_day"] for entry in data["departure"]},
        graduations={entry["iso2"]: (entry["on"], IncomeGroup(entry["then"])) for entry in data["ldc_graduation"]},
    )


def list_on(on: date) -> RecipientList | None:
    """The list in force on a day; none on a day before the first recorded list.

    Raises RecipientListError when the day is before the table begins.
    """
    table = _table()
    if on < table.known_from:
        raise RecipientListError(
            f"The table of aid recipients begins on {table.known_from.isoformat()}; "
            f"it cannot answer for {on.isoformat()}."
        )
    for entry in table.lists:
        if entry.first_day <= on and (entry.last_day is None or on <= entry.last_day):
            return entry
    return None


@cache
def recipients(on: date) -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes of every recipient on a day.

    Source: OECD DAC List of ODA Recipients, by reporting year.
    Raises RecipientListError when the day is before the table begins.
    """
    table = _table()
    entry = list_on(on)
    if entry is not None:
        return frozenset(entry.groups)
    still_there = {code for code, last_day in table.departures.items() if on <= last_day}
    return frozenset(table.lists[0].groups) | still_there


def income_group(iso2: str, on: date) -> IncomeGroup | None:
    """The column of the DAC list a country stands in on a day; none for a country that is not on it.

    A graduation from the United Nations list of least developed countries counts from its own day. Before the first
    recorded list the groups are not known and the answer is none, also for a recipient.
    Raises RecipientListError when the day is before the table begins.
    """
    code = iso2.upper()
    entry = list_on(on)
    if entry is None:
        return None
    group = entry.groups.get(code)
    if group is IncomeGroup.LDC and code in _table().graduations:
        graduated, then = _table().graduations[code]
        return then if on >= graduated else group
    return group
