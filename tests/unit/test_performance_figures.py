"""How the published figures are counted, and where the columns of their picture stand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.insight.rules.performance import Ended, figures, percentile, safe_cell
from portal.insight.rules.quarters import Quarter, quarter_of, read_quarter, up_to
from portal.insight.rules.trend import GROUND, TOP, WIDTH, trend


def ended(state: str, taken: int, count: int = 1, paused: int = 0, reason: str = "") -> Ended:
    return Ended("grant", "application", "CHK", "2026-Q1", state, taken, paused, reason, count)


def test_kept_missed_and_lost_are_told_apart() -> None:
    found = figures(
        [ended("met", 3, 7), ended("missed", 12, 2, 9, "volume"), ended("missed", 15), ended("lost", 40, 4)]
    )
    assert (found.met, found.missed, found.lost, found.volume) == (7, 3, 4, 10)
    assert found.share == pytest.approx(0.7)
    assert not found.is_few
    assert (found.median, found.nine_in_ten) == (3, 12)  # 3×7, 12×2, 15: the 5th and the 9th of ten
    assert dict(found.reasons) == {"volume": 2}
    assert found.unexplained == 1
    assert (found.paused_count, found.paused_median, found.paused_mean) == (2, 9, 9.0)


def test_nothing_ended_is_no_share_and_no_days() -> None:
    for rows in ([], [ended("lost", 3, 5)]):
        found = figures(rows)
        assert (found.share, found.median, found.nine_in_ten, found.paused_median, found.paused_mean) == (None,) * 5
        assert not found.is_few


def test_few_are_fewer_than_ten() -> None:
    assert figures([ended("met", 1, 9)]).is_few
    assert not figures([ended("met", 1, 10)]).is_few


@pytest.mark.parametrize(
    ("values", "half", "nine"),
    [({}, None, None), ({3: 1}, 3, 3), ({1: 1, 9: 1}, 1, 9), ({1: 2, 9: 1}, 1, 9), ({1: 9, 50: 1}, 1, 1),
     ({1: 8, 50: 2}, 1, 50), ({0: 4}, 0, 0)],
)  # fmt: skip
def test_percentiles_by_hand(values: dict[int, int], half: int | None, nine: int | None) -> None:
    assert percentile(values, Fraction(1, 2)) == half
    assert percentile(values, Fraction(9, 10)) == nine


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.fractions(Fraction(1, 100), 1))
def test_a_percentile_is_the_least_value_that_suffices(values: list[int], part: Fraction) -> None:
    found = percentile(Counter(values), part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values)
    assert sum(value < found for value in values) < part * len(values)


def test_quarters_have_their_days_and_follow_each_other() -> None:
    assert quarter_of(date(2026, 9, 30)) == Quarter(2026, 3)
    assert quarter_of(date(2026, 10, 1)).code == "2026-Q4"
    assert (Quarter(2024, 1).first, Quarter(2024, 1).last) == (date(2024, 1, 1), date(2024, 3, 31))
    assert [one.code for one in up_to(Quarter(2026, 2), 4)] == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    assert Quarter(2026, 4).step(1) == Quarter(2027, 1)


def test_a_quarter_is_over_by_the_clocks_of_its_zone() -> None:
    # New York is on summer time on 1 October, Madrid in winter on 1 January.
    assert Quarter(2026, 3).ends_at("America/New_York") == datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert Quarter(2026, 4).ends_at("Europe/Madrid") == datetime(2026, 12, 31, 23, tzinfo=UTC)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_the_quarter_its_code_names(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter.first <= day <= quarter.last
    assert read_quarter(quarter.code) == quarter


@pytest.mark.parametrize("code", ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "2026-Q1 ", "２０２６-Q1", "9999-Q4"])
def test_what_is_no_quarter_is_none(code: str) -> None:
    assert read_quarter(code) is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_formula_is_made_a_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Received?", "a-b", "", -3, None, 2.5])
def test_anything_else_stays_as_it_is(value: object) -> None:
    assert safe_cell(value) == value


def test_the_picture_is_mirrored_for_those_who_read_from_the_right() -> None:
    shares = [1.0, None, 0.5, 0.0]
    one, other = trend(shares, 0.8, mirrored=False), trend(shares, 0.8, mirrored=True)
    assert [column.middle for column in other.columns] == [WIDTH - column.middle for column in one.columns]
    assert one.columns[0].middle < one.columns[3].middle < one.number_x
    assert [column.y for column in one.columns] == [TOP, None, (TOP + GROUND) / 2, GROUND]
    assert one.target_y == other.target_y == GROUND - 0.8 * (GROUND - TOP)
    assert (other.line_from, other.line_to) == (WIDTH - one.line_to, WIDTH)
