"""A case that was approved, and what happens to it from there; every instant is given."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.service import hash_password
from portal.calls.models import Call
from portal.cases import queries as cases
from portal.cases.models import Answers, Case
from portal.cases.service import events, steps
from portal.cases.service.move import make_move, workflow_of
from portal.cases.service.start import start_application
from portal.cases.service.steps import Step
from portal.cases.service.submission import freeze_submission
from portal.core.actor import Actor
from portal.grants.service.make import make_grant
from portal.infra.db import db
from portal.organisations.models import Organisation
from portal.review.models import Decision
from tests.factories import NOW, World

PASSWORD = "correct horse battery staple"
DAY = timedelta(days=1)
RECIPIENT = "Município de Vilankulo"
BUDGET = (
    ("Household survey", "consultants", "40000.00"),
    ("Workshops", "training", "20000.50"),
    ("Audit", "audit", "11999.50"),
)


def answers(amount: str = "72000.00", budget: tuple[tuple[str, str, str], ...] = BUDGET) -> dict[str, dict[str, Any]]:
    """What the grant is made of; nothing else of the form matters here."""
    rows = [
        {"_row": f"r{n}", "component": c, "category": k, "grant": g, "cofin_cash": "0", "cofin_kind": "0"}
        for n, (c, k, g) in enumerate(budget, 1)
    ]
    return {
        "who": {"recipient": {"name": "Ana Mabote", "organisation": RECIPIENT, "email": "ana@x.example"}},
        "place": {"title": "Plano {de} 50% bairros", "country": "MZ", "cities": []},
        "budget": {"budget": rows, "duration": "12", "amount": amount},
    }


def submitted(world: World, slug: str, organisation: str, now: datetime = NOW) -> Case:
    """A case with a frozen submission, as the secretariat has it before deciding."""
    part = world[slug]
    lead = world.actor(slug, f"{organisation}.lead")
    call = db.session.scalars(select(Call).where(Call.id == part.call)).one()
    owner = db.session.scalars(select(Organisation).where(Organisation.id == part.organisations[organisation])).one()
    case = start_application(lead, call, owner, owner.language, now)
    for section, data in answers().items():
        db.session.add(Answers(case_id=case.id, section=section, data=data, stamps={}, version=1, changed_at=now))
    case.title, case.amount, case.city = "Plano {de} 50% bairros", Decimal("72000.00"), "Vilankulo"
    db.session.flush()
    workflow = workflow_of(case)
    freeze_submission(Step(case, workflow, workflow.moves["submit"], lead, now, {}))
    events.append(case, "submitted", lead, now)
    return case


def decided(world: World, slug: str, organisation: str, outcome: str, now: datetime = NOW) -> Case:
    """A case with a standing decision, whose letter was sent and whose grant was made if it was approved."""
    case = submitted(world, slug, organisation, now)
    manager = world.actor(slug, "manager")
    db.session.add(
        Decision(
            case_id=case.id,
            outcome=outcome,
            grounds="Good",
            conditions="Name a coordinator {now}\nOpen an account",
            decided_by=manager.person_id,
            decided_by_name=manager.name,
            decided_at=now,
        )
    )
    db.session.flush()
    workflow = workflow_of(case)
    officer = world.actor(slug, "officer")
    step = Step(case, workflow, workflow.moves["send_letter"], officer, now, {})
    make_grant(step)
    events.append(case, "letter_sent", officer, now, step.facts)
    case.state, case.owner, case.tab = "agreement", "secretariat", "agreement"
    events.refresh_clocks(case, now)
    db.session.flush()
    return case


def approved(world: World, slug: str = "alpha", organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """An approved case with its grant, the agreement still to be sent."""
    return decided(world, slug, organisation, "approved", now)


def sent(world: World, slug: str = "alpha", organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """A case whose agreement waits for the signatory."""
    case = approved(world, slug, organisation, now)
    return make_move(case, "send_agreement", world.actor(slug, "officer"), now + DAY)


def accepted(world: World, slug: str = "alpha", organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """A grant under way: the signatory has accepted, tranche 1 is released, report 1 is open."""
    case = sent(world, slug, organisation, now)
    signatory = world.actor(slug, f"{organisation}.signatory")
    give_password(world[slug].people[f"{organisation}.signatory"])
    inputs = {"typed_name": signatory.name, "password": PASSWORD, "confirm": "on"}
    return make_move(case, "accept_agreement", signatory, now + 2 * DAY, inputs, address="192.0.2.7")


def give_password(person_id: UUID) -> None:
    """Let a person of the world log in and sign."""
    person = db.session.get(Person, person_id)
    assert person is not None
    person.password_hash = hash_password(PASSWORD)
    db.session.flush()


def report_of(case: Case, number: int = 1) -> Case:
    """The report of a grant with this number."""
    return next(report for report in cases.reports_of(case.id) if report.subject == f"report-{number}")


def fill_report(report: Case, spent: tuple[str, ...], now: datetime) -> None:
    """Answer the whole report, with what was spent on each line."""
    rows = [dict(row) for row in cases.answers_of(report.id)["funds"]["use_of_funds"]]
    for row, amount in zip(rows, spent, strict=True):
        row["spent"] = amount
    whole: dict[str, dict[str, Any]] = {
        "activities": {
            "summary": "The survey was made.",
            "progress": [{"_row": "r1", "what": "Survey", "status": "done", "note": ""}],
        },
        "results": {
            "outputs": [{"_row": "r1", "output": "Survey report", "status": "achieved", "evidence": ""}],
            "participation": "Two hundred households, half of them women.",
        },
        "funds": {
            "period_from": "2026-03",
            "period_to": "2026-06",
            "use_of_funds": rows,
            "variance_explanation": "Cheaper offers.",
        },
        "outlook": {"problems": "None", "next_steps": "The plan."},
        "declaration": {"declaration": True},
    }
    kept = cases.answer_rows(report.id)
    for section, data in whole.items():
        row = kept.get(section)
        if row is None:
            db.session.add(Answers(case_id=report.id, section=section, data=data, stamps={}, version=1, changed_at=now))
        else:
            row.data = data
    db.session.flush()


def settle_report(world: World, case: Case, now: datetime, spent: tuple[str, ...], slug: str = "alpha") -> Case:
    """Submit the first report and accept it the day after."""
    report = report_of(case)
    fill_report(report, spent, now)
    lead = world.actor(slug, "vilankulo.lead" if slug == "alpha" else "douala.lead")
    report = make_move(report, "submit", lead, now)
    return make_move(report, "accept_report", world.actor(slug, "officer"), now + DAY)


def refusal(case: Case, code: str, actor: Actor, now: datetime) -> str:
    """What refuses a move now, in English; empty when nothing does."""
    workflow = workflow_of(case)
    message = steps.refusal(Step(case, workflow, workflow.moves[code], actor, now, {}))
    return message.id % message.values if message else ""
