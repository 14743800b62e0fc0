"""Project proposals and concept notes brought to where a test wants them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.cases.service import answer, start
from portal.cases.service.move import make_move
from portal.infra.db import db
from portal.organisations.models import Organisation
from tests.factories import NOW, World
from tests.integration.cases import stories

PROSE = "The city grows faster than its plans and wants to change this with its people."
HOUR = timedelta(hours=1)


def open_call(world: World, slug: str, instrument: str, **more: Any) -> Call:
    """A call of an instrument, open since the beginning of the year."""
    base = db.session.scalars(select(Call).where(Call.id == world[slug].call)).one()
    known = instruments.instrument(instrument)
    facts: dict[str, Any] = {
        "code": f"{instrument.replace('_', '-')}s",
        "instrument": instrument,
        "title": dict(known.title.by_language),
        "summary": dict(known.summary.by_language),
        "form_version": known.forms["application"][1],
        "workflow_version": known.workflow,
        "languages": list(base.languages),
        "opens_at": base.opens_at,
        "closes_at": None,
        "zone": base.zone,
        "eligible_on": base.eligible_on,
        "policy_overrides": {},
    }
    row = db.session.scalars(select(Call).where(Call.code == facts["code"])).first()
    if row is None:
        row = Call(**(facts | more))
        db.session.add(row)
        db.session.flush()
    return row


def answers(case: Case, amount: str, *, citywide: bool = False, screening: str = "") -> dict[str, dict[str, Any]]:
    """Answers that leave nothing to ask. ``screening``: the question about what is not funded answered with yes."""
    base = stories.full_answers(case, amount=amount)
    found: dict[str, dict[str, Any]] = {}
    for section in instruments.form(case.instrument, case.process, case.form_version).sections:
        known = base.get(section.code, {})
        found[section.code] = {
            question.code: known.get(question.code) or (PROSE if question.kind == "longtext" else [])
            for question in section.questions
            if question.code in known or (question.kind == "longtext" and question.show_if is None)
        }
    found["place"]["citywide"] = "yes" if citywide else "no"
    asked = ("emergency", "research", "members_work")
    found["screening"] = {code: "yes" if code == screening else "no" for code in asked}
    if screening:
        found["screening"][f"{screening}_details"] = PROSE
    if "costs" in {q.code for s in instruments.form(case.instrument, case.process, 1).sections for q in s.questions}:
        found["budget"]["costs"] = [{"_row": "c1", "source": "City", "cash": "5000.00", "in_kind": "0.00"}]
    return found


def draft(
    world: World, slug: str = "alpha", amount: str = "300000.00", *, instrument: str = "project_proposal",
    organisation: str = "vilankulo", now: datetime = NOW, **more: Any,
) -> Case:  # fmt: skip
    """A draft that only waits to be signed and submitted."""
    call = open_call(world, slug, instrument)
    wanted = world[slug].organisations[organisation]
    row = db.session.scalars(select(Organisation).where(Organisation.id == wanted)).one()
    lead = world.actor(slug, f"{organisation}.lead")
    case = start.start_application(lead, call, row, row.language, now)
    for section, values in answers(case, amount, **more).items():
        answer.save_section(case, section, values, lead, now, seen={})
    return case


def submit(world: World, case: Case, now: datetime = NOW) -> Case:
    """Sign where the tenant asks for it, and submit."""
    then = now + timedelta(minutes=5)
    slug = next(part.slug for part in world.tenants.values() if part.id == case.tenant_id)
    if slug == "alpha":
        signed = {"typed_name": "A Mayor", "confirm": "yes"}
        make_move(case, "sign", stories.who(world, case, "signatory"), then, signed)
    return make_move(case, "submit", stories.who(world, case, "lead"), then)


def submitted(world: World, slug: str = "alpha", amount: str = "300000.00", **more: Any) -> Case:
    """A case that was submitted and acknowledged."""
    return submit(world, draft(world, slug, amount, **more), more.get("now", NOW))


def to_coordinate(world: World, case: Case, now: datetime = NOW + HOUR) -> Case:
    """Found complete, translated where needed and, a proposal, assessed: waits for the next circular."""
    stories.complete(world, case, now)
    if case.state == "translating":
        stories.filed_translation(world, case, now)
        make_move(case, "accept_translation", stories.who(world, case, "officer"), now + HOUR)
    if case.state == "assessing":
        stories.assessed(world, case, now + 2 * HOUR)
    return case
