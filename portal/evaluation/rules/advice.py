"""Whether a decision follows what the panel recommended. Pure."""

from __future__ import annotations

from collections.abc import Iterable

#: the effect by which a move of a workflow decides, before the outcome
DECIDES = "record_decision:"
#: the fact that the secretariat recommends a case for approval
TO_THE_MEMBERS = "recommended_for_approval"
APPROVALS = frozenset({"approved", "approved_with_conditions", "approved_in_principle"})
#: outcomes on which a panel has no word: whether an application is eligible is not a matter of its merits
NOT_ITS_OWN = frozenset({"not_eligible"})


def outcome_of(effects: Iterable[str], event: str = "") -> str:
    """How a move decides, by its effects and its event; empty for one that decides nothing a panel advises on.

    What is recommended to the members is approved unless one of them objects: that counts as an approval here.
    """
    if event == TO_THE_MEMBERS:
        return "approved"
    found = next((name.removeprefix(DECIDES) for name in effects if name.startswith(DECIDES)), "")
    return "" if found in NOT_ITS_OWN else found


def differs(recommended: bool, outcome: str) -> bool:
    """Whether an outcome is another than the panel's recommendation.

    What it recommends is approved, with conditions or without; what it does not recommend is declined, or sent back
    to be revised.
    """
    return bool(outcome) and recommended != (outcome in APPROVALS)
