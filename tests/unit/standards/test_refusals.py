"""Standards and simulations that cannot be used are refused with every key at fault."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.calendars import CalendarError
from portal.core.standards import SCHEMA, EventDataError, StandardError, parse_standard, reckon, reckon_all, simulate
from portal.core.standards.parse import KEYS, parse_standards
from tests.unit.standards.build import PLAIN, facts, instant, standard

GOOD: dict[str, Any] = {
    "code": "CHK",
    "name": {"en": "Complete?", "fr": "Complète ?"},
    "promise": {"en": "Soon.", "fr": "Bientôt."},
    "side": "secretariat",
    "start": ["submitted"],
    "stop": ["found_complete"],
    "amount": 10,
    "unit": "business_days",
}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"start": ["sumbitted"]}, "start.0"),
        ({"stop": []}, "stop"),
        ({"stop": ["submitted"]}, "stop"),
        ({"unit": "fortnights"}, "unit"),
        ({"amount": -1}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**9}, "amount"),
        ({"side": "nobody"}, "side"),
        ({"name": {"en": "Complete?"}}, "name.fr"),
        ({"promise": {"en": "Soon.", "fr": " "}}, "promise.fr"),
        ({"calendar": "moon"}, "calendar"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"cut_off": "25:00"}, "cut_off"),
        ({"pauses": [{"from": "returned"}]}, "pauses.0.to"),
        ({"pauses": {"from": "returned"}}, "pauses"),
        ({"pauses": [{"from": "returned", "to": ["found_complete", "returned"]}]}, "pauses.0.to"),
        ({"allowances": [{"on": "returned"}]}, "allowances.0"),
        ({"allowances": [{"on": "returned", "amount": 1, "unit": "weeks"}]}, "allowances.0.unit"),
        ({"tiers": [{"percent": 80, "amount": 12}]}, "tiers"),
        ({"cap": {"amount": 5}}, "cap"),
        ({"warn": [{"before": 3, "share": 80}]}, "warn.0"),
        ({"escalation": [{"role": "king"}]}, "escalation.0.role"),
        ({"target_percent": 0}, "target_percent"),
        ({"start_shift": [{"until": "03-31", "counts_from": "2026-04-01"}]}, "start_shift.0"),
        ({"start_where": {"outcome": [None]}}, "start_where.outcome"),
        ({"targget": 10}, "targget"),
        ({"revive": ["returned"]}, "revive"),
        ({"applies": {"amount_over": "much"}}, "applies.amount_over"),
        ({"applies": {"amount_over": "250000", "amount_up_to": "75000"}}, "applies.amount_up_to"),
    ],
)
def test_a_standard_with_a_fault_is_refused_by_its_key(change: dict[str, object], key: str) -> None:
    known = {"events": {"submitted", "found_complete", "returned"}, "languages": {"en", "fr"}}
    assert parse_standard(GOOD, calendars={"default"}, roles={"manager"}, **known).code == "CHK"
    with pytest.raises(StandardError) as refused:
        parse_standard(GOOD | change, calendars={"default"}, roles={"manager"}, **known)
    assert [at for at, _ in refused.value.problems] == [key]


def test_all_faults_are_told_at_once_and_by_standard() -> None:
    with pytest.raises(StandardError) as refused:
        parse_standards({"standard": [GOOD, GOOD, GOOD | {"code": "Y", "unit": "x", "amount": -3}]})
    assert [at for at, _ in refused.value.problems] == ["CHK", "Y.unit", "Y.amount"]


def test_the_schema_knows_every_setting() -> None:
    properties: Any = SCHEMA["properties"]
    assert set(properties["standard"]["properties"]) == KEYS


def test_the_schema_knows_everything_that_is_printed() -> None:
    result: Any = SCHEMA["$defs"]["result"]  # type: ignore[index]
    assert list(simulate(SIMULATION)) == list(result["properties"]) == result["required"]


def test_an_event_that_lacks_what_the_standard_takes_from_it() -> None:
    report = standard(due_from_event_data="period_end")
    with pytest.raises(EventDataError, match="period_end"):
        reckon(report, facts(("2026-03-02", "begun")), PLAIN, instant("2026-03-03"))
    extended = standard(allowances=[{"on": "extended", "amount_from": "days"}])
    with pytest.raises(EventDataError, match="days"):
        reckon(extended, facts(("2026-03-02", "begun"), ("2026-03-03", "extended")), PLAIN, instant("2026-03-04"))


def test_a_calendar_that_is_not_there_is_an_error() -> None:
    with pytest.raises(CalendarError, match="moon"):
        reckon_all([standard(calendar="moon")], [], {"default": PLAIN}, instant("2026-03-03"))


SIMULATION: dict[str, Any] = {
    "standard": GOOD,
    "calendar": {"zone": "Africa/Maputo", "countries": [{"country": "MZ"}]},
    "events": [{"at": "2026-06-22T09:00:00+02:00", "kind": "submitted"}],
    "at": "2026-06-29T09:00:00+02:00",
}


def test_a_simulation() -> None:
    """Vilankulo, Monday 22 June 2026; Thursday 25 June is Independence Day: 23 24 26 | 29 30 1 2 3 | 6 7 July."""
    result = simulate(SIMULATION)
    assert list(result) == (
        ["state", "started_at", "due_at", "stopped_at", "elapsed", "remaining", "unit", "pauses", "explanation"]
    )
    assert (result["state"], result["due_at"]) == ("running", "2026-07-07T23:59:59+02:00")
    assert (result["elapsed"], result["remaining"], result["unit"]) == (4, 6, "business_days")
    assert any("2026-06-25" in line for line in result["explanation"])  # type: ignore[attr-defined]
    assert simulate(SIMULATION | {"events": []})["state"] == "not_started"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"at": "2026-06-29T09:00:00"}, "at"),
        ({"at": None}, "at"),
        ({"events": [{"at": "yesterday", "kind": "submitted"}]}, "events.0.at"),
        ({"events": "none"}, "events"),
        ({"calendar": {"zone": "Nowhere"}}, "calendar.zone"),
        ({"calendar": None}, "calendar"),
        ({"calendar": {"zone": "UTC", "closing_days": {"2026-12-24": {"en": "Eve"}}}}, "calendar.closing_days"),
        ({"standard": GOOD | {"calendar": "moon"}}, "standard.calendar"),
        (
            {"standard": GOOD | {"calendar": "default"}, "calendar": {"code": "moon", "zone": "UTC"}},
            "standard.calendar",
        ),
        ({"standard": GOOD | {"promise": {"en": "Soon."}}}, "standard.promise.fr"),
        ({"standard": GOOD | {"name": {"fr": "Complète ?"}}}, "standard.name.en"),
        ({"standard": GOOD | {"unit": "x"}}, "standard.unit"),
        ({"extra": 1}, "extra"),
        ({"standard": GOOD | {"amount": 5000, "unit": "months", "roll_forward": True}}, "calendar"),
    ],
)
def test_a_simulation_with_a_fault_names_it(change: dict[str, object], key: str) -> None:
    with pytest.raises(StandardError) as refused:
        simulate(SIMULATION | change)
    assert [at for at, _ in refused.value.problems] == [key]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(KEYS)), anything, st.sampled_from(["standard", "calendar", "events", "at"]), st.booleans()
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_the_answer_is_a_result_or_a_refusal(key: str, value: object, part: str, deep: bool) -> None:
    data = deepcopy(SIMULATION)
    if deep:
        data["standard"][key] = value
    else:
        data[part] = value
    try:
        told = bool(simulate(data)["state"])
    except StandardError as refused:
        told = bool(refused.problems)
    assert told
