"""Every published standard is data, and comes out as it was worked by hand; so does what is written of it again."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from portal.core.standards import EventFact, Reckoning, next_check, parse_standard, reckon
from portal.core.standards.schema import SCHEMA
from portal.core.standards.writing import to_data
from tests.unit.standards.build import instant
from tests.unit.standards.published import TABLE, History, Published

CASES = [(one, number) for one in TABLE for number in range(len(one.histories))]


def whole(published: Published) -> dict[str, object]:
    """The standard with what every standard has."""
    words = {"en": published.name}
    return {"code": "X", "name": words, "promise": words, "side": "secretariat"} | dict(published.data)


def facts(published: Published, history: History) -> list[EventFact]:
    """The events of a history at their local moments."""
    made = []
    for seq, (when, kind, *rest) in enumerate(history.events, 1):
        data = dict(rest[0]) if rest else {}
        subject = data.pop("subject", None)
        at = instant(when, published.calendar.zone)
        made.append(EventFact(seq, at, kind, str(subject) if subject else None, data))
    return made


def found(published: Published, history: History) -> Reckoning:
    """What the engine makes of it."""
    at = instant(history.at, published.calendar.zone)
    return reckon(parse_standard(whole(published)), facts(published, history), published.calendar, at, history.subject)


def day(at: datetime | None, zone: str) -> str | None:
    return at.astimezone(ZoneInfo(zone)).date().isoformat() if at else None


def test_there_are_about_thirty_and_each_has_two_histories() -> None:
    assert len(TABLE) >= 30
    assert all(len(one.histories) >= 2 for one in TABLE)
    assert len({one.name for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("published", "number"), CASES, ids=[f"{one.name} {n}" for one, n in CASES])
def test_it_comes_out_as_worked_by_hand(published: Published, number: int) -> None:
    history = published.histories[number]
    clock = found(published, history)
    assert clock.state == history.state, history.working
    if history.due is not None:
        assert day(clock.due_at, published.calendar.zone) == history.due, history.working
    if history.lapse is not None:
        assert clock.elapsed == history.lapse, history.working
    if history.left is not None:
        assert clock.remaining == history.left, history.working
    if history.tiers:
        assert tuple(tier.met for tier in clock.tiers) == history.tiers, history.working


@pytest.mark.parametrize("published", TABLE, ids=[one.name for one in TABLE])
def test_it_is_written_as_it_was_read_and_fits_the_published_schema(published: Published) -> None:
    data = whole(published)
    standard = parse_standard(data)
    assert parse_standard(json.loads(json.dumps(to_data(standard)))) == standard
    simulation = {"standard": data, "calendar": {"zone": "UTC"}, "events": [], "at": "2015-03-02T10:00:00+00:00"}
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(simulation)))


def test_where_it_applies_is_data_too() -> None:
    by_name = {one.name: parse_standard(whole(one)) for one in TABLE}
    short = by_name["Canadian Heritage: decision in 8 weeks, the shortest of its programmes"]
    assert short.applies.to("any", programme="arts_presentation")
    assert not short.applies.to("any", programme="cultural_spaces")


def test_a_pause_that_ends_by_itself_is_looked_at_when_it_does() -> None:
    published = next(one for one in TABLE if "91A" in one.name)
    paused = found(published, published.histories[2])
    assert paused.resumes_at == instant("2015-11-10T23:59:59.999999", "Pacific/Auckland")
    look = next_check(paused, instant("2015-11-10", "Pacific/Auckland"))
    assert look == instant("2015-11-11T00:00", "Pacific/Auckland")
    said = " ".join(str(message) for message in paused.explanation)
    assert "goes on by itself" in said
