"""The content of the demonstration: read once from the TOML files beside it, checked, and handed out as typed facts.

Knows neither web nor database. `load()` is all that others need.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from portal.demo import alliance, case_answers
from portal.demo.alliance import Alliance
from portal.demo.people import (
    Data,
    DemoCity,
    DemoContentError,
    DemoOrganisation,
    DemoPerson,
    DemoTenant,
    World,
    demo_id,
)
from portal.demo.stories import Decision, DemoCase, DemoReport, Milestone, Note, Return, Statement

__all__ = [
    "CASE_FILES",
    "STATES",
    "DemoCase",
    "DemoContent",
    "DemoContentError",
    "DemoReport",
    "Milestone",
    "Note",
    "Return",
    "Statement",
    "demo_id",
    "load",
]

HOME = Path(__file__).with_name("data")
CASE_FILES = {"en": "cases-en.toml", "fr": "cases-fr.toml", "pt": "cases-pt.toml", "ar": "cases-ar.toml"}
STATES = (
    "draft",
    "submitted",
    "checking",
    "returned",
    "translating",
    "assessing",
    "deciding",
    "decided",
    "agreement",
    "signing",
    "under_way",
    "closed",
    "withdrawn",
    "not_eligible",
    "declined",
    "lapsed",
)


@dataclass(frozen=True, slots=True)
class PartnershipStory:
    """A partnership agreement that is only being talked about: title and notes for later."""

    code: str
    tenant: str
    organisation: str
    country: str
    language: str
    title: str
    members: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoContent:
    """Everything the demonstration consists of."""

    world: World
    cases: tuple[DemoCase, ...]
    partnerships: tuple[PartnershipStory, ...]
    alliance: Alliance

    @property
    def tenants(self) -> tuple[DemoTenant, ...]:
        """The tenants, in the order of the file."""
        return tuple(self.world.tenants.values())

    @property
    def organisations(self) -> tuple[DemoOrganisation, ...]:
        """The organisations, in the order of the file."""
        return tuple(self.world.organisations.values())

    @property
    def people(self) -> tuple[DemoPerson, ...]:
        """The people, in the order of the file."""
        return tuple(self.world.people.values())

    @property
    def cities(self) -> tuple[DemoCity, ...]:
        """The cities, in the order of the file."""
        return tuple(self.world.cities.values())

    def case(self, code: str) -> DemoCase:
        """The case with a code. Raises KeyError when there is none."""
        for case in self.cases:
            if case.code == code:
                return case
        raise KeyError(code)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HOME / name).read_text(encoding="utf-8"))


def _need(known: Iterable[str], code: str, entry: str, what: str) -> None:
    if code not in known:
        raise DemoContentError(f"{entry}: there is no {what} {code!r}; correct the code or add the {what}.")


def _world() -> World:
    world = World(
        tenants={entry["slug"]: DemoTenant.read(entry) for entry in _read("tenants.toml")["tenant"]},
        organisations={e["code"]: DemoOrganisation.read(e) for e in _read("organisations.toml")["organisation"]},
        people={entry["code"]: DemoPerson.read(entry) for entry in _read("people.toml")["person"]},
        cities={entry["code"]: DemoCity(**entry) for entry in _read("cities.toml")["city"]},
    )
    for organisation in world.organisations.values():
        for slug in organisation.tenants:
            _need(world.tenants, slug, f"organisation {organisation.code}", "tenant")
        if organisation.city is not None:
            _need(world.cities, organisation.city, f"organisation {organisation.code}", "city")
    for person in world.people.values():
        for slug, _ in person.roles:
            _need(world.tenants, slug, f"person {person.code}", "tenant")
        for code, _ in person.organisations:
            _need(world.organisations, code, f"person {person.code}", "organisation")
    return world


def _check_case(data: Data, world: World) -> None:
    entry = f"case {data['code']}"
    _need(world.tenants, data["tenant"], entry, "tenant")
    _need(STATES, data["target_state"], entry, "state")
    parties = [*data["sponsors"], *data.get("other_parties", ())]
    for code in (data["organisation"], *(party["organisation"] for party in parties)):
        _need(world.organisations, code, entry, "organisation")
        if data["tenant"] not in world.organisations[code].tenants:
            raise DemoContentError(f"{entry}: {code!r} is not registered with {data['tenant']}; add it to its tenants.")
    for code in data["cities"]:
        _need(world.cities, code, entry, "city")
    people = [data["monitor"], *(message["from"] for message in data.get("messages", ()))]
    people += [note["by"] for note in data.get("notes", ())]
    people += [data[key]["by"] for key in ("assessment", "decision", "not_eligible", "withdrawn") if key in data]
    for code in people:
        _need(world.people, code, entry, "person")


def _milestone(kind: str, day: int) -> Milestone:
    name, _, subject = kind.partition(":")
    return Milestone(name, subject or None, day)


def _statement(data: Data, key: str, words: str) -> Statement | None:
    return Statement(data[key]["by"], data[key][words], data[key].get("code")) if key in data else None


def _returns(data: Data) -> tuple[Return, ...]:
    entries = [*data.get("returned", ()), *data.get("report_returned", ())]
    return tuple(Return(tuple(entry["sections"]), entry["reason"], entry.get("subject")) for entry in entries)


def _decision(data: Data) -> Decision | None:
    if "decision" not in data:
        return None
    return Decision(data["decision"]["by"], data["decision"]["grounds"], data["decision"].get("conditions"))


def _case(data: Data, language: str, world: World, translations: Data) -> DemoCase:
    _check_case(data, world)
    organisation = world.organisations[data["organisation"]]
    code, assessed = data["code"], data.get("assessment")
    reports = tuple(
        DemoReport(
            report["subject"],
            case_answers.report_paper(data, report["subject"], organisation),
            data,
            report,
            organisation,
        )
        for report in data.get("reports", ())
    )
    return DemoCase(
        code=code,
        tenant=data["tenant"],
        organisation=organisation.code,
        language=language,
        title=data["title"],
        monitor=data["monitor"],
        target_state=data["target_state"],
        story=data.get("story", ""),
        amount=Decimal(data["amount"]),
        milestones=tuple(_milestone(kind, day) for kind, day in data["milestones"]),
        answers=case_answers.application(data, world),
        stored_questions=tuple(data["stored_questions"]) if "stored_questions" in data else None,
        papers=tuple(case_answers.papers(data, organisation)),
        translation=case_answers.translation(translations[code], data) if code in translations else None,
        assessed_by=assessed["by"] if assessed else None,
        assessment=case_answers.assessment(assessed) if assessed else None,
        decision=_decision(data),
        returns=_returns(data),
        not_eligible=_statement(data, "not_eligible", "reason"),
        withdrawal=_statement(data, "withdrawn", "reason"),
        translation_query=_statement(data, "translation_query", "text"),
        messages=tuple(Note(e["day"], e["from"], e["text"]) for e in data.get("messages", ())),
        notes=tuple(Note(e["day"], e["by"], e["text"]) for e in data.get("notes", ())),
        reports=reports,
    )


def _partnership(data: Data, world: World) -> PartnershipStory:
    for code in (data["organisation"], *data["members"]):
        _need(world.organisations, code, f"partnership {data['code']}", "organisation")
    return PartnershipStory(**{**data, "members": tuple(data["members"]), "notes": tuple(data["notes"])})


@cache
def load() -> DemoContent:
    """The whole content, read and checked once per process.

    Raises DemoContentError when an entry refers to something that is not there, naming entry and remedy.
    """
    world = _world()
    translations = _read("translations.toml")
    cases = [
        _case(data, language, world, translations)
        for language, name in CASE_FILES.items()
        for data in _read(name)["case"]
    ]
    codes = [case.code for case in cases]
    for code in codes:
        if codes.count(code) > 1:
            raise DemoContentError(f"case {code}: the code is used twice; give one of them another.")
    for code in translations:
        _need(codes, code, "translations.toml", "case")
    partnerships = tuple(_partnership(entry, world) for entry in _read("partnerships.toml")["partnership"])
    return DemoContent(world, tuple(cases), partnerships, alliance.read(_read, world))
