"""The wording of what happens to a case, wherever a timeline or the reckoning of a date tells it."""

from __future__ import annotations

from portal.core.text import N_, Message

#: kind of event → what both sides may read
EVENTS: dict[str, Message] = {
    "started": N_("Draft started"),
    "sign_off_requested": N_("Signature asked for"),
    "signed_off": N_("Signed off"),
    "discarded": N_("Draft discarded"),
    "conflict_settled": N_("Two versions of an answer settled"),
    "submitted": N_("Submitted"),
    "acknowledged": N_("Receipt acknowledged"),
    "found_complete": N_("Found complete and eligible"),
    "eligibility_doubted": N_("Eligibility doubted"),
    "doubt_refused": N_("Doubt about eligibility not confirmed"),
    "found_not_eligible": N_("Found not eligible"),
    "returned": N_("Sections returned for completion"),
    "resubmitted": N_("Completed and sent again"),
    "extended": N_("More time given"),
    "lapsed": N_("Closed because time ran out"),
    "translation_requested": N_("Translation requested"),
    "translation_queried": N_("The translator asked a question"),
    "translation_answered": N_("The translator’s question answered"),
    "translation_filed": N_("Translation delivered"),
    "translation_accepted": N_("Translated"),
    "recommended": N_("Assessment filed"),
    "sent_back": N_("Sent back to assessment"),
    "approved": N_("Approved"),
    "approved_with_conditions": N_("Approved with conditions"),
    "declined": N_("Declined"),
    "undone": N_("Decision undone"),
    "letter_seen": N_("Letter read before it is sent"),
    "letter_reworded": N_("Letter worded anew"),
    "letter_sent": N_("Decision sent"),
    "agreement_sent": N_("Agreement sent"),
    "agreement_accepted": N_("Agreement accepted"),
    "tranche_released": N_("Payment released"),
    "paid_in_part": N_("Part of a payment made"),
    "payment_entered": N_("Payment entered"),
    "payment_refused": N_("Payment not confirmed"),
    "paid": N_("Paid"),
    "report_opened": N_("Report asked for"),
    "report_submitted": N_("Report submitted"),
    "report_returned": N_("Report returned for completion"),
    "report_accepted": N_("Report accepted"),
    "report_waived": N_("Report no longer asked for"),
    "completed": N_("Grant completed"),
    "closed": N_("Closed"),
    "withdrawn": N_("Withdrawn"),
    "reopened": N_("Reopened"),
    "assigned": N_("Officer assigned"),
    "message_sent": N_("Message"),
    "note_written": N_("Internal note"),
    "file_added": N_("File added"),
    "file_removed": N_("File removed"),
    "warned": N_("Reminder of a date"),
    "breached": N_("Date passed"),
    "breach_explained": N_("Delay explained"),
}

#: What the applicant reads instead, where the fact itself is told to her only by the letter.
OUTSIDE: dict[str, Message] = {
    "eligibility_doubted": N_("Check of eligibility continued"),
    "doubt_refused": N_("Check of eligibility continued"),
    "found_not_eligible": N_("Decision taken"),
    "recommended": N_("Assessment finished"),
    "sent_back": N_("Assessment taken up again"),
    "approved": N_("Decision taken"),
    "approved_with_conditions": N_("Decision taken"),
    "declined": N_("Decision taken"),
    "undone": N_("Decision taken up again"),
}


def event_words(kind: str, *, staff: bool = True) -> Message:
    """What an event is called.

    :param staff: False for the applicant's eyes: nothing that tells a decision before its letter.
    """
    if not staff and kind in OUTSIDE:
        return OUTSIDE[kind]
    return EVENTS.get(kind) or Message(kind.replace("_", " "), {})
