"""How a grant is shown: figures, bars, what is to be done now and by whom; plain values for the pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from portal.cases.models import Case, Document
from portal.cases.service.move import state_of, workflow_of
from portal.core.actor import Actor
from portal.core.permissions import HELD_BY, Permission
from portal.core.text import N_, Message, Text
from portal.grants import queries
from portal.grants.models import Grant, GrantLine, Payment, Tranche
from portal.grants.rules import terms
from portal.standards.show import ClockView, urgent_view

Segments = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class LineView:
    """A budget line: what it holds, what the accepted reports say was spent, and the difference."""

    label: str
    category: Text | str
    amount: Decimal
    spent: Decimal
    variance: Decimal
    notable: bool
    bar: Segments
    percent: float


@dataclass(frozen=True)
class PaymentView:
    """A payment: ``state`` is entered, paid or refused; what the actor may do with it."""

    id: UUID
    tranche: int
    amount: Decimal
    paid_on: date
    bank_reference: str
    entered_by: str
    approved_by: str
    state: str
    may_approve: bool = False
    may_refuse: bool = False
    own: bool = False


@dataclass(frozen=True)
class TrancheView:
    """A tranche: ``state`` is waiting, released or paid; ``report`` is the number of the report it waits for."""

    number: int
    amount: Decimal
    report: int | None
    state: str
    released_at: datetime | None
    paid_at: datetime | None
    left: Decimal
    may_enter: bool = False


@dataclass(frozen=True)
class ReportView:
    """A report of a grant: where it stands and when it is due."""

    reference: str
    number: int
    name: Text
    tone: str
    clock: ClockView | None
    state: str


@dataclass(frozen=True)
class Step:
    """What is to be done now: words, colour, and where it is done (kind of page and its reference)."""

    title: Message
    text: Message | None = None
    meaning: str = "plain"
    place: str = ""
    reference: str = ""
    button: Message | None = None


@dataclass(frozen=True)
class GrantView:
    """Everything the grant's own page shows."""

    case: Case
    grant: Grant
    state: Text
    sums: queries.Sums
    bar: Segments
    lines: list[LineView]
    tranches: list[TrancheView]
    payments: list[PaymentView]
    reports: list[ReportView]
    papers: list[Document]
    next_step: Step
    staff: bool
    variance: Decimal = field(default=queries.ZERO)


def grant_view(case: Case, grant: Grant, actor: Actor, now: datetime) -> GrantView:
    """A grant as the actor may see it. Five queries, however much there is.

    The client sees the payments that were approved, not those on their way.
    """
    staff = actor.is_staff
    lines = queries.lines_of(grant.id)
    tranches, payments = queries.money_of(grant.id)
    reports = queries.reports_of(case.id)
    papers = [paper for paper in queries.agreements_of(case.id) if staff or paper.audience == "applicant"]
    approved = [row for row in payments if row.approved_at is not None]
    paid = sum((row.amount for row in approved), queries.ZERO)
    sums = queries.Sums(grant.amount, paid, sum((line.spent for line in lines), queries.ZERO))
    numbers = {tranche.id: tranche.number for tranche in tranches}
    shown = [_payment(row, numbers[row.tranche_id], actor) for row in (payments if staff else approved)]
    parts = [_tranche(tranche, payments, actor) for tranche in tranches]
    report_views = [report_view(report, now, staff) for report in reports]
    state = state_of(case)
    return GrantView(
        case=case,
        grant=grant,
        state=state.name if staff else state.public_name,
        sums=sums,
        bar=money_bar(sums),
        lines=line_views(case, lines),
        tranches=parts,
        payments=shown,
        reports=report_views,
        papers=papers,
        next_step=next_step(case, grant, actor, parts, shown, report_views),
        staff=staff,
    )


def money_bar(sums: queries.Sums) -> Segments:
    """What was spent, and hatched what was paid and not yet spent, in per cent of what is committed."""
    whole = sums.committed or Decimal(1)
    spent = min(100.0, float(sums.spent / whole * 100))
    paid = min(100.0, float(sums.paid / whole * 100))
    return (("elapsed", 0.0, round(spent, 2)), ("paused", round(spent, 2), round(max(0.0, paid - spent), 2)))


def line_views(case: Case, lines: list[GrantLine]) -> list[LineView]:
    """The budget lines with their bars; a line on which too much was spent is red."""
    names = queries.category_names(case, case.form_version)
    views = []
    for line in lines:
        share = float(line.spent / line.amount * 100) if line.amount else 0.0
        kind = "late" if line.spent > line.amount else "elapsed"
        views.append(
            LineView(
                label=line.label,
                category=names.get(line.category, line.category),
                amount=line.amount,
                spent=line.spent,
                variance=line.amount - line.spent,
                notable=bool(line.spent) and terms.is_notable(line.amount, line.spent),
                bar=((kind, 0.0, round(min(100.0, share), 2)),),
                percent=round(share, 1),
            )
        )
    return views


def report_view(report: Case, now: datetime, staff: bool) -> ReportView:
    """A report in the list of a grant."""
    state = state_of(report)
    tone = {"accepted": "kept", "due": "soon", "returned": "soon"}.get(state.code, "plain")
    return ReportView(
        reference=report.reference,
        number=int(report.subject.rpartition("-")[2]),
        name=state.name if staff else state.public_name,
        tone=tone,
        clock=urgent_view(report, now) if report.urgent_code else None,
        state=state.code,
    )


