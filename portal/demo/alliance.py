"""What an alliance's members, evaluators and calls are in the demonstration, and the stories they take part in.

Read from alliance.toml and the files of project proposals and concept notes; `content.load` hands it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.demo import case_answers, route_answers
from portal.demo.people import Data, DemoContentError, World
from portal.demo.stories import Decision, DemoCase, Milestone, Note, Word

FILES = {"en": "routes-en.toml", "fr": "routes-fr.toml", "pt": "routes-pt.toml", "ar": "routes-ar.toml"}
KINDS = {"proposal": route_answers.PROPOSAL, "note": route_answers.NOTE}

Read = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DemoCall:
    """A call with its texts; days are calendar days from today, times are local in its zone."""

    code: str
    tenant: str
    instrument: str
    by: str
    zone: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    opens: int
    closes: int | None
    at: str
    envelope: str | None
    amount_limit: str | None
    next_instrument: str
    next_months: int
    questions: tuple[Data, ...]

    @classmethod
    def read(cls, data: Data) -> DemoCall:
        """Build from an entry of alliance.toml."""
        usual = {"closes": None, "at": "17:00", "envelope": None, "amount_limit": None, "next_instrument": ""}
        return cls(**{**usual, "next_months": 2, **data, "questions": tuple(data.get("questions", ()))})

    def instant(self, today: date, day: int, at: str) -> datetime:
        """The instant (UTC) of a local time so many calendar days from today, in the zone of the call."""
        local = datetime.combine(today + timedelta(days=day), time.fromisoformat(at), ZoneInfo(self.zone))
        return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class DemoCircular:
    """A circular: the day it is sent, who sends it, its words, and the cases of each part by code."""

    tenant: str
    day: int
    by: str
    introduction: str
    parts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DemoRound:
    """A round of evaluation with what each evaluator does; days are calendar days from today."""

    code: str
    tenant: str
    call: str
    by: str
    title: Mapping[str, str]
    opens: int
    closes: int
    needed: int
    blind: bool
    honorarium: str | None
    ended: int | None
    recommended: tuple[str, ...]
    evaluations: tuple[Data, ...]

    @classmethod
    def read(cls, data: Data) -> DemoRound:
        """Build from an entry of alliance.toml."""
        usual = {"needed": 2, "blind": False, "honorarium": None, "ended": None}
        lists = {key: tuple(data.get(key, ())) for key in ("recommended", "evaluations")}
        return cls(**{**usual, **data, **lists})


@dataclass(frozen=True, slots=True)
class DemoEvaluator:
    """What an evaluator of a tenant knows, reads and is bound to."""

    person: str
    tenant: str
    expertise: tuple[str, ...]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    ties: tuple[str, ...]
    most_cases: int


@dataclass(frozen=True, slots=True)
class Alliance:
    """Everything about members, evaluators and calls, and the cases that go their way."""

    #: member → first day and last day of its membership (None: it goes on)
    periods: Mapping[str, tuple[date, date | None]]
    evaluators: tuple[DemoEvaluator, ...]
    calls: tuple[DemoCall, ...]
    circulars: tuple[DemoCircular, ...]
    rounds: tuple[DemoRound, ...]
    cases: tuple[DemoCase, ...]

    def cases_of(self, tenant: str) -> tuple[DemoCase, ...]:
        """The cases of a tenant."""
        return tuple(case for case in self.cases if case.tenant == tenant)


def read(source: Read, world: World) -> Alliance:
    """Read and check everything.

    :param source: gives the content of a file of the demonstration by its name.
    :raises DemoContentError: when an entry names somebody or something that is not there.
    """
    data = source("alliance.toml")
    calls = tuple(DemoCall.read(entry) for entry in data["call"])
    cases = tuple(
        _case(entry, instrument, language, world)
        for language, name in FILES.items()
        for kind, instrument in KINDS.items()
        for entry in source(name).get(kind, ())
    )
    found = Alliance(
        {code: (entry["since"], entry.get("until")) for code, entry in data["member"].items()},
        tuple(_evaluator(entry) for entry in data["evaluator"]),
        calls,
        tuple(_circular(entry) for entry in data["circular"]),
        tuple(_round(entry, data["remarks"]) for entry in data["round"]),
        cases,
    )
    _check(found, world)
    return found


def _evaluator(data: Data) -> DemoEvaluator:
    lists = {key: tuple(data.get(key, ())) for key in ("expertise", "languages", "countries", "ties")}
    return DemoEvaluator(data["person"], data["tenant"], **lists, most_cases=data["most_cases"])


def _circular(data: Data) -> DemoCircular:
    parts = {part: tuple(data.get(part, ())) for part in ("recommended", "coordination", "approved")}
    return DemoCircular(data["tenant"], data["day"], data["by"], data["introduction"], parts)


def _round(data: Data, remarks: Data) -> DemoRound:
    return DemoRound.read({**data, "evaluations": [{**entry, "remarks": remarks} for entry in data["evaluations"]]})


def _case(data: Data, instrument: str, language: str, world: World) -> DemoCase:
    assessed, decision = data.get("assessment"), data.get("decision")
    organisation = world.organisations[data["organisation"]]
    return DemoCase(
        code=data["code"],
        tenant=data["tenant"],
        organisation=data["organisation"],
        language=language,
        title=data["title"],
        monitor=data["monitor"],
        target_state=data["target_state"],
        story=data.get("story", ""),
        amount=Decimal(data["amount"]),
        milestones=tuple(Milestone(kind, None, day) for kind, day in data["milestones"]),
        answers=route_answers.answers(instrument, data, world),
        stored_questions=tuple(data["stored_questions"]) if "stored_questions" in data else None,
        papers=tuple(case_answers.papers(data, organisation)),
        translation=route_answers.translation(instrument, data["english"], data) if "english" in data else None,
        assessed_by=assessed["by"] if assessed else None,
        assessment=case_answers.assessment(assessed) if assessed else None,
        decision=Decision(decision["by"], decision["grounds"], None) if decision else None,
        returns=(),
        not_eligible=None,
        withdrawal=None,
        translation_query=None,
        messages=tuple(Note(e["day"], e["from"], e["text"]) for e in data.get("messages", ())),
        notes=tuple(Note(e["day"], e["by"], e["text"]) for e in data.get("notes", ())),
        reports=(),
        instrument=instrument,
        call=data["call"],
        words=tuple(
            Word(e["day"], e["kind"], e.get("member", ""), e.get("text", ""), e.get("code", ""))
            for e in data.get("words", ())
        ),
    )


def _check(found: Alliance, world: World) -> None:
    cases = {case.code for case in found.cases}
    for case in found.cases:
        _known(world.tenants, [case.tenant], f"case {case.code}")
        _known({call.code for call in found.calls if call.tenant == case.tenant}, [case.call], f"case {case.code}")
        _known(found.periods, [word.member for word in case.words if word.member], f"case {case.code}")
    for circular in found.circulars:
        # Grants approved otherwise are told of too: their codes stand in the files of the preparatory grants.
        for part in ("recommended", "coordination"):
            _known(cases, circular.parts[part], f"circular of day {circular.day}")
    for one in found.rounds:
        _known(cases, [entry["case"] for entry in one.evaluations], f"round {one.code}")
        _known({e.person for e in found.evaluators}, [e["evaluator"] for e in one.evaluations], f"round {one.code}")
    _known(world.organisations, found.periods, "alliance.toml, member")
    _known(world.people, [one.person for one in found.evaluators], "alliance.toml, evaluator")


def _known(known: Iterable[str], codes: Iterable[str], entry: str) -> None:
    there = set(known)
    for code in codes:
        if code not in there:
            raise DemoContentError(f"{entry}: there is no {code!r}; correct the code or add it.")
