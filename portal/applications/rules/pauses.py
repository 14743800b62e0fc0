"""Why a promise stands still, who has the case meanwhile, and what is hers to do, as the applicant reads it.

Others who may follow a case, such as the members it was sent to, read the same of somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.cases.rules.labels import OWNERS
from portal.core.text import N_, Message

#: the fact that begins a pause → what does not count; for any other the page names the facts themselves
PAUSES: dict[str, Message] = {
    "returned": N_("Time in which we wait for your corrections does not count."),
    "report_returned": N_("Time in which we wait for your corrections does not count."),
    "translation_requested": N_("Time for the translation does not count."),
    "translation_queried": N_("Time in which the translator waits for your answer does not count."),
    "extension_requested": N_("Time in which we decide on a request of yours for more time does not count."),
}

#: the same for who is not the applicant
PAUSES_OF_HERS: dict[str, Message] = {
    "returned": N_("Time in which we wait for the applicant’s corrections does not count."),
    "report_returned": N_("Time in which we wait for the recipient’s corrections does not count."),
    "translation_requested": PAUSES["translation_requested"],
    "translation_queried": N_("Time in which the translator waits for the applicant’s answer does not count."),
    "extension_requested": N_("Time in which we decide on a request of the applicant for more time does not count."),
}

#: the fact that begins a pause → for whom everybody waits until it ends, as owners of states are called
HOLDERS: dict[str, str] = {
    "returned": "applicant",
    "report_returned": "applicant",
    "translation_requested": "translator",
    "translation_queried": "applicant",
    "extension_requested": "secretariat",
}

#: what goes on beside the case → whose part it is
TRACK_HOLDERS: dict[str, str] = {"concurrence": "country", "panel": "evaluator"}

#: the fact that ends a clock of the applicant's → what she has to do for it
TO_DO: dict[str, Message] = {
    "resubmitted": N_("Complete the returned sections and send them again."),
    "agreement_accepted": N_("Have your signatory read the agreement and accept it."),
    "report_submitted": N_("Complete the report and send it."),
}


@dataclass(frozen=True)
class Reader:
    """For whom the lines under a promise are written.

    :param owners: who has a case, by the owner of its state; :param pauses: what does not count, by what begins it.
    :param sides: the sides whose time is the reader's own.
    """

    owners: Mapping[str, Message]
    pauses: Mapping[str, Message]
    sides: tuple[str, ...] = ()


APPLICANT = Reader(OWNERS, PAUSES, ("applicant", "recipient"))
FOLLOWER = Reader(OWNERS | {"applicant": N_("The applicant"), "recipient": N_("The recipient")}, PAUSES_OF_HERS)
