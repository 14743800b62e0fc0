"""What an approval makes of a case, as the applicant reads it: in words, and the pages where it is found."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.text import N_, Message


@dataclass(frozen=True)
class Made:
    """What an approval makes of a case, in words, and the pages where it and its agreement are read."""

    page: str
    agreement: str
    under_way: Message
    open: Message
    to_do: Message


#: the public states of what was approved, as far as a decision stands
APPROVED = frozenset({"agreement", "under_way", "in_force", "closed"})
#: by the name under which instruments ask for it
MADE = {
    "grant": Made(
        "grants.grant",
        "grants.agreement",
        N_("The grant is under way"),
        N_("Open the grant"),
        N_("Carry out the grant"),
    ),
    # Approved in principle, a note makes no page of its own: what follows is an application like any other.
    "proposal": Made("", "", N_("Approved in principle"), N_("Open the full proposal"), N_("Write the full proposal")),
    "partnership": Made(
        "partnerships.partnership",
        "partnerships.partnership",
        N_("The partnership agreement is in force"),
        N_("Open the agreement"),
        N_("Carry out the joint programme"),
    ),
}
