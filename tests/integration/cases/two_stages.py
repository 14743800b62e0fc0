"""A concept note brought to its approval in principle, for tests of what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.calls.models import Call
from portal.cases.models import Case
from portal.cases.service import steps
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories

DAY = timedelta(days=1)


def call_of(world: World, **more: Any) -> Call:
    """A call of concept notes that go on as project proposals."""
    return proposals.open_call(world, "alpha", "concept_note", next_instrument="project_proposal", **more)


def approved_in_principle(world: World, patch: pytest.MonkeyPatch, now: datetime = NOW, **more: Any) -> Case:
    """A note whose letter was sent; the members kept silent, and the time of every window is over."""
    for name in ("window_over", "comments_answered", "nobody_objects"):
        patch.setitem(steps.GUARDS, name, lambda _step: None)
    patch.setitem(steps.EFFECTS, "record_silence", lambda _step: None)
    call_of(world)
    note = proposals.submitted(world, amount="150000.00", instrument="concept_note", now=now, **more)
    proposals.to_coordinate(world, note, now + DAY)
    system, manager = Actor.system(note.tenant_id), stories.who(world, note, "manager")
    later = now + 2 * DAY
    make_move(note, "circulate_for_coordination", system, later)
    for track in ("concurrence", "panel"):
        make_move(note, f"waive_{track}", manager, later, {"grounds": "A test."})
    make_move(note, "close_coordination", system, later)
    make_move(note, "rank", stories.who(world, note, "officer"), later)
    make_move(note, "recommend", manager, later)
    make_move(note, "circulate_for_approval", system, later)
    make_move(note, "deem_approved", system, later)
    return stories.letter_sent(world, note, now + 3 * DAY)
