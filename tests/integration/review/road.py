"""A case brought along the secretariat's road, by the verbs people use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.review.service import assess
from portal.translation import queries as translations
from portal.translation.service import translate
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted

CRITERIA = (
    "objective",
    "commitment",
    "investment",
    "partnerships",
    "cofinancing",
    "coherence",
    "scale",
    "institutional",
    "environment",
)


def judged(recommendation: str = "approve") -> dict[str, dict[str, Any]]:
    """A complete review form."""
    return {
        "criteria": dict.fromkeys(CRITERIA, "met"),
        "recommendation": {
            "recommendation": recommendation,
            "conditions": "Name a project leader by June",
            "summary": "A sound application of a committed city.",
        },
    }


def translated(case: Case) -> dict[str, str]:
    """A translation of every text."""
    snapshot = cases.last_submission(case.id)
    assert snapshot is not None
    return {item.path: f"In English: {item.text}" for item in translations.items(case, snapshot)}


def at(world: World, state: str, slug: str = "alpha", organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """A case in one of the secretariat's states; each step an hour after the one before."""
    case = submitted(world, slug, organisation, now)
    officer, manager = world.actor(slug, "officer"), world.actor(slug, "manager")
    hour = timedelta(hours=1)
    if state == "checking":
        return case
    make_move(case, "find_complete", officer, now + hour)
    if case.state == "translating" and state != "translating":
        translator = world.actor(slug, "translator")
        translate.save_draft(case, translated(case), translator, now + 2 * hour)
        make_move(case, "file_translation", translator, now + 2 * hour)
        make_move(case, "accept_translation", officer, now + 3 * hour)
    if state in ("translating", "assessing"):
        return case
    assess.save_assessment(case, judged(), officer, now + 4 * hour)
    make_move(case, "file_assessment", officer, now + 5 * hour)
    if state == "deciding":
        return case
    words = {"grounds": "It serves the poorest quarters.", "conditions": "- Name a leader\n- Open an account"}
    make_move(case, "approve_with_conditions", manager, now + 6 * hour, words)
    return case
