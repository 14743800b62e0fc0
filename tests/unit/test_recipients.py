"""The dated table of aid recipients, against itself and against the published code lists when they are at hand."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from portal.core.recipients import (
    IncomeGroup,
    RecipientListError,
    income_group,
    list_on,
    recipients,
)

LISTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "lists"
# The code list at hand was published in October 2024 but still prints the income groups of the list for 2022 and 2023.
GROUPS_OF = date(2023, 6, 30)
PUBLISHED = date(2024, 10, 25)
# Two rows of the joined file carry a wrong ISO code: Namibia's "NA" was read as "nothing", Samoa got American Samoa's.
MENDED = {"275": {"iso2": "NA"}, "880": {"iso2": "WS"}}
GROUP_NAMES = {
    "LDCs": IncomeGroup.LDC,
    "Other LICs": IncomeGroup.LIC,
    "LMICs": IncomeGroup.LMIC,
    "UMICs": IncomeGroup.UMIC,
}


def _rows(name: str) -> list[dict[str, str]]:
    path = LISTS / name
    if not path.exists():
        pytest.skip(f"{path} is not here: the published lists are kept outside the repository")
    with path.open(encoding="utf-8", newline="") as stream:
        return [{**row, **MENDED.get(row.get("dac_code", ""), {})} for row in csv.DictReader(stream)]


def test_every_recipient_of_the_published_list_is_in_the_table() -> None:
    rows = _rows("derived/oda-recipients-iso.csv")
    assert recipients(PUBLISHED) == {row["iso2"] for row in rows}


def test_income_groups_agree_with_the_published_list() -> None:
    rows = _rows("derived/oda-recipients-iso.csv")
    theirs = {row["iso2"]: GROUP_NAMES[row["dac_income_group_2024"]] for row in rows}
    assert {code: income_group(code, GROUPS_OF) for code in theirs} == theirs


def test_least_developed_countries_agree_with_the_united_nations_list_of_february_2026() -> None:
    rows = _rows("derived/oda-recipients-iso.csv")
    ours = {row["iso2"] for row in rows if income_group(row["iso2"], date(2026, 2, 1)) is IncomeGroup.LDC}
    assert ours == {row["iso2"] for row in rows if row["ldc_2026-02"] == "True"}


def test_group_sizes_agree_with_the_committee_s_own_code_list() -> None:
    rows = _rows("dac-crs/recipients.csv")
    entry = list_on(GROUPS_OF)
    assert entry is not None
    for name, group in GROUP_NAMES.items():
        theirs = sum(1 for row in rows if row["income_group"] == name)
        assert sum(1 for found in entry.groups.values() if found is group) == theirs, name


@pytest.mark.parametrize(
    ("code", "last_day"),
    [
        ("CL", date(2017, 12, 31)),
        ("SC", date(2017, 12, 31)),
        ("UY", date(2017, 12, 31)),
        ("CK", date(2019, 12, 31)),
        ("AG", date(2021, 12, 31)),
        ("NR", date(2025, 12, 31)),
    ],
)
def test_a_country_leaves_on_its_day(code: str, last_day: date) -> None:
    assert code in recipients(last_day)
    assert code not in recipients(date.fromordinal(last_day.toordinal() + 1))


@pytest.mark.parametrize(
    ("code", "graduated", "then"),
    [
        ("BT", date(2023, 12, 13), IncomeGroup.LMIC),
        ("ST", date(2024, 12, 13), IncomeGroup.LMIC),
        ("BD", date(2026, 11, 24), IncomeGroup.LMIC),
        ("NP", date(2026, 11, 24), IncomeGroup.LMIC),
    ],
)
def test_a_least_developed_country_graduates_on_its_day(code: str, graduated: date, then: IncomeGroup) -> None:
    before = date.fromordinal(graduated.toordinal() - 1)
    assert income_group(code, before) is IncomeGroup.LDC
    assert income_group(code, graduated) is then
    assert code in recipients(graduated)


def test_groups_move_with_the_lists() -> None:
    assert income_group("JO", date(2023, 12, 31)) is IncomeGroup.UMIC
    assert income_group("JO", date(2024, 1, 1)) is IncomeGroup.LMIC
    assert income_group("ID", date(2023, 12, 31)) is IncomeGroup.LMIC
    assert income_group("ID", date(2024, 1, 1)) is IncomeGroup.UMIC


def test_donors_and_unknown_codes_are_not_recipients() -> None:
    today = date(2026, 11, 20)
    for code in ("NO", "DE", "US", "ES", "ZZ", "", "mozambique"):
        assert code not in recipients(today)
        assert income_group(code, today) is None
    assert income_group("mz", today) is income_group("MZ", today) is not None


def test_a_day_before_the_table_is_refused_not_guessed() -> None:
    with pytest.raises(RecipientListError, match="2014-01-01"):
        recipients(date(2013, 12, 31))
    assert "MZ" in recipients(date(2014, 1, 1))
    assert income_group("MZ", date(2014, 1, 1)) is None


def test_the_days_of_the_lists_leave_no_gap() -> None:
    for year in range(2022, 2031):
        for month in (1, 6, 12):
            assert list_on(date(year, month, 1)) is not None
