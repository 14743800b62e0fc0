"""Cases brought to where a test wants them, by the same verbs people use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.calls.models import Call
from portal.cases.models import Case
from portal.cases.service import answer, start
from portal.cases.service.move import make_move
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.organisations.models import Organisation
from tests.factories import NOW, World


def start_draft(world: World, slug: str, organisation: str, *, who: str = "lead", now: datetime = NOW) -> Case:
    """A draft of an organisation, in the organisation's language."""
    part = world[slug]
    call = db.session.scalars(select(Call).where(Call.id == part.call)).one()
    row = db.session.scalars(select(Organisation).where(Organisation.id == part.organisations[organisation])).one()
    return start.start_application(world.actor(slug, f"{organisation}.{who}"), call, row, row.language, now)


def proof(case: Case, name: str = "letter.pdf") -> dict[str, Any]:
    """A file that was uploaded to a case, as its answer names it."""
    row = StoredFile(
        name=name,
        size=1000,
        media_type="application/pdf",
        sha256="0" * 64,
        storage_key=f"no/{case.id}-{name}",
        case_id=case.id,
        uploaded_at=NOW,
    )
    db.session.add(row)
    db.session.flush()
    return {"id": str(row.id), "name": name, "size": 1000, "type": "application/pdf"}


def contact(name: str) -> dict[str, str]:
    """A contact with everything that is asked."""
    return {
        "name": name,
        "position": "Planner",
        "organisation": "Municipality",
        "address": "1 Main Street",
        "email": "planner@city.example",
        "phone": "+258 84 123 4567",
    }


def full_answers(case: Case, *, amount: str = "20000.00") -> dict[str, dict[str, Any]]:
    """Answers that leave nothing to ask, for a preparatory grant."""
    prose = "The city grows faster than its plans and wants to prepare a strategy with its people."
    return {
        "who": {"submitter": contact("A B"), "contact": contact("C D"), "recipient": contact("E F"), "other_parties": []},
        "sponsors": {
            "sponsors": [
                {
                    "_row": "s1",
                    "organisation": {"id": None, "name": "UN-Habitat"},
                    "signatory": contact("G H"),
                    "contact": contact("I J"),
                    "proof": proof(case),
                }
            ]
        },
        "place": {
            "title": "A strategy for the city",
            "activity_type": "cds",
            "scope": "city",
            "country": case.country,
            "cities": [{"_row": "c1", "city": {"id": None, "name": "Vilankulo", "country": case.country}}],
        },
        "purpose": {
            "background": prose,
            "purpose": prose,
            "leads_to": "cds_proposal",
            "leads_to_details": prose,
        },
        "activities": {
            "approach": prose,
            "activities": [{"_row": "a1", "what": "Consult", "from_month": "1", "to_month": "3", "who": "City"}],
        },
        "results": {
            "outputs": [{"_row": "o1", "output": "A proposal", "month": "6"}],
            "stakeholders": prose,
            "environment": prose,
        },
        "budget": {
            "budget": [
                {
                    "_row": "b1",
                    "component": "Consultation",
                    "category": "consultants",
                    "grant": amount,
                    "cofin_cash": "1000.00",
                    "cofin_kind": "500.00",
                }
            ],
            "duration": "9",
            "amount": amount,
            "cofinancing_note": "",
        },
        "execution": {"client_executes": "yes"},
        "attachments": {"attachments": []},
        "declaration": {"declaration": True},
    }


def fill(world: World, slug: str, organisation: str, case: Case, now: datetime = NOW) -> None:
    """Answer everything."""
    lead = world.actor(slug, f"{organisation}.lead")
    for section, values in full_answers(case).items():
        answer.save_section(case, section, values, lead, now, seen={})


def submitted(world: World, slug: str = "alpha", organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """A case that was signed where the tenant asks for it, and submitted."""
    case = start_draft(world, slug, organisation, now=now)
    fill(world, slug, organisation, case, now)
    then = now + timedelta(minutes=5)
    if slug == "alpha":
        signatory = world.actor(slug, f"{organisation}.signatory")
        make_move(case, "sign", signatory, then, {"typed_name": "A Mayor", "confirm": "yes"})
    return make_move(case, "submit", world.actor(slug, f"{organisation}.lead"), then)
