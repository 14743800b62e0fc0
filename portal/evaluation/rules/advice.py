"""Whether a decision follows what the panel recommended. Pure."""

from __future__ import annotations

from collections.abc import Iterable

#: the effect by which a move of a workflow decides, before the outcome
DECIDES = "record_decision:"
APPROVALS = frozenset({"approved", "approved_with_conditions", "approved_in_principle"})
#: outcomes on which a panel has no word: whether an application is eligible is not a matter of its merits
NOT_ITS_OWN = frozenset({"not_eligible"})


def outcome_of(effects: Iterable[str]) -> str:
    """How a move decides, by its effects; empty for one that decides nothing a panel advises on."""
    found = next((name.removeprefix(DECIDES) for name in effects if name.startswith(DECIDES)), "")
    return "" if found in NOT_ITS_OWN else found


def differs(recommended: bool, outcome: str) -> bool:
    """Whether an outcome is another than the panel's recommendation.

    What it recommends is approved, with conditions or without; what it does not recommend is declined, or sent back
    to be revised.
    """
    return bool(outcome) and recommended != (outcome in APPROVALS)
