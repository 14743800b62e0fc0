"""Cases brought beyond a decision, by the verbs people use."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.review.queries import record
from portal.review.service import letter
from tests.factories import NOW, World
from tests.integration.review.road import at

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=3)
GROUNDS = {"grounds": "It serves the poorest quarters."}


def read_and_send(case: Case, world: World, now: datetime = LATER, slug: str = "alpha") -> Case:
    """An officer reads the letter in every language and sends it."""
    officer = world.actor(slug, "officer")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, now)
    return make_move(case, "send_letter", officer, now)


def approved_with_conditions(world: World, slug: str = "alpha", organisation: str = "vilankulo") -> Case:
    """Approved with two conditions, the letter sent."""
    return read_and_send(at(world, "decided", slug, organisation), world, slug=slug)


def kept_back(world: World, until: str = "2026-03-20T09:00", organisation: str = "vilankulo") -> Case:
    """Waits for a decision that is to be kept back until an instant in the tenant's zone."""
    case = at(world, "deciding", organisation=organisation)
    given = {"until": until, "reason": "All are told on one day."}
    return make_move(case, "keep_back", world.actor("alpha", "manager"), LATER, given)
