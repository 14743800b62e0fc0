"""What the outcomes of a decision are called. Pure."""

from __future__ import annotations

from portal.core.text import N_, Message

#: outcome → what it is called wherever the secretariat reads it
OUTCOMES: dict[str, Message] = {
    "approved": N_("Approved"),
    "approved_with_conditions": N_("Approved with conditions"),
    "approved_in_principle": N_("Approved in principle"),
    "declined": N_("Declined"),
    "revise_and_resubmit": N_("To be revised and resubmitted"),
    "not_eligible": N_("Not eligible"),
}
