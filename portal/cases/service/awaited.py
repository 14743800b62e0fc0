"""Steps that workflows name and that no installed feature brings: what checks refuses, and says so.

Without the feature nothing may pass that it would have checked: no window is over, nobody is known to have kept silent.
"""

from __future__ import annotations

from portal.cases.service import route
from portal.cases.service.steps import EFFECTS, GUARDS, Effect, Guard, Step
from portal.core.errors import NotNow
from portal.core.text import N_, Message
from portal.tenants import queries as tenants

MISSING = N_("This step is not available here: the part of the portal that checks it is not installed.")


def refuse(_step: Step) -> Message | None:
    """Let nothing pass."""
    return MISSING


def stop(_step: Step) -> None:
    """Do nothing, and let the move not happen either.

    :raises NotNow: always.
    """
    raise NotNow(MISSING)


def sponsors_named(step: Step) -> Message | None:
    """Where the tenant asks that sponsors confirm, nobody can say that they have."""
    return MISSING if tenants.by_id(step.case.tenant_id).policy.sponsors_must_confirm else None


def tell_obligations(step: Step) -> None:
    """Name what the policy of the day of submission obliges to in the record of the decision."""
    step.facts["obligations"] = [one.code for one in route.obligations_of(step.case)]


def tell_conditions(step: Step) -> None:
    """The conditions stand in the record of the decision already, as the move asked for them."""
    if not str(step.inputs.get("conditions") or "").strip():
        raise NotNow(MISSING)


AWAITED_GUARDS: dict[str, Guard] = {
    "window_over": refuse,
    "nobody_objects": refuse,
    "comments_answered": refuse,
    "panel_ended": refuse,
    "conditions_met": refuse,
    "sponsors_confirmed": sponsors_named,
}
AWAITED_EFFECTS: dict[str, Effect] = {
    "record_silence": stop,
    "make_conditions": tell_conditions,
    "make_obligations": tell_obligations,
}


def stand_in() -> None:
    """Register these for every step that no feature has brought; called once all features are there."""
    for name, guard in AWAITED_GUARDS.items():
        GUARDS.setdefault(name, guard)
    for name, effect in AWAITED_EFFECTS.items():
        EFFECTS.setdefault(name, effect)
