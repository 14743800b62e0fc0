"""Cases brought to where a test wants them, by the same verbs people use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.service import hash_password
from portal.calls.models import Call
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import answer, start
from portal.cases.service.move import make_move
from portal.cases.service.sweep import sweep_case
from portal.core.actor import Actor, OrgRole
from portal.grants import queries as grants
from portal.grants.models import Payment
from portal.grants.service import payments
from portal.infra import pdf
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.organisations.models import Organisation
from portal.review.queries import followed
from portal.review.queries import record as reviews
from portal.review.service import assess, conditions, letter
from portal.tenants import queries as tenants
from portal.translation import queries as translations
from portal.translation.service import translate
from tests.factories import NOW, World

HOUR = timedelta(hours=1)
PASSWORD = "correct horse battery staple"


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
        "who": {
            "submitter": contact("A B"),
            "contact": contact("C D"),
            "recipient": contact("E F"),
            "other_parties": [],
        },
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


# -- further along the road; each verb takes the case and the instant, and is made by whom the workflow names


def who(world: World, case: Case, name: str) -> Actor:
    """Somebody of the case's tenant: ``officer``, or of its own organisation: ``lead``, ``signatory``."""
    part = next(part for part in world.tenants.values() if part.id == case.tenant_id)
    if name not in set(OrgRole):
        return world.actor(part.slug, name)
    owner = next(key for key, row_id in part.organisations.items() if row_id == case.organisation_id)
    return world.actor(part.slug, f"{owner}.{name}")


def complete(world: World, case: Case, now: datetime) -> Case:
    """The officer finds it complete; a translation is asked for when the secretariat does not read its language."""
    return make_move(case, "find_complete", who(world, case, "officer"), now)


def returned(world: World, case: Case, now: datetime, section: str = "purpose") -> Case:
    """The officer sends a section back to be mended."""
    inputs = {"sections": {section: "Say more about the poorest quarters."}}
    return make_move(case, "return_sections", who(world, case, "officer"), now, inputs)


def doubted(world: World, case: Case, now: datetime) -> Case:
    """The officer doubts that the applicant is eligible."""
    inputs = {"reason_code": "applicant", "grounds": "The applicant is no local authority."}
    return make_move(case, "doubt_eligibility", who(world, case, "officer"), now, inputs)


def drafted_translation(world: World, case: Case, now: datetime) -> Case:
    """The translator has written every text, and not filed it."""
    snapshot = cases.last_submission(case.id)
    assert snapshot is not None
    texts = {item.path: f"In English: {item.text}" for item in translations.items(case, snapshot)}
    translate.save_draft(case, texts, who(world, case, "translator"), now)
    return case


def queried(world: World, case: Case, now: datetime) -> Case:
    """The translator asks the applicant what is meant."""
    return make_move(case, "query_applicant", who(world, case, "translator"), now, {"question": "Which quarter?"})


def filed_translation(world: World, case: Case, now: datetime) -> Case:
    """The translator files the whole translation."""
    drafted_translation(world, case, now)
    return make_move(case, "file_translation", who(world, case, "translator"), now)


def translated(world: World, case: Case, now: datetime) -> Case:
    """The translation is filed and accepted; a case that needs none stays as it is."""
    if case.state != "translating":
        return case
    filed_translation(world, case, now)
    return make_move(case, "accept_translation", who(world, case, "officer"), now + HOUR)


def assessed(world: World, case: Case, now: datetime, recommendation: str = "approve") -> Case:
    """The officer judges every criterion and files the assessment."""
    form = assess.review_form(case, assess.form_version(case))
    criteria = next(section for section in form.sections if section.code == "criteria")
    judged = [question.code for question in criteria.questions if question.kind == "choice"]
    review = {
        "criteria": dict.fromkeys(judged, "met"),
        "recommendation": {"recommendation": recommendation, "conditions": "Name a leader", "summary": "Sound."},
    }
    officer = who(world, case, "officer")
    assess.save_assessment(case, review, officer, now)
    return make_move(case, "file_assessment", officer, now + HOUR)


def approved(world: World, case: Case, now: datetime) -> Case:
    """The manager approves it with conditions; the letter waits to be read and sent."""
    inputs = {"grounds": "It serves the poorest quarters.", "conditions": "- Name a leader\n- Open an account"}
    return make_move(case, "approve_with_conditions", who(world, case, "manager"), now, inputs)


