"""Reminders: once for each evaluation, when the window closes soon."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.evaluation import mail, queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.tenants import queries as tenants

#: how long before the window closes she is reminded
BEFORE = timedelta(days=3)
NAME = "evaluation.remind"
WAITING = (queries.ASSIGNED, queries.DECLARED, queries.DRAFT)


@jobs.periodic(NAME, 3600)
def remind(run: jobs.Run) -> None:
    """Remind everybody whose evaluation is not filed and whose window closes within three days."""
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            query = (
                select(Evaluation, EvaluationRound)
                .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
                .where(
                    Evaluation.state.in_(WAITING),
                    Evaluation.reminded_at.is_(None),
                    EvaluationRound.state == queries.OPEN,
                    EvaluationRound.opens_at <= run.now,
                    EvaluationRound.closes_at > run.now,
                    EvaluationRound.closes_at <= run.now + BEFORE,
                )
                .order_by(Evaluation.id)
            )
            for one, row in db.session.execute(query).all():
                one.reminded_at = run.now
                mail.reminder(one, row, run.now)
            db.session.flush()
