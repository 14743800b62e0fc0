"""A partnership agreement from the draft to the day it is in force, by the verbs people use; every instant is given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Affiliation, Person
from portal.accounts.service import hash_password
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import answer
from portal.cases.service.move import make_move
from portal.cases.service.start import start_application
from portal.core.actor import CLIENT_ROLES
from portal.infra.db import db
from portal.organisations.models import Organisation, OrganisationMember
from portal.review.queries import record
from portal.review.service import assess, letter
from portal.tenants import queries as tenants
from portal.translation import queries as translations
from portal.translation.service import translate
from tests.factories import NOW, World
from tests.integration.cases.stories import contact

CODE = "partnership_agreement"
PASSWORD = "correct horse battery staple"
DAY = timedelta(days=1)
PROSE = "As cidades crescem depressa e querem planear em conjunto com {o governo} e 50% dos bairros."
#: who files: (organisation, kind, country, language)
GOVERNMENT = ("ghana", "national_government", "GH", "en")
ASSOCIATION = ("mayors", "association", "GH", "en")


def elements() -> list[str]:
    """The codes of the elements a programme may have, as the form lists them."""
    question = instruments.form(CODE, "application", 1).question("programme.elements")
    return [choice.code for choice in next(part for part in question.parts if part.code == "element").choices]


def answers(country: str, email: str, *, years: int = 4) -> dict[str, dict[str, Any]]:
    """Answers that leave nothing to ask, with every element of the programme."""
    return {
        "who": {"submitter": {**contact("A Minister"), "email": email}, "contact": contact("C D"), "parties": []},
        "place": {
            "title": "Parceria para as cidades secundárias",
            "scope": "country",
            "country": country,
            "start": "2026-07",
            "years": years,
        },
        "objectives": {
            "background": PROSE,
            "purpose": PROSE,
            "targets": [
                {
                    "_row": "t1",
                    "objective": "Água para todos",
                    "indicator": "Famílias ligadas",
                    "baseline": "40 %",
                    "target": "70 %",
                    "year": years,
                }
            ],
        },
        "programme": {
            "elements": [
                {
                    "_row": f"e{number}",
                    "element": code,
                    "activities": f"Trabalho {number}",
                    "lead": "Associação",
                    "from_year": 1,
                    "to_year": years,
                }
                for number, code in enumerate(elements(), 1)
            ],
            "left_out": "",
        },
        "environment": {"environment": PROSE},
        "partners": {
            "members": [{"_row": "m1", "organisation": {"id": None, "name": "UN-Habitat"}, "contribution": "Peritos"}],
            "commitment": PROSE,
            "budget": [{"_row": "b1", "source": "Governo", "purpose": "Cartografia", "amount": "150000.00"}],
        },
        "governance": {"governance": PROSE, "review": "yearly", "monitoring": PROSE},
        "attachments": {"attachments": []},
        "declaration": {"declaration": True},
    }


def call(world: World, slug: str) -> Call:
    """The tenant's open call for partnership agreements."""
    found = db.session.scalars(select(Call).where(Call.instrument == CODE)).first()
    if found is None:
        found = Call(
            code="partnerships",
            instrument=CODE,
            title={"en": "Partnership agreements"},
            summary={"en": "Frameworks of several years"},
            form_version=1,
            workflow_version=1,
            languages=["en", "fr", "pt", "ar"],
            opens_at=datetime(2020, 1, 1, tzinfo=UTC),
            closes_at=None,
            zone=tenants.by_id(world[slug].id).zone,
            eligible_on=date(2026, 1, 1),
            policy_overrides={},
        )
        db.session.add(found)
        db.session.flush()
    return found


def organisation(world: World, slug: str, facts: tuple[str, str, str, str]) -> str:
    """An organisation of another kind than the world has, with a person for every role; its name."""
    name, kind, country, language = facts
    part = world[slug]
    row = Organisation(name=f"Office of {name}", kind=kind, country=country, language=language, created_at=NOW)
    db.session.add(row)
    db.session.flush()
    for role in CLIENT_ROLES:
        email = f"{name}.{role}@{slug}.example"
        person = Person(
            email=email,
            name=f"{name.title()} {role.title()}",
            language=language,
            session_key=f"{slug}-{name}-{role}",
            created_at=NOW,
        )
        db.session.add(person)
        db.session.flush()
        db.session.add(OrganisationMember(organisation_id=row.id, person_id=person.id, role=role, since=NOW))
        db.session.add(Affiliation(tenant_id=part.id, person_id=person.id))
        part.people[f"{name}.{role}"] = person.id
    part.organisations[name] = row.id
    return name


