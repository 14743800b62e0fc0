"""The mails to evaluators. Nothing of a case stands in them, not even its title."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from portal.accounts import queries as accounts
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.infra.mail import queue_mail
from portal.tenants import queries as tenants


def assigned(one: Evaluation, row: EvaluationRound, now: datetime) -> None:
    """Ask an evaluator to declare herself on a case."""
    _send("evaluation_assigned", one, row, now)


def reminder(one: Evaluation, row: EvaluationRound, now: datetime) -> None:
    """Remind an evaluator that the window closes soon."""
    _send("evaluation_reminder", one, row, now)


def consensus(one: Evaluation, row: EvaluationRound, now: datetime) -> None:
    """Ask an evaluator who has filed to read and sign what the reviewers agreed on."""
    _send("evaluation_consensus", one, row, now)


def _send(template: str, one: Evaluation, row: EvaluationRound, now: datetime) -> None:
    person = accounts.by_id(one.person_id)
    if person is None or not person.active:
        return
    tenant = tenants.by_id(one.tenant_id)
    queue_mail(
        template,
        person.email,
        person.language,
        {
            "tenant_name": tenant.name.get(person.language),
            "name": person.name,
            "closes_at": row.closes_at,
            "zone": row.zone,
            "action_url": f"{current_app.config['PORTAL'].base_url}/{tenant.slug}/inbox/evaluations/{one.id}/",
        },
        case_id=None,
        now=now,
        to_name=person.name,
    )
