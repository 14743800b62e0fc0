"""What time brings: a reminder once before a window closes, and the end of the panels when it has closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row, Select, select

from portal.core.actor import Actor
from portal.evaluation import mail, queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.service import consensus, rounds
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.tenants import queries as tenants

LOOK, REMIND, END = "evaluation.look", "evaluation.remind", "evaluation.end"
HOUR = 3600
#: how long before the window closes she is reminded
BEFORE = timedelta(days=3)
WAITING = (queries.ASSIGNED, queries.DECLARED, queries.DRAFT)


@jobs.periodic(LOOK, HOUR)
def look(run: jobs.Run) -> None:
    """Ask for the work of each tenant that has some; a tenant's failure is its own."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            hour = int(run.now.timestamp()) // HOUR
            for name, query in ((REMIND, _to_remind(run.now)), (END, _to_end(run.now))):
                if db.session.execute(query.limit(1)).first() is not None:
                    jobs.enqueue(name, {}, tenant_id=tenant.id, now=run.now, unique_key=f"{name}:{hour}")
            db.session.flush()


@jobs.handler(REMIND, lease_seconds=120, max_attempts=3)
def remind(run: jobs.Run) -> None:
    """Remind everybody of the tenant whose evaluation is not filed and whose window closes within three days."""
    found: list[Row[Evaluation, EvaluationRound]] = list(db.session.execute(_to_remind(run.now)))
    for one, row in found:
        one.reminded_at = run.now
        mail.reminder(one, row, run.now)
    db.session.flush()


@jobs.handler(END, lease_seconds=300, max_attempts=3)
def end_rounds(run: jobs.Run) -> None:
    """Close the tenant's rounds whose window is over, and end every panel in which nothing is left to agree on."""
    system = Actor.system(tenancy.required())
    found: list[EvaluationRound] = list(db.session.scalars(_to_end(run.now)))
    for row in found:
        consensus.end_panels(row, system, run.now)
        row.state = rounds.CLOSED
    db.session.flush()


def _to_remind(now: datetime) -> Select[Evaluation, EvaluationRound]:
    return (
        select(Evaluation, EvaluationRound)
        .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
        .where(
            Evaluation.state.in_(WAITING),
            Evaluation.reminded_at.is_(None),
            EvaluationRound.state == queries.OPEN,
            EvaluationRound.opens_at <= now,
            EvaluationRound.closes_at > now,
            EvaluationRound.closes_at <= now + BEFORE,
        )
        .order_by(Evaluation.id)
    )


def _to_end(now: datetime) -> Select[EvaluationRound]:
    query = select(EvaluationRound).where(EvaluationRound.state == queries.OPEN, EvaluationRound.closes_at <= now)
    return query.order_by(EvaluationRound.id)
