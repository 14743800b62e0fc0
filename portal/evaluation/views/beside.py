"""What the panel's recommendation shows on the pages where cases are decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.cases.models import Case
from portal.core.actor import Actor
from portal.core.permissions import Permission, holds
from portal.evaluation.queries.advice import advice_on
from portal.evaluation.rules import advice as rules
from portal.evaluation.service.advice import AGAINST
from portal.infra.beside import bring

Brought = tuple[str, Mapping[str, Any]] | None


@bring("desk_move")
def on_a_decision(case: Case, actor: Actor, _now: datetime, known: Mapping[str, Any]) -> Brought:
    """What the panel has said of a case, on the page of a move that decides it."""
    outcome = rules.outcome_of(known["move"].effects, known["move"].event)
    found = advice_on([case.id]).get(case.id) if outcome else None
    if found is None:
        return None
    differs = rules.differs(found.recommended, outcome)
    told = {"advice": found, "differs": differs, "may_read": holds(actor, Permission.EVALUATION_READ)}
    return "pages/evaluation/beside_move.html", told


@bring("decide_call")
def on_several(cases: Sequence[Case], actor: Actor, _now: datetime, known: Mapping[str, Any]) -> Brought:
    """What the panel has said of the cases that are decided together, and where a reason to differ is written."""
    found = advice_on([case.id for case in cases])
    if not found:
        return None
    told = {
        "advised": [(case, found[case.id]) for case in cases if case.id in found],
        "against": AGAINST,
        "typed": known["typed"].get(AGAINST, ""),
        "may_read": holds(actor, Permission.EVALUATION_READ),
    }
    return "pages/evaluation/beside_decide.html", told
