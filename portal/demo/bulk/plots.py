"""The courses a generated case may take: which facts, how many calendar days apart, and where it rests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

#: Who causes a fact: a person of the applicant, of the secretariat, or the portal itself.
ROLE_OF = {"lead": "lead", "signatory": "signatory", "officer": "programme_officer", "manager": "programme_manager",
           "translator": "translator", "finance": "finance_officer", "system": "system"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beat:
    """A fact of a course.

    :param gap: calendar days after the fact before, at an ordinary pace; 0: at the same instant.
    :param to: the state the case is in from then on; empty when it stays.
    """

    kind: str
    gap: int
    by: str
    to: str = ""
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A course up to where the case rests today.

    :param weight: how frequent it is. :param ages: how many calendar days ago the last fact happened.
    """

    state: str
    weight: int
    beats: tuple[Beat, ...]
    ages: tuple[int, ...]

    def reaches(self, kind: str) -> bool:
        """Whether a fact of this kind is part of the course."""
        return any(beat.kind == kind for beat in self.beats)


STARTED = (Beat("started", 0, "lead", "draft"),)
SUBMITTED = (
    *STARTED,
    Beat("signed_off", 11, "signatory"),
    Beat("submitted", 1, "lead", "submitted"),
    Beat("assigned", 0, "system"),
    Beat("acknowledged", 0, "system", "checking"),
)
RETURNED = (*SUBMITTED, Beat("returned", 8, "officer", "returned"))
MENDED = (*RETURNED, Beat("resubmitted", 9, "lead", "checking"))
COMPLETE = (Beat("found_complete", 9, "officer", "assessing"),)
REQUESTED = (Beat("found_complete", 9, "officer", "translating"), Beat("translation_requested", 0, "officer"))
TRANSLATED = (
    *REQUESTED,
    Beat("translation_filed", 10, "translator"),
    Beat("translation_accepted", 2, "officer", "assessing"),
)
RECOMMENDED = (Beat("recommended", 17, "officer", "deciding"),)
APPROVED = (*RECOMMENDED, Beat("approved", 5, "manager", "decided"))
DECLINED = (*RECOMMENDED, Beat("declined", 5, "manager", "decided"), Beat("letter_sent", 4, "officer", "declined"))
LETTER = (*APPROVED, Beat("letter_sent", 4, "officer", "agreement"))
SENT = (*LETTER, Beat("agreement_sent", 48, "officer", "signing"))
ACCEPTED = (
    *SENT,
    Beat("tranche_released", 13, "signatory", subject="tranche-1"),
    Beat("report_opened", 0, "system", subject="report-1"),
    Beat("agreement_accepted", 0, "signatory", "under_way"),
)
PAID = (*ACCEPTED, Beat("payment_entered", 12, "finance"), Beat("paid", 2, "finance", subject="tranche-1"))
CLOSED = (
    *PAID,
    Beat("report_submitted", 110, "lead", subject="report-1"),
    Beat("report_accepted", 9, "officer", subject="report-1"),
    Beat("tranche_released", 0, "officer", subject="tranche-2"),
    Beat("paid", 14, "finance", subject="tranche-2"),
    Beat("completed", 60, "officer", "closed"),
)
DOUBTED = (
    *SUBMITTED,
    Beat("eligibility_doubted", 6, "officer", "eligibility_doubted"),
    Beat("found_not_eligible", 3, "manager", "decided"),
    Beat("letter_sent", 3, "officer", "not_eligible"),
)
LONG_AGO = tuple(range(6, 900, 41))


def plots(*, translated: bool) -> tuple[Plot, ...]:
    """The courses of cases that need a translation, or of those that do not."""
    read = (*SUBMITTED, *(TRANSLATED if translated else COMPLETE))
    waiting = [Plot("translating", 7, (*SUBMITTED, *REQUESTED), _days(0, 16, 2))] if translated else []
    return (
        Plot("draft", 6, STARTED, _days(0, 40, 5)),
        Plot("checking", 7, SUBMITTED, _days(0, 15, 2)),
        Plot("checking", 2, MENDED, _days(0, 9)),
        Plot("returned", 5, RETURNED, _days(0, 19, 2)),
        *waiting,
        Plot("assessing", 10, read, _days(0, 23, 3)),
        Plot("deciding", 4, (*read, *RECOMMENDED), _days(0, 8)),
        Plot("decided", 3, (*read, *APPROVED), _days(0, 7)),
        Plot("agreement", 6, (*read, *LETTER), _days(0, 80, 8)),
        Plot("signing", 3, (*read, *SENT), _days(0, 28, 4)),
        Plot("under_way", 4, (*read, *ACCEPTED), _days(0, 20, 3)),
        Plot("under_way", 14, (*read, *PAID), _days(0, 120, 11)),
        Plot("closed", 15, (*read, *CLOSED), LONG_AGO),
        Plot("declined", 7, (*read, *DECLINED), LONG_AGO),
        Plot("not_eligible", 3, DOUBTED, LONG_AGO),
        Plot("withdrawn", 3, (*SUBMITTED, Beat("withdrawn", 12, "lead", "withdrawn")), LONG_AGO),
        Plot("lapsed", 2, (*RETURNED, Beat("lapsed", 26, "system", "lapsed")), LONG_AGO),
    )


def lately_ended(found: Iterable[Plot]) -> tuple[Plot, ...]:
    """Of these courses those that have come to an end, in the last five quarters."""
    return tuple(replace(plot, ages=_days(4, 450, 13)) for plot in found if plot.ages is LONG_AGO)


def _days(first: int, last: int, step: int = 1) -> tuple[int, ...]:
    return tuple(range(first, last, step))


def days(beats: Iterable[Beat], age: int, pace: float) -> list[int]:
    """On which day, counted from today (≤ 0), each fact happened.

    :param age: calendar days since the last fact. :param pace: 1.0 is ordinary, more is slower.
    """
    gaps = [round(beat.gap * pace) for beat in beats]
    return [-age - sum(gaps[number + 1 :]) for number in range(len(gaps))]
