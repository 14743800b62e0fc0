"""Pay: one finance officer enters what left the account, another person approves it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.cases import queries as cases
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.rules.inputs import clean
from portal.cases.service import events
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import HELD_BY, Permission
from portal.core.text import N_, Message
from portal.grants import queries
from portal.grants.models import Grant, Payment, Tranche
from portal.infra.db import db
from portal.tenants import queries as tenants

CENT = Decimal("0.01")


def enter_payment(
    case: Case,
    tranche_number: int,
    amount: Decimal,
    paid_on: date,
    bank_reference: str,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Enter a payment of a released tranche; it counts once another person has approved it.

    :param case: the application's case; :param amount: in the grant's currency, whole cents.
    :param paid_on: the day the money left the account, in the tenant's zone.
    :raises NotAllowed: when the actor is no finance officer. :raises NotNow: when the tranche is not released, or paid.
    :raises Invalid: when the amount is more than is left of the tranche, the day lies ahead or before the release, or
        the bank's reference is missing.
    """
    _may(actor, Permission.PAYMENT_RECORD)
    case = cases.locked(case.id)
    grant, tranche = _released(case, tranche_number)
    left = tranche.amount - open_sum(tranche)
    zone = ZoneInfo(tenants.by_id(case.tenant_id).zone)
    reference = clean(bank_reference)
    problems = _amount_problem(amount, left) | _day_problem(paid_on, tranche, zone, now)
    if not reference or len(reference) > 80:
        problems["bank_reference"] = N_("Enter the bank's reference, at most 80 characters.")
    if problems:
        raise Invalid(problems)
    row = Payment(
        tranche_id=tranche.id,
        amount=amount,
        currency=grant.currency,
        paid_on=paid_on,
        bank_reference=reference,
        entered_by=actor.person_id,
        entered_by_name=actor.name,
        entered_at=now,
    )
    db.session.add(row)
    db.session.flush()
    role = Role.FINANCE_OFFICER
    events.append(case, "payment_entered", actor, now, _facts(row), subject=subject_of(tranche), role=role)
    return row


def approve_payment(payment_id: UUID, actor: Actor, now: datetime) -> Payment:
    """Approve a payment another person entered; a tranche paid in full ends the promise to pay.

    :raises NotAllowed: for who entered it, and for anybody who is neither finance officer nor programme manager.
    :raises NotNow: when it was approved or refused already.
    """
    role = _may(actor, Permission.PAYMENT_APPROVE)
    case, row, tranche, grant = _open_payment(payment_id)
    if actor.person_id is None or row.entered_by == actor.person_id:
        raise NotAllowed(N_("Another person than the one who entered a payment has to approve it."))
    row.approved_by, row.approved_by_name, row.approved_at = actor.person_id, actor.name, now
    db.session.flush()
    whole = approved_sum(tranche) >= tranche.amount
    if whole:
        tranche.paid_at = now
    told = {"paid_on": row.paid_on.isoformat(), "bank_reference": row.bank_reference}
    kind = "paid" if whole else "paid_in_part"
    events.append(case, kind, actor, now, _facts(row) | told, subject=subject_of(tranche), role=role)
    events.refresh_clocks(case, now)
    context = {"amount": str(row.amount), "currency": grant.currency, "tranche": tranche.number}
    notify("paid", "applicants", case, now, {**context, "paid_on": row.paid_on, "bank_reference": row.bank_reference})
    return row


def refuse_payment(payment_id: UUID, reason: str, actor: Actor, now: datetime) -> Payment:
    """Refuse a payment that is not approved yet; who entered it may take it back too.

    :raises NotAllowed: for anybody who is neither finance officer nor programme manager.
    :raises NotNow: when it was approved or refused already. :raises Invalid: without a reason.
    """
    role = _may(actor, Permission.PAYMENT_APPROVE)
    text = clean(reason)
    if not text:
        raise Invalid({"reason": N_("Say why; it is kept with the payment.")})
    case, row, tranche, _ = _open_payment(payment_id)
    row.refused_at = now
    facts = _facts(row) | {"reason": text[:2000]}
    events.append(case, "payment_refused", actor, now, facts, subject=subject_of(tranche), role=role)
    return row


def open_sum(tranche: Tranche) -> Decimal:
    """What was entered of a tranche and not refused, in the grant's currency."""
    rows = queries.payments_of([tranche.id])
    return sum((row.amount for row in rows if row.refused_at is None), Decimal("0.00"))


def approved_sum(tranche: Tranche) -> Decimal:
    """What was approved of a tranche, in the grant's currency."""
    rows = queries.payments_of([tranche.id])
    return sum((row.amount for row in rows if row.approved_at is not None), Decimal("0.00"))


def subject_of(tranche: Tranche) -> str:
    """How events name a tranche: ``tranche-1``."""
    return f"tranche-{tranche.number}"


def _may(actor: Actor, permission: Permission) -> str:
    """The role by which the actor may do this. :raises NotAllowed: when she has none."""
    roles = sorted(str(role) for role in actor.roles & HELD_BY[permission])
    if not roles:
        raise NotAllowed
    return roles[0]


def _released(case: Case, number: int) -> tuple[Grant, Tranche]:
    grant = queries.locked(case.id)
    tranche = next((t for t in queries.tranches_of(grant.id) if t.number == number), None) if grant else None
    if grant is None or tranche is None:
        raise NotNow(N_("This grant has no such tranche."))
    if tranche.released_at is None:
        raise NotNow(N_("This tranche waits for its condition; nothing can be paid yet."))
    if tranche.paid_at is not None:
        raise NotNow(N_("This tranche is paid already."))
    return grant, tranche


def _open_payment(payment_id: UUID) -> tuple[Case, Payment, Tranche, Grant]:
    # The case first, as everywhere: two who lock in different orders would wait for each other.
    case = cases.locked(queries.payment(payment_id)[2].case_id)
    row, tranche, grant = queries.payment(payment_id, held=True)
    if row.approved_at is not None or row.refused_at is not None:
        raise NotNow(N_("This payment was decided already."))
    return case, row, tranche, grant


def _amount_problem(amount: Decimal, left: Decimal) -> dict[str, Message]:
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(CENT):
        return {"amount": N_("Enter an amount above zero with at most two decimals.")}
    if amount > left:
        return {"amount": N_("Enter at most %(left)s: that is what is left of this tranche.", left=left)}
    return {}


def _day_problem(paid_on: date, tranche: Tranche, zone: ZoneInfo, now: datetime) -> dict[str, Message]:
    today = now.astimezone(zone).date()
    first = (tranche.released_at or now).astimezone(zone).date()
    if first <= paid_on <= today:
        return {}
    return {"paid_on": N_("Enter a day from %(first)s to %(today)s.", first=first, today=today)}


def _facts(row: Payment) -> dict[str, str]:
    return {"payment": str(row.id), "amount": str(row.amount), "currency": row.currency}
