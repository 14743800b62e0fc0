"""Evaluators, rounds and what they file, for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from flask.testing import FlaskClient

from portal.cases.models import Case
from portal.cases.service.steps import GUARDS, Step
from portal.core.actor import Actor
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import assign, evaluate, people, rounds
from portal.organisations import queries as organisations
from portal.tenants import queries as tenants
from tests.factories import World

CLOCK = datetime.now(UTC)
DAY = timedelta(days=1)
PROSE = "The city grows faster than its plans"
TITLE = "A strategy for the city"
Clients = Callable[[str | None], FlaskClient]


def evaluator(world: World, name: str, slug: str = "alpha", **profile: Any) -> Actor:
    """Somebody invited by an officer, with her profile."""
    officer = world.actor(slug, "officer")
    person = people.invite(officer, f"{name}@experts.example", f"Expert {name}", "en", CLOCK)
    tenant = tenants.by_slug(slug)
    assert tenant is not None
    actor = organisations.actor_for(person, tenant)
    facts: dict[str, Any] = {
        "expertise": ["cds"],
        "languages": ["en", "pt"],
        "countries": [],
        "ties": [],
        "most_cases": 5,
        "active": True,
    }
    people.save_profile(actor, **(facts | profile), now=CLOCK)
    return actor


def new_round(world: World, slug: str = "alpha", **more: Any) -> EvaluationRound:
    """An open round of the call of preparatory grants, two evaluators a case."""
    facts: dict[str, Any] = {
        "call_id": world[slug].call,
        "opens_at": CLOCK - DAY,
        "closes_at": CLOCK + DAY,
        "needed": 2,
        "blind": False,
        "shows_others": True,
        "honorarium": Decimal(150),
        "instrument": "preparatory_grant",
    }
    officer = world.actor(slug, "officer")
    return rounds.add_round(officer, "spring", {"en": "Spring"}, **(facts | more), now=CLOCK)


def judgement(row: EvaluationRound, word: str = "met") -> dict[str, dict[str, Any]]:
    """A whole review."""
    return {
        "criteria": dict.fromkeys(evaluate.criteria_of(row), word)
        | {f"{code}_comment": "Not quite." for code in evaluate.criteria_of(row)},
        "recommendation": {"recommendation": "approve", "summary": "Sound."},
    }


def filed(one: Evaluation, row: EvaluationRound, actor: Actor, word: str = "met") -> None:
    """Declare, judge and file."""
    evaluate.declare(one.id, "free", "", actor, CLOCK)
    evaluate.save(one.id, judgement(row, word), actor, CLOCK)
    evaluate.file(one.id, actor, CLOCK)


def ask(world: World, case: Case, row: EvaluationRound, who: Actor) -> Evaluation:
    """Give a case to somebody by hand."""
    assert who.person_id is not None
    return assign.assign_by_hand(row, case, who.person_id, world.actor("alpha", "officer"), CLOCK)


def panel(case: Case) -> Any:
    """What the guard says."""
    return GUARDS["panel_ended"](cast("Step", SimpleNamespace(case=case)))
