"""The panel's ranking of a round: by score, changed with a reason, and what is recommended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portal.cases.models import Case
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.permissions import Permission, holds
from portal.core.text import N_
from portal.evaluation import queries
from portal.evaluation.models import EvaluationRound, RankedCase
from portal.evaluation.rules import ranking
from portal.evaluation.service import consensus
from portal.infra.db import db


def entries(row: EvaluationRound) -> list[tuple[ranking.Entry, Case]]:
    """The cases of a round in the order that holds: the panel's places first, what has none yet by score."""
    found = {case.id: case for case in queries.cases_of(row)}
    results = consensus.results(row)
    scored = [
        ranking.Entry(case.id, case.reference, results.get(case.id, (None, None))[0], case.amount)
        for case in found.values()
    ]
    places = queries.ranking_of(row.id)
    order = ranking.by_score(scored)
    order.sort(key=lambda one: places[one.case_id].place if one.case_id in places else len(order) + 1)
    return [(one, found[one.case_id]) for one in order]


def move(row: EvaluationRound, case_id: UUID, place: int, reason: str, actor: Actor, now: datetime) -> None:
    """Put a case at another place; the others follow.

    :param place: counted from 1.
    :raises NotAllowed: unless the actor manages the panel. :raises NotFound: when the round has no such case.
    :raises Invalid: naming ``reason`` or ``place``.
    """
    _may(actor)
    if not reason.strip():
        raise Invalid({"reason": N_("Say why this case has another place than its score gives it.")})
    if place < 1:
        raise Invalid({"place": N_("Enter a place, counted from 1.")})
    rows = _rows(row, actor, now)
    try:
        order = ranking.moved(list(rows), case_id, place)
    except ValueError:
        raise NotFound from None
    for number, key in enumerate(order, start=1):
        rows[key].place = number
    rows[case_id].reason, rows[case_id].changed_by_name, rows[case_id].changed_at = reason.strip(), actor.name, now
    db.session.flush()


def recommend(row: EvaluationRound, chosen: set[UUID], actor: Actor, now: datetime) -> None:
    """Mark the cases the panel recommends, and no others.

    :raises NotAllowed: unless the actor manages the panel. :raises NotFound: when one is not of this round.
    """
    _may(actor)
    rows = _rows(row, actor, now)
    if not chosen <= set(rows):
        raise NotFound
    for key, one in rows.items():
        if one.recommended != (key in chosen):
            one.recommended, one.changed_by_name, one.changed_at = key in chosen, actor.name, now
    db.session.flush()


def _rows(row: EvaluationRound, actor: Actor, now: datetime) -> dict[UUID, RankedCase]:
    """The places in order, written down for every case as it stands now."""
    known = queries.ranking_of(row.id)
    found: dict[UUID, RankedCase] = {}
    for place, (entry, _case) in enumerate(entries(row), start=1):
        one = known.get(entry.case_id)
        if one is None:
            one = RankedCase(
                round_id=row.id,
                case_id=entry.case_id,
                place=place,
                recommended=False,
                reason="",
                changed_by_name=actor.name,
                changed_at=now,
            )
            db.session.add(one)
        one.place, one.score, one.amount = place, entry.score, entry.amount
        found[entry.case_id] = one
    db.session.flush()
    return found


def _may(actor: Actor) -> None:
    if not holds(actor, Permission.PANEL_MANAGE):
        raise NotAllowed
