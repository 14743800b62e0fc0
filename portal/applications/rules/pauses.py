"""Why a promise stands still, who has the case meanwhile, and what is hers to do, as the applicant reads it."""

from __future__ import annotations

from portal.core.text import N_, Message

#: the fact that begins a pause → what does not count; for any other the page names the facts themselves
PAUSES: dict[str, Message] = {
    "returned": N_("Time in which we wait for your corrections does not count."),
    "report_returned": N_("Time in which we wait for your corrections does not count."),
    "translation_requested": N_("Time for the translation does not count."),
    "translation_queried": N_("Time in which the translator waits for your answer does not count."),
    "extension_requested": N_("Time in which we decide on a request of yours for more time does not count."),
}

#: the fact that begins a pause → for whom everybody waits until it ends, as owners of states are called
HOLDERS: dict[str, str] = {
    "returned": "applicant",
    "report_returned": "applicant",
    "translation_requested": "translator",
    "translation_queried": "applicant",
    "extension_requested": "secretariat",
}

#: the fact that ends a clock of the applicant's → what she has to do for it
TO_DO: dict[str, Message] = {
    "resubmitted": N_("Complete the returned sections and send them again."),
    "agreement_accepted": N_("Have your signatory read the agreement and accept it."),
    "report_submitted": N_("Complete the report and send it."),
}
