"""More time for an answer of the applicant's: asked for before the date, granted or refused with a reason.

The clock that is asked about stands still from the request to the answer; its standard says so as a pause. So a case
never lapses while a request made in time waits for us, and no rule of the sweep has to know of requests. Whoever asks
loses nothing by our thinking about it, and the clock ``EXT`` measures how long we think.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from portal.cases import queries
from portal.cases.models import Case, CaseMessage, Event
from portal.cases.service.message import BOTH
from portal.cases.service.steps import Step, effect, guard
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.db import db
from portal.infra.i18n import ngettext
from portal.standards import queries as standards

REQUESTED = "extension_requested"
ANSWERED = frozenset({"extended", "extension_refused"})
#: what takes the case out of the hands of whoever asked, so that the request is about nothing any more
MOOT = frozenset(
    {
        "returned",
        "resubmitted",
        "revised",
        "agreement_sent",
        "agreement_accepted",
        "report_submitted",
        "report_returned",
        "report_waived",
        "lapsed",
        "withdrawn",
        "closed",
        "reopened",
    }
)
THEIRS = ("applicant", "recipient")


class Told(Protocol):
    """An event as far as these questions look at it."""

    kind: Any
    data: Any


Fact = TypeVar("Fact", bound=Told)


def last_word(events: Iterable[Fact]) -> Fact | None:
    """The last request for more time or the answer to it, while the matter it was about still lies with the applicant.

    :param events: of one case, in their order; those copied from another case do not count.
    """
    found = None
    for event in events:
        if "copied_from" in event.data:
            continue
        if event.kind == REQUESTED or event.kind in ANSWERED:
            found = event
        elif event.kind in MOOT:
            found = None
    return found


def open_request(case: Case) -> Event | None:
    """The request for more time that waits for an answer; None without one."""
    last = last_word(queries.events_of_kinds(case.id, {REQUESTED, *ANSWERED, *MOOT}))
    return last if last is not None and last.kind == REQUESTED else None


@guard("may_ask_for_time")
def may_ask_for_time(step: Step) -> Message | None:
    """A clock of the applicant's runs, its date has not passed, and no other request waits."""
    if open_request(step.case) is not None:
        return N_("You have asked for more time already. We answer that request first.")
    running = [
        clock
        for clock, _ in standards.clocks_of([step.case.id])
        if clock.side in THEIRS and clock.state == "running" and clock.due_at is not None
    ]
    if not running:
        return N_("No time of yours is running that could be made longer.")
    if all(clock.due_at is not None and clock.due_at < step.now for clock in running):
        return N_("The date has passed. More time has to be asked for before it; write us a message instead.")
    return None


@guard("asked_for_time")
def asked_for_time(step: Step) -> Message | None:
    """There is a request to be refused."""
    return None if open_request(step.case) is not None else N_("Nobody has asked for more time.")


@effect("message_request")
def message_request(step: Step) -> None:
    """Put a request with its reason among the messages both sides read: the secretariat decides where it reads."""
    days = int(step.inputs["days"])
    with i18n.in_language(step.actor.language):
        wish = ngettext(
            "I ask for %(number)s more working day.",
            "I ask for %(number)s more working days.",
            days,
            number=i18n.show_number(days),
        )
    db.session.add(
        CaseMessage(
            case_id=step.case.id,
            visibility=BOTH,
            from_staff=False,
            author_id=step.actor.person_id,
            author_name=step.actor.name,
            language=step.actor.language,
            body=f"{wish}\n\n{step.inputs['reason']}",
            sent_at=step.now,
        )
    )
    # Mails show days as a number of its own; other answers of a move travel as text.
    step.mail_context["days"] = days