def _payment(row: Payment, number: int, actor: Actor) -> PaymentView:
    open_ = row.approved_at is None and row.refused_at is None
    approver = not actor.roles.isdisjoint(HELD_BY[Permission.PAYMENT_APPROVE])
    own = row.entered_by == actor.person_id
    return PaymentView(
        id=row.id,
        tranche=number,
        amount=row.amount,
        paid_on=row.paid_on,
        bank_reference=row.bank_reference,
        entered_by=row.entered_by_name,
        approved_by=row.approved_by_name,
        state="paid" if row.approved_at else "refused" if row.refused_at else "entered",
        may_approve=open_ and approver and not own,
        may_refuse=open_ and approver,
        own=own,
    )


def _tranche(tranche: Tranche, payments: list[Payment], actor: Actor) -> TrancheView:
    entered: dict[UUID, Decimal] = defaultdict(lambda: queries.ZERO)
    for row in payments:
        if row.refused_at is None:
            entered[row.tranche_id] += row.amount
    left = tranche.amount - entered[tranche.id]
    recorder = not actor.roles.isdisjoint(HELD_BY[Permission.PAYMENT_RECORD])
    open_ = tranche.released_at is not None and tranche.paid_at is None
    return TrancheView(
        number=tranche.number,
        amount=tranche.amount,
        report=terms.report_needed(tranche.condition),
        state="paid" if tranche.paid_at else "released" if tranche.released_at else "waiting",
        released_at=tranche.released_at,
        paid_at=tranche.paid_at,
        left=left,
        may_enter=recorder and open_ and left > 0,
    )


def next_step(
    case: Case,
    grant: Grant,
    actor: Actor,
    tranches: list[TrancheView],
    payments: list[PaymentView],
    reports: list[ReportView],
) -> Step:
    """What this actor can do now for the grant to go on; else for whom it waits."""
    found = _for_staff(case, actor, tranches, payments, reports) if actor.is_staff else None
    found = found or _for_client(case, grant, actor, reports)
    return found or _waiting(case, tranches, reports)


def _for_staff(
    case: Case, actor: Actor, tranches: list[TrancheView], payments: list[PaymentView], reports: list[ReportView]
) -> Step | None:
    if any(payment.may_approve for payment in payments):
        return Step(N_("A payment waits for your approval"), N_("Another person entered it."), "soon", "payments")
    entering = next((tranche for tranche in tranches if tranche.may_enter), None)
    if entering is not None:
        return Step(N_("Pay tranche %(number)s", number=entering.number), N_("Its condition is met."), "soon", "enter")
    read = next((report for report in reports if report.state == "reviewing"), None)
    reference = read.reference if read else case.reference
    offered = workflow_of(case).moves_for(case.state, frozenset(str(role) for role in actor.roles))
    if read is not None and not actor.roles.isdisjoint({"programme_officer", "finance_officer"}):
        title = N_("Report %(number)s waits to be read", number=read.number)
        return Step(title, None, "soon", "desk", reference, N_("Read the report"))
    if any(move.code == "send_agreement" for move in offered):
        return Step(N_("The agreement is to be sent"), None, "soon", "desk", case.reference, N_("Open the case"))
    settled = all(tranche.state == "paid" for tranche in tranches)
    settled = settled and all(report.state in ("accepted", "waived") for report in reports)
    if settled and any(move.code == "complete" for move in offered):
        text = N_("Everything is paid and reported.")
        return Step(N_("The grant can be closed"), text, "kept", "desk", case.reference, N_("Open the case"))
    return None


def _for_client(case: Case, grant: Grant, actor: Actor, reports: list[ReportView]) -> Step | None:
    if case.state == "signing" and actor.person_id is not None and actor.person_id == grant.signatory_id:
        text = N_("Read it in your language; you will be asked for your password once more.")
        return Step(N_("The agreement waits for you"), text, "soon", "agreement", "", N_("Read and accept"))
    if not actor.in_organisation(case.organisation_id):
        return None
    owed = next((report for report in reports if report.state in ("due", "returned")), None)
    if owed is not None:
        title = (
            N_("Report %(number)s is to be mended", number=owed.number)
            if owed.state == "returned"
            else N_("Report %(number)s is due", number=owed.number)
        )
        return Step(title, None, "soon", "report", owed.reference, N_("Go to the report"))
    return None


def _waiting(case: Case, tranches: list[TrancheView], reports: list[ReportView]) -> Step:
    if case.state == "closed":
        return Step(N_("This grant is closed"), None, "kept")
    if case.state == "signing":
        return Step(N_("Waiting for the signatory to accept the agreement"), None, "waiting")
    if any(tranche.state == "released" for tranche in tranches):
        return Step(N_("Waiting for a payment by the secretariat"), None, "waiting")
    if any(report.state in ("due", "returned") for report in reports):
        return Step(N_("Waiting for a report by the client"), None, "waiting")
    if any(report.state == "reviewing" for report in reports):
        return Step(N_("Waiting for the secretariat to read a report"), None, "waiting")
    return Step(N_("Nothing has to be done now"))
