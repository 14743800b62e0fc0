"""A standard is refused when nothing in its workflow leads from what starts it to what stops it."""

from __future__ import annotations

import pytest

from portal.calls.rules import instruments
from portal.core.standards import parse_standard
from portal.insight.rules.standards_check import can_stop, problems_of

CODES = sorted(instruments.all_instruments())
PAIRS = [(code, row) for code in CODES for row in instruments.standards_data(code, instruments.APPLICATION)]


@pytest.mark.parametrize(("code", "row"), PAIRS, ids=[f"{code} {row['code']}" for code, row in PAIRS])
def test_the_standards_of_every_instrument_can_stop(code: str, row: dict[str, object]) -> None:
    workflow = instruments.workflow(code, instruments.APPLICATION, instruments.instrument(code).workflow)
    assert can_stop(workflow, parse_standard(row))


@pytest.mark.parametrize(
    ("start", "stop", "possible"),
    [
        ("submitted", "letter_sent", True),
        ("returned", "resubmitted", True),
        ("agreement_accepted", "found_complete", False),
        ("letter_sent", "signed_off", False),
        ("agreement_accepted", "paid", True),  # a payment is written beside the workflow
    ],
)
def test_what_lies_behind_can_stop_nothing(start: str, stop: str, possible: bool) -> None:
    words = dict.fromkeys(("en", "fr", "pt", "ar"), "Words")
    rule = {"code": "NEW", "name": words, "promise": words, "side": "secretariat", "start": start, "stop": stop}
    found = problems_of("preparatory_grant", "application", rule | {"amount": 5, "unit": "business_days"}, ["en"])
    assert [key for key, _ in found] == ([] if possible else ["stop"])