def filed(world: World, slug: str = "alpha", who: str = "vilankulo", now: datetime = NOW, *, years: int = 4) -> Case:
    """A proposal that was signed where the tenant asks for it, and submitted."""
    owner = db.session.scalars(select(Organisation).where(Organisation.id == world[slug].organisations[who])).one()
    lead, signatory = world.actor(slug, f"{who}.lead"), world.actor(slug, f"{who}.signatory")
    case = start_application(lead, call(world, slug), owner, owner.language, now)
    for section, values in answers(owner.country, f"{who}.signatory@{slug}.example", years=years).items():
        answer.save_section(case, section, values, lead, now, seen={})
    then = now + timedelta(minutes=5)
    if tenants.by_id(world[slug].id).policy.sign_off_required:
        make_move(case, "sign", signatory, then, {"typed_name": signatory.name, "confirm": "yes"})
    return make_move(case, "submit", lead, then)


def judged(recommendation: str = "approve") -> dict[str, dict[str, Any]]:
    """A complete review form: every criterion met, as the form lists them."""
    form = instruments.form(CODE, "review", 1)
    given = {q.code: "met" for q in form.section("criteria").questions if q.kind == "choice"}
    return {"criteria": given, "recommendation": {"recommendation": recommendation, "summary": "A sound programme."}}


def assessed(world: World, case: Case, slug: str = "alpha", now: datetime = NOW) -> Case:
    """The proposal found complete, translated where it has to be, and assessed; a day for each step."""
    officer, translator = world.actor(slug, "officer"), world.actor(slug, "translator")
    make_move(case, "find_complete", officer, now + DAY)
    if case.state == "translating":
        snapshot = cases.last_submission(case.id)
        assert snapshot is not None
        texts = {item.path: f"In English: {item.text}" for item in translations.items(case, snapshot)}
        translate.save_draft(case, texts, translator, now + 2 * DAY)
        make_move(case, "file_translation", translator, now + 2 * DAY)
        make_move(case, "accept_translation", officer, now + 3 * DAY)
    assess.save_assessment(case, judged(), officer, now + 4 * DAY)
    return make_move(case, "file_assessment", officer, now + 4 * DAY)


def told(world: World, case: Case, move: str = "approve", slug: str = "alpha", now: datetime = NOW) -> Case:
    """Decided by the manager, and the letter sent by another officer than the one who decided."""
    words = {"grounds": "It serves the poorest quarters.", "conditions": "Name a {leader}\nOpen an account"}
    make_move(case, move, world.actor(slug, "manager"), now + 5 * DAY, words)
    officer = world.actor(slug, "officer")
    letter.mark_seen(case, letter.digests(record.letters_of(case.id)), officer, now + 6 * DAY)
    return make_move(case, "send_letter", officer, now + 6 * DAY)


def approved(
    world: World, slug: str = "alpha", who: str = "vilankulo", move: str = "approve", now: datetime = NOW
) -> Case:
    """A case whose agreement was drawn up and waits to be sent."""
    case = filed(world, slug, who, now)
    return told(world, assessed(world, case, slug, now), move, slug, now)


def sent(world: World, slug: str = "alpha", who: str = "vilankulo", now: datetime = NOW) -> Case:
    """A case whose agreement waits for the signatory."""
    case = approved(world, slug, who, now=now)
    return make_move(case, "send_agreement", world.actor(slug, "officer"), now + 7 * DAY)


def give_password(person_id: UUID) -> None:
    """Let a person of the world log in and sign."""
    person = db.session.get(Person, person_id)
    assert person is not None
    person.password_hash = hash_password(PASSWORD)
    db.session.flush()


def accepted(world: World, slug: str = "alpha", who: str = "vilankulo", now: datetime = NOW) -> Case:
    """A partnership in force."""
    case = sent(world, slug, who, now)
    signatory = world.actor(slug, f"{who}.signatory")
    give_password(world[slug].people[f"{who}.signatory"])
    inputs = {"typed_name": signatory.name, "password": PASSWORD, "confirm": "on"}
    return make_move(case, "accept_agreement", signatory, now + 8 * DAY, inputs, address="192.0.2.7")