def declined(world: World, case: Case, now: datetime) -> Case:
    """The manager declines it; the letter waits to be read and sent."""
    return make_move(case, "decline", who(world, case, "manager"), now, {"grounds": "No city stands behind it."})


def kept_back(world: World, case: Case, now: datetime) -> Case:
    """The manager says that the decision is kept back for more than a year."""
    until = (now + timedelta(days=400)).isoformat(timespec="minutes")[:16]
    given = {"until": until, "reason": "All are told on one day."}
    return make_move(case, "keep_back", who(world, case, "manager"), now, given)


def revision_asked(world: World, case: Case, now: datetime) -> Case:
    """The manager asks to revise a section and to submit again; the letter waits to be read and sent."""
    given = {"grounds": "Promising, and not ripe.", "sections": {"purpose": "Say what the poorest gain."}}
    return make_move(case, "ask_revision", who(world, case, "manager"), now, given)


def found_not_eligible(world: World, case: Case, now: datetime) -> Case:
    """The manager confirms the doubt; the letter waits to be read and sent."""
    return make_move(case, "confirm_not_eligible", who(world, case, "manager"), now)


def letter_sent(world: World, case: Case, now: datetime) -> Case:
    """The officer reads the letter in every language and sends it; an approval becomes a grant."""
    officer = who(world, case, "officer")
    letter.mark_seen(case, letter.digests(reviews.letters_of(case.id)), officer, now)
    return make_move(case, "send_letter", officer, now + HOUR)


def agreement_sent(world: World, case: Case, now: datetime) -> Case:
    """The officer sends the agreement, which is not typeset here, to the signatory."""
    with patch.object(pdf, "available", lambda: False):
        return make_move(case, "send_agreement", who(world, case, "officer"), now)


def agreement_accepted(world: World, case: Case, now: datetime) -> Case:
    """The signatory accepts with name and password: a tranche is released, a report opened."""
    signatory = who(world, case, "signatory")
    person = db.session.get(Person, signatory.person_id)
    assert person is not None
    person.password_hash = hash_password(PASSWORD)
    db.session.flush()
    inputs = {"typed_name": signatory.name, "password": PASSWORD, "confirm": "on"}
    return make_move(case, "accept_agreement", signatory, now, inputs, address="192.0.2.7")


def payment_entered(world: World, case: Case, now: datetime, number: int = 1) -> Payment:
    """A finance officer enters the payment of a whole tranche; nobody has approved it yet."""
    grant = grants.of_case(case.id)
    assert grant is not None
    tranche = next(row for row in grants.tranches_of(grant.id) if row.number == number)
    day = now.astimezone(ZoneInfo(tenants.by_id(case.tenant_id).zone)).date()
    finance = who(world, case, "finance")
    return payments.enter_payment(case, number, tranche.amount, day, f"TRX-{number}", finance, now)


def paid(world: World, case: Case, now: datetime, number: int = 1) -> Case:
    """A tranche is paid: entered by one finance officer, approved by another."""
    payment = payment_entered(world, case, now, number)
    payments.approve_payment(payment.id, who(world, case, "finance2"), now + HOUR)
    return case


def report_of(case: Case, number: int = 1) -> Case:
    """The report of a grant with this number."""
    return next(report for report in cases.reports_of(case.id) if report.subject == f"report-{number}")


def report_submitted(world: World, case: Case, now: datetime, number: int = 1) -> Case:
    """The lead fills the whole report and submits it; the report."""
    report, lead = report_of(case, number), who(world, case, "lead")
    rows = [dict(row) | {"spent": row["budget"]} for row in cases.answers_of(report.id)["funds"]["use_of_funds"]]
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
            "variance_explanation": "",
        },
        "outlook": {"problems": "Nothing", "next_steps": "The plan."},
        "attachments": {"attachments": []},
        "declaration": {"declaration": True},
    }
    for section, values in whole.items():
        answer.save_section(report, section, values, lead, now, seen={})
    return make_move(report, "submit", lead, now + HOUR)


def report_accepted(world: World, report: Case, now: datetime) -> Case:
    """The officer accepts a report, which releases the tranche that waits for it."""
    return make_move(report, "accept_report", who(world, report, "officer"), now)


def withdrawn(world: World, case: Case, now: datetime) -> Case:
    """The lead takes it back."""
    return make_move(case, "withdraw", who(world, case, "lead"), now, {"reason": "We apply elsewhere."})


