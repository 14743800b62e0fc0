"""The part of a story in which the grant is executed: agreement, payments, reports, closing."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from portal.cases.service import answer, document
from portal.cases.service.move import make_move
from portal.demo.content import DemoContentError, DemoReport, Milestone
from portal.demo.service.stage import Stage, store_paper
from portal.grants import queries as grants
from portal.grants.models import Tranche
from portal.grants.service import payments
from portal.infra import jobs, pdf
from portal.infra.db import db
from portal.review.queries import followed
from portal.review.service import conditions

#: From where the agreement was accepted, as the record keeps it (an address for documentation, RFC 5737).
ADDRESS = "192.0.2.10"
#: what the officer notes of a condition when the grant is closed
EVIDENCE = "Seen in the reports that were accepted."


def agreement_sent(stage: Stage, milestone: Milestone) -> None:
    """The officer sends the agreement to the signatory, once it is typeset."""
    typeset(stage)
    make_move(stage.case, "send_agreement", stage.monitor, stage.time.at(milestone.day))


class InPlace(jobs.Run):
    """A job done within the transaction that asked for it."""

    def release(self) -> None:
        """Keep the transaction: what the job reads is not committed yet."""
        db.session.flush()


def typeset(stage: Stage) -> None:
    """Make the PDFs of the agreement at once: its sending waits for them. The worker makes all others later."""
    if not pdf.available():
        return
    now = stage.time.last or stage.time.now
    for paper in grants.agreements_of(stage.case.id):
        payload = {"document": str(paper.id)}
        run = InPlace(
            uuid7(), document.RENDER, payload, stage.tenant.id, 1, True, now, timedelta(minutes=2), lambda: now
        )
        document.render_document(run)
    db.session.flush()


def agreement_accepted(stage: Stage, milestone: Milestone) -> None:
    """The signatory accepts it with her name and password."""
    person = stage.content.world.in_role(stage.demo.organisation, "signatory")
    inputs = {"typed_name": person.name, "password": person.password, "confirm": True}
    at = stage.time.at(milestone.day)
    make_move(stage.case, "accept_agreement", stage.actor(person.code), at, inputs, address=ADDRESS)


def paid(stage: Stage, milestone: Milestone) -> None:
    """One finance officer enters the payment, another person approves it."""
    first = stage.staff("finance_officer")
    second = stage.staff("finance_officer", but=(_code(stage, first.name),))
    number = int(str(milestone.subject).rpartition("-")[2])
    at = stage.time.at(milestone.day)
    day = at.astimezone(ZoneInfo(stage.tenant.zone)).date()
    amount = _tranche(stage, number).amount
    reference = f"{stage.tenant.reference_prefix}-{day:%y%m%d}-{number}"
    payment = payments.enter_payment(stage.case, number, amount, day, reference, first, at)
    payments.approve_payment(payment.id, second, stage.time.soon(50))


def _tranche(stage: Stage, number: int) -> Tranche:
    grant = grants.of_case(stage.case.id)
    for tranche in grants.tranches_of(grant.id) if grant else ():
        if tranche.number == number:
            return tranche
    raise DemoContentError(f"case {stage.demo.code}: the grant has no tranche {number} to be paid.")


def _code(stage: Stage, name: str) -> str:
    return next(person.code for person in stage.content.people if person.name == name)


def report_submitted(stage: Stage, milestone: Milestone) -> None:
    """The lead submits a report, or submits it again after mending what was returned."""
    subject = str(milestone.subject)
    case, at = stage.report(subject), stage.time.at(milestone.day)
    lead = stage.client("lead")
    if case.state == "due":
        written = _report(stage, subject)
        answers = written.answers(stage.time.now.date())
        store_paper(case, written.paper, answers, lead, at)
        for section, values in answers.items():
            answer.save_section(case, section, values, lead, at, seen={})
        make_move(case, "submit", lead, stage.time.soon(20))
    else:
        make_move(case, "resubmit", lead, at)


def _report(stage: Stage, subject: str) -> DemoReport:
    for report in stage.demo.reports:
        if report.subject == subject:
            return report
    raise DemoContentError(f"case {stage.demo.code}: write {subject}, which is to be submitted.")


def report_returned(stage: Stage, milestone: Milestone) -> None:
    """The officer sends sections of a report back."""
    subject = str(milestone.subject)
    back = next((entry for entry in stage.demo.returns if entry.subject == subject), None)
    if back is None:
        raise DemoContentError(f"case {stage.demo.code}: say under “report_returned” what {subject} lacks.")
    inputs = {"sections": dict.fromkeys(back.sections, back.reason)}
    make_move(stage.report(subject), "return_sections", stage.monitor, stage.time.at(milestone.day), inputs)


def report_accepted(stage: Stage, milestone: Milestone) -> None:
    """The officer accepts a report, which releases the tranche that waits for it."""
    make_move(stage.report(str(milestone.subject)), "accept_report", stage.monitor, stage.time.at(milestone.day))


def completed(stage: Stage, milestone: Milestone) -> None:
    """The officer has seen that the conditions are met, and closes the grant."""
    at = stage.time.at(milestone.day)
    for row in followed.of_case(stage.case.id):
        conditions.meet(stage.case, row.id, EVIDENCE, stage.monitor, at)
    make_move(stage.case, "complete", stage.monitor, stage.time.soon(20))
