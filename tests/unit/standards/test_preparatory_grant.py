"""The standards shipped for the preparatory grant, on the course of a case."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from portal.core.standards import Reckoning, Standard, parse_standards, reckon_all
from tests.unit.standards.build import WASHINGTON, due_day, facts, instant

FILE = Path(__file__).parents[3] / "forms/definitions/preparatory_grant/standards.v1.toml"
EVENTS = frozenset(
    [
        "submitted",
        "acknowledged",
        "found_complete",
        "returned",
        "resubmitted",
        "extension_requested",
        "extended",
        "extension_refused",
        "found_not_eligible",
        "translation_requested",
        "translation_queried",
        "translation_answered",
        "translation_accepted",
        "recommended",
        "sent_back",
        "approved",
        "approved_with_conditions",
        "declined",
        "revision_asked",
        "revised",
        "embargoed",
        "embargo_ended",
        "appealed",
        "undone",
        "letter_sent",
        "agreement_sent",
        "agreement_accepted",
        "lapsed",
        "withdrawn",
        "closed",
        "reopened",
        "completed",
        "tranche_released",
        "paid",
        "report_opened",
        "report_submitted",
        "report_returned",
        "report_accepted",
        "report_waived",
    ]
)
ROLES = {"programme_officer", "programme_manager", "translator", "finance_officer"}


@pytest.fixture(scope="module")
def shipped() -> tuple[Standard, ...]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return parse_standards(
        {"standard": [{key: value for key, value in row.items() if key != "process"} for row in data["standard"]]},
        languages=("en", "fr", "pt", "ar"),
        events=EVENTS,
        calendars={"default"},
        roles=ROLES,
    )


def clocks(shipped: tuple[Standard, ...], at: str, *events: object) -> dict[tuple[str, str | None], Reckoning]:
    found = reckon_all(shipped, facts(*events), {"default": WASHINGTON}, instant(at))  # type: ignore[arg-type]
    return {(rule.code, subject): reckoning for rule, subject, reckoning in found}


def test_codes_and_targets(shipped: tuple[Standard, ...]) -> None:
    assert {rule.code: (rule.side, rule.amount, rule.unit) for rule in shipped} == {
        "ACK": ("secretariat", 2, "business_days"),
        "CHK": ("secretariat", 10, "business_days"),
        "FIX": ("applicant", 15, "business_days"),
        "TRA": ("translator", 10, "business_days"),
        "ASM-P": ("secretariat", 15, "business_days"),
        "DEC": ("secretariat", 5, "business_days"),
        "REV": ("applicant", 3, "months"),
        "APP": ("applicant", 30, "calendar_days"),
        "AGR": ("secretariat", 60, "business_days"),
        "SIGN": ("recipient", 30, "calendar_days"),
        "PAY": ("secretariat", 20, "business_days"),
        "REP": ("recipient", 45, "calendar_days"),
        "RAC": ("secretariat", 10, "business_days"),
        "EXT": ("secretariat", 3, "business_days"),
        "RFX": ("recipient", 15, "business_days"),
        "REX": ("secretariat", 3, "business_days"),
    }
    # An appeal is a right: nobody is reminded to use it.
    assert all(rule.target_percent == 80 and (rule.warn or rule.code == "APP") for rule in shipped)


CHECKED = [
    ("2026-03-02", "submitted"),
    ("2026-03-02T10:01", "acknowledged"),
    ("2026-03-05", "returned"),
    ("2026-03-12", "resubmitted"),
    ("2026-03-17", "found_complete"),
    ("2026-03-17", "translation_requested"),
]


def test_checked_returned_translated(shipped: tuple[Standard, ...]) -> None:
    """CHK: 2 March + 10 = 16 March, + the 5 working days of the return = 23 March. FIX: 5 March + 15 = 26 March."""
    returned = clocks(shipped, "2026-03-06", *CHECKED[:3])
    assert returned["CHK", None].state == "paused"
    assert (returned["FIX", None].state, due_day(returned["FIX", None])) == ("running", "2026-03-26")
    now = clocks(shipped, "2026-03-20", *CHECKED)
    assert (now["ACK", None].state, now["CHK", None].state, now["FIX", None].state) == ("met", "met", "met")
    assert due_day(now["CHK", None]) == "2026-03-23"
    assert (now["TRA", None].state, due_day(now["TRA", None])) == ("running", "2026-03-31")
    assert (now["ASM-P", None].state, now["ASM-P", None].remaining) == ("paused", 15)


def test_decided_undone_decided_again(shipped: tuple[Standard, ...]) -> None:
    course = [
        *CHECKED,
        ("2026-03-24", "translation_accepted"),
        ("2026-04-01", "recommended"),
        ("2026-04-02", "sent_back"),
    ]
    sent_back = clocks(shipped, "2026-04-03", *course)["ASM-P", None]
    assert (sent_back.state, due_day(sent_back), sent_back.earlier[0].state) == ("running", "2026-04-24", "met")
    course += [("2026-04-08", "recommended"), ("2026-04-09", "approved")]
    assert due_day(clocks(shipped, "2026-04-10", *course)["DEC", None]) == "2026-04-17"  # Emancipation Day on the 16th
    undone = [*course, ("2026-04-10", "undone")]
    assert clocks(shipped, "2026-04-11", *undone)["DEC", None].state == "not_started"
    declined = [*undone, ("2026-04-13", "declined"), ("2026-04-14", "letter_sent", {"outcome": "declined"})]
    closed = clocks(shipped, "2026-04-15", *declined)
    assert closed["DEC", None].state == "met"
    assert closed["AGR", None].state == "not_started"
    approved = [*course, ("2026-04-14", "letter_sent", {"outcome": "approved"})]
    assert clocks(shipped, "2026-04-15", *approved)["AGR", None].state == "running"


def test_each_tranche_and_report_has_its_own_clock(shipped: tuple[Standard, ...]) -> None:
    found = clocks(
        shipped,
        "2026-09-20",
        ("2026-05-04", "tranche_released", {"subject": "tranche-1"}),
        ("2026-05-20", "paid", {"subject": "tranche-1"}),
        ("2026-06-01", "report_opened", {"subject": "report-1", "period_end": "2026-07-31"}),
        ("2026-09-16", "report_submitted", {"subject": "report-1"}),
        ("2026-09-18", "tranche_released", {"subject": "tranche-2"}),
    )
    assert (found["PAY", "tranche-1"].state, found["PAY", "tranche-2"].state) == ("met", "running")
    report = found["REP", None]
    assert (report.state, due_day(report), report.remaining) == ("missed", "2026-09-14", -2)
    assert (found["RAC", None].state, due_day(found["RAC", None])) == ("running", "2026-09-30")


def test_withdrawal_voids_what_is_open_and_nothing_else(shipped: tuple[Standard, ...]) -> None:
    found = clocks(shipped, "2026-04-01", *CHECKED, ("2026-03-19", "withdrawn"))
    states = {code: reckoning.state for (code, _), reckoning in found.items()}
    assert (states["ACK"], states["CHK"], states["TRA"], states["ASM-P"]) == ("met", "met", "void", "void")


def test_corrections_that_never_come_close_the_clock_unless_extended(shipped: tuple[Standard, ...]) -> None:
    """Returned 5 March: closed after 26 March; three days more, and it is open until 31 March."""
    assert clocks(shipped, "2026-03-30", *CHECKED[:3])["FIX", None].state == "missed"
    extended = clocks(shipped, "2026-03-30", *CHECKED[:3], ("2026-03-20", "extended", {"days": 3}))["FIX", None]
    assert (extended.state, due_day(extended)) == ("running", "2026-03-31")
