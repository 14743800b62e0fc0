"""Send the agreement to the signatory it names; accept it, with the evidence of who did, when and from where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Person
from portal.accounts.service import verify_password
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import events
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor, OrgRole
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.text import N_, Message
from portal.grants import queries
from portal.grants.models import Grant
from portal.grants.rules import terms
from portal.grants.rules.names import resembles
from portal.grants.service.reports import open_next_report
from portal.infra import pdf
from portal.infra.db import db
from portal.organisations.models import OrganisationMember


@guard("agreement_prepared")
def agreement_prepared(step: Step) -> Message | None:
    """The agreement is there in every language, typeset where this machine can, and somebody may sign it."""
    papers = queries.agreements_of(step.case.id)
    if not papers:
        return N_("The agreement has not been drawn up yet.")
    if pdf.available() and any(paper.file_id is None for paper in papers):
        return N_("The agreement is still being typeset. Try again in a minute.")
    if signatory_of(step.case) is None:
        return N_("The organisation has nobody who may sign. Ask its lead to invite a signatory.")
    return None


def signatory_of(case: Case) -> Person | None:
    """Who signs for the organisation: the signatory the application names as recipient, else the first one."""
    people = list(
        db.session.scalars(
            select(Person)
            .join(OrganisationMember, OrganisationMember.person_id == Person.id)
            .where(
                OrganisationMember.organisation_id == case.organisation_id,
                OrganisationMember.role == OrgRole.SIGNATORY,
                Person.active.is_(True),
            )
            .order_by(OrganisationMember.since, Person.email)
        )
    )
    snapshot = cases.last_submission(case.id)
    named = (snapshot.answers.get("who", {}).get("recipient") or {}) if snapshot else {}
    address = str(named.get("email") or "").lower()
    return next((person for person in people if person.email == address), people[0] if people else None)


@effect("send_agreement")
def send_agreement(step: Step) -> None:
    """Name the signatory and show the agreement to the applicant's side."""
    grant = queries.locked(step.case.id)
    person = signatory_of(step.case)
    if grant is None or person is None:
        raise NotNow(N_("The agreement has not been drawn up yet."))
    grant.signatory_id, grant.signatory_name, grant.sent_at = person.id, person.name, step.now
    papers = queries.agreements_of(step.case.id)
    for paper in papers:
        paper.audience, paper.sent_at = "applicant", step.now
    step.facts |= {
        "signatory": person.name,
        "documents": {paper.language: paper.source_sha256 for paper in papers},
    }
    step.mail_context |= {"signatory": person.name, "amount": str(grant.amount), "currency": grant.currency}


@effect("accept_agreement")
def accept_agreement(step: Step) -> None:
    """Accept as the signatory the agreement names; release the first tranche and open the first report.

    :raises NotAllowed: for another person than the one named.
    :raises Invalid: when the password is wrong or the typed name is not the signatory's.
    """
    grant = queries.locked(step.case.id)
    if grant is None or grant.sent_at is None:
        raise NotNow(N_("The agreement has not been sent yet."))
    if step.actor.person_id is None or step.actor.person_id != grant.signatory_id:
        raise NotAllowed(N_("Only %(name)s, whom the agreement names, may accept it.", name=grant.signatory_name))
    typed = str(step.inputs["typed_name"])
    _check_identity(step, grant, typed)
    grant.accepted_at, grant.accepted_by = step.now, step.actor.person_id
    grant.accepted_name, grant.accepted_address = typed[:200], step.address[:64]
    papers = queries.agreements_of(step.case.id)
    step.facts |= {
        "address": grant.accepted_address,
        "documents": {paper.language: paper.source_sha256 for paper in papers},
    }
    step.mail_context |= {"signatory": typed, "amount": str(grant.amount), "currency": grant.currency}
    release(step.case, grant, terms.AGREEMENT_ACCEPTED, step.now)
    open_next_report(step.case, grant, 1, step.now)


def _check_identity(step: Step, grant: Grant, typed: str) -> None:
    person = accounts.by_id(step.actor.person_id) if step.actor.person_id else None
    problems: dict[str, Message] = {}
    if person is None or not verify_password(person, str(step.inputs["password"])):
        problems["password"] = N_("This is not your password. Enter it once more.")
    if not resembles(typed, grant.signatory_name):
        problems["typed_name"] = N_("Type the name as the agreement has it: %(name)s.", name=grant.signatory_name)
    if problems:
        raise Invalid(problems)


def release(case: Case, grant: Grant, condition: str, now: datetime) -> list[int]:
    """Release the tranches whose condition is now met; the promise to pay begins with it.

    :param case: the application's case, loaded for writing.
    :returns: the numbers of the tranches released.
    """
    released = []
    for tranche in queries.tranches_of(grant.id):
        if tranche.condition == condition and tranche.released_at is None:
            tranche.released_at = now
            events.append(
                case,
                "tranche_released",
                Actor.system(case.tenant_id),
                now,
                {"amount": str(tranche.amount), "currency": grant.currency, "condition": condition},
                subject=f"tranche-{tranche.number}",
            )
            released.append(tranche.number)
    return released
