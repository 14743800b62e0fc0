"""The conditions and names in the standards of every instrument are told in words, in every language offered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from portal.calls.rules import instruments
from portal.core.standards import Standard, parse_standard
from portal.core.standards.standard import EventMatch
from portal.infra import i18n
from portal.insight import conditions, describe
from portal.standards.rules.words import EVENTS

LANGUAGES = list(i18n.offered())
#: a word with an underscore, or “key: value”, is a code of ours
CODE = re.compile(r"[a-z]_[a-z]|\b(outcome|track|to|from|language|route): ")


def processes() -> Iterator[tuple[str, str]]:
    for code in instruments.all_instruments():
        for process in instruments.processes(code):
            yield code, process


def standards() -> Iterator[tuple[describe.Reader, Standard]]:
    for instrument, process in processes():
        for row in instruments.standards_data(instrument, process):
            for staff in (True, False):
                yield describe.Reader.of(instrument, process, staff=staff), parse_standard(row)


def matches(standard: Standard) -> Iterator[EventMatch]:
    yield from (*standard.start, *standard.stop, *standard.restart, *standard.reset, *standard.lose)
    yield from (*standard.void, *standard.revive)
    for pause in standard.pauses:
        yield from (*pause.begin, *pause.end)
    for allowance in standard.allowances:
        yield from allowance.on


def test_every_condition_of_every_instrument_has_words_of_its_own() -> None:
    seen = set()
    for to, standard in standards():
        wheres = [match.where for match in matches(standard)] + [shift.where for shift in standard.start_shift]
        for key, values in ((key, values) for where in wheres for key, values in where.items()):
            assert key in conditions.KEYS, (standard.code, key)
            for value in values:
                name = conditions.name_of(key, value, to.workflow, staff=to.staff)
                assert name, (standard.code, key, value)
                assert name != value
                seen.add((key, value))
    assert {("track", "concurrence"), ("to", "to_circulate"), ("outcome", "not_eligible")} <= seen


def test_every_event_date_and_number_of_every_instrument_has_a_name() -> None:
    for _, standard in standards():
        assert standard.event_kinds() <= EVENTS.keys(), standard.code
        if standard.due_from_event_data:
            assert standard.due_from_event_data in conditions.DATES, standard.code
        for allowance in standard.allowances:
            assert allowance.amount_from is None or allowance.amount_from in conditions.NUMBERS, standard.code
            assert allowance.by is None or allowance.by in conditions.KEYS, standard.code
    for instrument, process in processes():
        assert describe.Reader.of(instrument, process).workflow.event_kinds() <= EVENTS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_a_standard_shows_a_code(language: str) -> None:
    with i18n.in_language(language):
        for to, standard in standards():
            for line in describe.lines(standard, to):
                assert not CODE.search(line.value), (standard.code, line)


def to_a_proposal(*, staff: bool = True) -> describe.Reader:
    return describe.Reader.of("project_proposal", "application", staff=staff)


def test_a_condition_reads_like_a_sentence() -> None:
    to = to_a_proposal()
    sent = EventMatch("letter_sent", {"outcome": ("declined", "not_eligible")})
    assert describe.events([sent], to) == "“Decision sent” (only if the outcome is “Declined” or “Not eligible”)"
    both = [EventMatch("approved"), EventMatch("track_opened", {"track": ("panel",)})]
    assert describe.events(both, to) == (
        "“Approved” or “Asked for beside the main steps” (only if it is about “External evaluation”)"
    )
    assert describe.events(both, to, every=True).startswith("“Approved” and “Asked for")


def test_everybody_reads_the_public_name_of_a_state() -> None:
    match = EventMatch("recommended_for_approval", {"to": ("to_circulate",)})
    assert "To go into the next circular for approval" in describe.event(match, to_a_proposal())
    assert "Recommended, to be shown to the members" in describe.event(match, to_a_proposal(staff=False))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"mood": ("fine", "bad")}, "the condition “mood: fine or bad” holds"),
        ({"outcome": ("declined", "lost")}, "the condition “outcome: declined or lost” holds"),
        ({"outcome": (4,)}, "the condition “outcome: 4” holds"),
        ({"to": ("nowhere",)}, "the condition “to: nowhere” holds"),
        (
            {"language": ("ar",), "mood": (True,)},
            "the language is “Arabic” and the condition “mood: True” holds",
        ),
    ],
)
def test_what_nobody_knows_is_quoted_as_a_condition(where: dict[str, tuple[object, ...]], told: str) -> None:
    assert conditions.said(where, to_a_proposal().workflow) == told


def test_other_codes_of_a_standard_are_named_or_quoted() -> None:
    workflow = to_a_proposal().workflow
    assert conditions.date_name("period_end") == "the last day of the period reported on"
    assert conditions.date_name("birthday") == "the date that is called “birthday” there"
    assert conditions.amounts("language", {"ar": 10, "fr": 5}, workflow) == "Arabic: 10 and French: 5"
    assert conditions.amounts("mood", {"fine": 1}, workflow) == "by the condition “mood”: “fine”: 1"
    assert conditions.instrument_names(("concept_note", "lost")) == "Concept note and “lost”"
    assert conditions.route_names(("small",)) == "Small grant: decided by a programme manager"
    assert conditions.programme_codes(("A1", "B2")) == "“A1” and “B2”"