def closed(world: World, case: Case, now: datetime) -> Case:
    """The grant is closed: reports accepted, tranches paid, conditions met."""
    officer = who(world, case, "officer")
    for row in followed.of_case(case.id):
        conditions.meet(case, row.id, "Seen.", officer, now)
    return make_move(case, "complete", who(world, case, "officer"), now)


# -- one case in every state


#: verbs after submission, each some hours after the one before
TO_ASSESSING = (complete, translated)
TO_DECIDING = (*TO_ASSESSING, assessed)
TO_DECIDED = (*TO_DECIDING, approved)
TO_AGREEMENT = (*TO_DECIDED, letter_sent)
TO_SIGNING = (*TO_AGREEMENT, agreement_sent)
TO_UNDER_WAY = (*TO_SIGNING, agreement_accepted)
ROADS: dict[str, tuple[Callable[..., Any], ...]] = {
    "checking": (),
    "eligibility_doubted": (doubted,),
    "returned": (returned,),
    "translating": (complete,),
    "translation_begun": (complete, drafted_translation),
    "translation_queried": (complete, queried),
    "translation_filed": (complete, filed_translation),
    "assessing": TO_ASSESSING,
    "deciding": TO_DECIDING,
    "decided": TO_DECIDED,
    "embargoed": (*TO_DECIDING, kept_back, approved),
    "revising": (*TO_DECIDING, revision_asked, letter_sent),
    "declining": (*TO_DECIDING, declined),
    "refusing": (doubted, found_not_eligible),
    "agreement": TO_AGREEMENT,
    "signing": TO_SIGNING,
    "under_way": TO_UNDER_WAY,
    "payment_entered": (*TO_UNDER_WAY, payment_entered),
    "paid": (*TO_UNDER_WAY, paid),
    "withdrawn": (withdrawn,),
    "not_eligible": (doubted, found_not_eligible, letter_sent),
    "declined": (*TO_DECIDING, declined, letter_sent),
}
STEP = timedelta(hours=3)


def one_in_every_state(world: World, slug: str, organisation: str, now: datetime) -> dict[str, Case]:
    """A case, by its stage, in every state of both workflows: on the applicant's side, the secretariat's, and ended.

    :param now: when the first of them begins; everything happens within three days, a lapse long before.
    """
    found = {"draft": start_draft(world, slug, organisation, now=now)}
    found["written"] = start_draft(world, slug, organisation, now=now)
    fill(world, slug, organisation, found["written"], now)
    discarded = start_draft(world, slug, organisation, now=now)
    found["discarded"] = make_move(discarded, "discard", who(world, discarded, "lead"), now)
    for stage, verbs in ROADS.items():
        found[stage] = _walk(world, submitted(world, slug, organisation, now), verbs, now)
    later = now + timedelta(days=1, hours=12)
    for stage, verbs in REPORTS.items():
        case = _walk(world, submitted(world, slug, organisation, now), TO_UNDER_WAY, now)
        report = report_submitted(world, case, later)
        for number, verb in enumerate(verbs, start=1):
            verb(world, report, later + number * STEP)
        found[stage] = report
    found["report_due"] = report_of(found["under_way"])
    found["closed"] = _closed(world, slug, organisation, now)
    found["lapsed"] = _lapsed(world, slug, organisation, now - timedelta(days=200))
    return found


def report_returned(world: World, report: Case, now: datetime) -> Case:
    """The officer sends a section of the report back."""
    return returned(world, report, now, "funds")


REPORTS: dict[str, tuple[Callable[..., Any], ...]] = {
    "report_reviewing": (),
    "report_returned": (report_returned,),
    "report_accepted": (report_accepted,),
}


def _walk(world: World, case: Case, verbs: tuple[Callable[..., Any], ...], now: datetime) -> Case:
    for number, verb in enumerate(verbs, start=1):
        verb(world, case, now + number * STEP)
    return case


def _closed(world: World, slug: str, organisation: str, now: datetime) -> Case:
    case = _walk(world, submitted(world, slug, organisation, now), (*TO_UNDER_WAY, paid), now)
    later = now + timedelta(days=1, hours=12)
    report_accepted(world, report_submitted(world, case, later), later + STEP)
    paid(world, case, later + 2 * STEP, 2)
    return closed(world, case, later + 3 * STEP)


def _lapsed(world: World, slug: str, organisation: str, now: datetime) -> Case:
    """Returned and never mended: the sweep lets it lapse by itself."""
    case = returned(world, submitted(world, slug, organisation, now), now + STEP)
    sweep_case(case.id, now + timedelta(days=180))
    return cases.by_id(case.id)
