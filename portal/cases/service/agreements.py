"""Send an agreement to the signatory it names; accept it, with the evidence of who did, when and from where.

What the agreement is about (a grant, a partnership) belongs to a feature above. It registers a keeper here under the
name by which instruments ask for it, so that every instrument's agreement is sent and accepted in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.accounts import queries as accounts
from portal.accounts.service import verify_password
from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.mail import notify
from portal.cases.models import Agreed, Case, Document
from portal.cases.rules.names import resembles
from portal.cases.service import signatories
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.text import N_, Message
from portal.infra import pdf
from portal.tenants import queries as tenants

NOT_DRAWN_UP = N_("The agreement has not been drawn up yet.")


@dataclass(frozen=True)
class Keeper:
    """How one sort of agreement is found.

    :param kind: the kind of its documents. :param locked: what a case's agreement is about, held for writing.
    :param told: what mails say of it, plain values.
    """

    kind: str
    locked: Callable[[UUID], Agreed | None]
    told: Callable[[Agreed], dict[str, object]]


_KEEPERS: dict[str, Keeper] = {}


def keep(name: str, keeper: Keeper) -> None:
    """Register who keeps the agreements of the instruments that make ``name`` (see ``instruments.makes``)."""
    _KEEPERS[name] = keeper


def keeper_of(case: Case) -> Keeper:
    """Who keeps the agreement of a case.

    :raises NotNow: when its instrument makes something that nobody keeps.
    """
    keeper = _KEEPERS.get(instruments.makes(case.instrument))
    if keeper is None:
        raise NotNow(NOT_DRAWN_UP)
    return keeper


def papers_of(case: Case) -> list[Document]:
    """The documents of a case's agreement that stand, the applicant's language first."""
    return queries.papers_of(case.id, keeper_of(case).kind)


def languages_of(case: Case) -> tuple[str, ...]:
    """The languages of a case's agreement: the applicant's, and the tenant's first working language when another."""
    first = tenants.by_id(case.tenant_id).working_languages[0]
    return tuple(dict.fromkeys((case.language, first)))


def name_signatory(case: Case, person_id: UUID | None, position: str, actor: Actor, now: datetime) -> Case:
    """Say who signs the agreement and in which position; the papers are made anew with her name.

    One that was sent already waits for the new person from then on, and she gets the mail.

    :raises NotFound: for a stranger. :raises NotAllowed: for anybody but the organisation's lead or an officer.
    :raises NotNow: when nothing waits to be signed. :raises Invalid: for another person, or without a position.
    """
    case = queries.locked(case.id)
    found, keeper = signatories.check_named(case, person_id, position, actor), keeper_of(case)
    agreed = keeper.locked(case.id)
    if agreed is None or agreed.accepted_at is not None:
        raise NotNow(NOT_DRAWN_UP)
    signatories.tell(case, found, actor, now)
    signatories.redraw(case, keeper.kind, found, now)
    if agreed.sent_at is not None:
        agreed.signatory_id, agreed.signatory_name = found.person.id, found.person.name
        notify("agreement_sent", "signatories", case, now, {"signatory": found.person.name, **keeper.told(agreed)})
    return case


@guard("agreement_prepared")
def agreement_prepared(step: Step) -> Message | None:
    """The agreement is there in every language, typeset where this machine can, and somebody may sign it."""
    papers = papers_of(step.case)
    if not papers:
        return NOT_DRAWN_UP
    if pdf.available() and any(paper.file_id is None for paper in papers):
        return N_("The agreement is still being typeset. Try again in a minute.")
    if signatories.signatory_of(step.case) is None:
        return N_("The organisation has nobody who may sign. Ask its lead to invite a signatory.")
    return None


@effect("send_agreement")
def send_agreement(step: Step) -> None:
    """Name the signatory and show the agreement to the applicant's side."""
    keeper = keeper_of(step.case)
    agreed, found = keeper.locked(step.case.id), signatories.signatory_of(step.case)
    if agreed is None or found is None:
        raise NotNow(NOT_DRAWN_UP)
    person = found.person
    agreed.signatory_id, agreed.signatory_name, agreed.sent_at = person.id, person.name, step.now
    papers = queries.papers_of(step.case.id, keeper.kind)
    if any(paper.source.get("signatory") != found.plain() for paper in papers):
        papers = signatories.redraw(step.case, keeper.kind, found, step.now)
    for paper in papers:
        paper.audience, paper.sent_at = "applicant", step.now
    step.facts |= {"signatory": person.name, "documents": _digests(papers)}
    step.mail_context |= {"signatory": person.name, **keeper.told(agreed)}


def accept(step: Step) -> Agreed:
    """Accept the agreement as the signatory it names, and keep the evidence; what follows is the keeper's.

    :returns: what the agreement is about, held for writing.
    :raises NotNow: when it was not sent. :raises NotAllowed: for another person than the one named.
    :raises Invalid: when the password is wrong or the typed name is not the signatory's.
    """
    keeper = keeper_of(step.case)
    agreed = keeper.locked(step.case.id)
    if agreed is None or agreed.sent_at is None:
        raise NotNow(N_("The agreement has not been sent yet."))
    if step.actor.person_id is None or step.actor.person_id != agreed.signatory_id:
        raise NotAllowed(N_("Only %(name)s, whom the agreement names, may accept it.", name=agreed.signatory_name))
    typed = str(step.inputs["typed_name"])
    _check_identity(step, agreed, typed)
    # Read before anything is set: a keeper's own columns follow, and only then is the row whole.
    digests = _digests(queries.papers_of(step.case.id, keeper.kind))
    agreed.accepted_at, agreed.accepted_by = step.now, step.actor.person_id
    agreed.accepted_name, agreed.accepted_address = typed[:200], step.address[:64]
    step.facts |= {"address": agreed.accepted_address, "documents": digests}
    step.mail_context |= {"signatory": typed, **keeper.told(agreed)}
    return agreed


def _check_identity(step: Step, agreed: Agreed, typed: str) -> None:
    person = accounts.by_id(step.actor.person_id) if step.actor.person_id else None
    problems: dict[str, Message] = {}
    if person is None or not verify_password(person, str(step.inputs["password"])):
        problems["password"] = N_("This is not your password. Enter it once more.")
    if not resembles(typed, agreed.signatory_name):
        problems["typed_name"] = N_("Type the name as the agreement has it: %(name)s.", name=agreed.signatory_name)
    if problems:
        raise Invalid(problems)


def _digests(papers: list[Document]) -> dict[str, str]:
    return {paper.language: paper.source_sha256 for paper in papers}
