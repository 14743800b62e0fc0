"""The chain of events, and the one question of who may read asked in two ways."""

from __future__ import annotations

from copy import copy
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.rules import access
from portal.cases.rules.chain import breaks
from portal.cases.service.events import append
from portal.core.actor import Actor
from portal.infra.db import db
from tests.factories import NOW, World
from tests.integration.cases.stories import start_draft, submitted

FIELDS = (
    "tenant_id", "case_id", "seq", "at", "kind", "subject", "actor_id", "actor_name", "actor_role", "audience", "data",
    "previous_hash", "hash",
)  # fmt: skip


def chain_of(case: Case) -> list[SimpleNamespace]:
    """Copies of a case's events that a test may spoil."""
    db.session.expire_all()
    rows = db.session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.seq))
    return [SimpleNamespace(**{field: getattr(row, field) for field in FIELDS}) for row in rows]


def test_an_untouched_chain_holds(alpha: World) -> None:
    case = start_draft(alpha, "alpha", "vilankulo")
    data = {"words": "é ٣ 北京", "list": [1, {"b": 2, "a": 1}]}
    append(case, "note_written", alpha.actor("alpha", "officer"), NOW, data)
    assert breaks(chain_of(case), case.last_seq, case.last_hash) == []


@pytest.mark.parametrize("spoil", ["edit", "remove the middle", "remove the last", "swap", "add"])
def test_a_spoiled_chain_is_noticed(alpha: World, spoil: str) -> None:
    case = start_draft(alpha, "alpha", "vilankulo")
    for number in range(3):
        append(case, "note_written", alpha.actor("alpha", "officer"), NOW, {"number": number})
    chain = chain_of(case)
    if spoil == "edit":
        chain[1].data = {"number": 7}
    elif spoil == "remove the middle":
        del chain[1]
    elif spoil == "remove the last":
        del chain[-1]
    elif spoil == "swap":
        chain[1], chain[2] = chain[2], chain[1]
    else:
        chain.append(copy(chain[-1]))
        chain[-1].seq += 1
    assert breaks(chain, case.last_seq, case.last_hash)


def everybody(world: World) -> dict[str, Actor]:
    """Every person of the first tenant."""
    return {name: world.actor("alpha", name) for name in world["alpha"].people}


def test_may_read_and_visible_to_agree_for_every_role_and_state(alpha: World) -> None:
    cases = [
        start_draft(alpha, "alpha", "vilankulo"),
        start_draft(alpha, "alpha", "aleppo"),
        submitted(alpha, "alpha", "vilankulo"),
        submitted(alpha, "alpha", "aleppo"),
    ]
    for name, actor in everybody(alpha).items():
        many = set(db.session.scalars(queries.visible_to(actor).with_only_columns(Case.id)))
        one = {case.id for case in cases if access.may_read(actor, case)}
        assert many == one, name


def test_a_stranger_sees_nothing(alpha: World) -> None:
    submitted(alpha, "alpha", "vilankulo")
    assert list(db.session.scalars(queries.visible_to(alpha.actor("alpha", "stranger")))) == []
