"""What the members' answers and states are called."""

from __future__ import annotations

from portal.core.text import N_, Message
from portal.members.rules import silence

#: who reads a member's comment, besides the secretariat and the member itself
MEMBERS, SECRETARIAT = "members", "secretariat"

SPONSOR_STATES: dict[str, tuple[Message, str]] = {
    "invited": (N_("Asked, not answered yet"), "waiting"),
    "confirmed": (N_("Confirmed"), "kept"),
    "proved": (N_("Confirmed by a document"), "kept"),
    "declined": (N_("Declined"), "late"),
    "withdrawn": (N_("No longer asked"), "plain"),
    "named": (N_("Named, not asked in the portal"), "plain"),
}
STANCES: dict[str, tuple[Message, str]] = {
    silence.NO_OBJECTION: (N_("No objection"), "kept"),
    silence.OBJECTION: (N_("Objection"), "late"),
    silence.DISCUSSION: (N_("Wants it to be discussed"), "soon"),
    silence.RECUSED: (N_("Takes no part"), "plain"),
}
ENDINGS: dict[str, Message] = {
    "withdrawn": N_("withdrawn"),
    "resolved": N_("resolved"),
    "overruled": N_("overruled"),
    "replaced": N_("replaced by a later answer"),
}
ARRIVALS: dict[str, tuple[Message, str]] = {
    silence.ASKED: (N_("On its way"), "waiting"),
    silence.REACHED: (N_("Reached"), "kept"),
    silence.BOUNCED: (N_("Not reached"), "late"),
}
ANSWERS: dict[str, Message] = {
    "accepted": N_("Accepted: the proposal or the grant follows it"),
    "explained": N_("Explained: why it stays as it is"),
    "referred": N_("Referred to the applicant or to the country"),
}
#: who reads a comment: as a choice of its author, and as a mark beside it
READERS: dict[str, tuple[Message, Message]] = {
    MEMBERS: (N_("Every member asked, and the secretariat"), N_("Read by every member asked and the secretariat")),
    SECRETARIAT: (
        N_("The secretariat alone, and your own organisation"),
        N_("Read by the secretariat alone, besides the member that wrote it"),
    ),
}
#: who may overrule an objection, as the policy names it
BODIES: dict[str, Message] = {
    "consultative_group": N_("the Consultative Group"),
    "executive_committee": N_("the Executive Committee"),
    "steering_committee": N_("the Steering Committee"),
}
