"""Who signs an agreement for the organisation: named by the form, or by its lead or an officer before it is signed.

The agreement says name and position of whoever is to sign. Naming another person makes the papers anew with her name;
those before become void, and the fact stays in the case's history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from forms.engine.conditions import answer_at
from portal.accounts.models import Person
from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.models import Case, Document, Submission
from portal.cases.rules.inputs import clean
from portal.cases.service import document, events
from portal.core.actor import Actor, OrgRole, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.text import N_, Message
from portal.infra import tenancy
from portal.infra.db import db
from portal.organisations.models import OrganisationMember

NAMED = "signatory_named"
#: the states in which an agreement waits to be sent or to be signed
UNSIGNED = frozenset({"agreement", "signing"})
MOST = 200


@dataclass(frozen=True)
class Signatory:
    """Whoever is to sign, with the position in which she signs; the position may be unknown."""

    person: Person
    position: str

    def plain(self) -> dict[str, str]:
        """As an agreement's paper keeps it."""
        return {"name": self.person.name, "position": self.position}


def people_who_sign(case: Case) -> list[Person]:
    """Those who may sign for the organisation, the one who has been longest first."""
    return _who_signs_what(case)[0]


def _who_signs_what(case: Case) -> tuple[list[Person], Submission | None]:
    """Those who may sign for the organisation, and what was submitted last where there is anybody; one query."""
    last = select(func.max(Submission.number)).where(Submission.case_id == case.id).scalar_subquery()
    who = (
        select(Person, Submission)
        .join(OrganisationMember, OrganisationMember.person_id == Person.id)
        .outerjoin(Submission, (Submission.case_id == case.id) & (Submission.number == last))
        .where(
            OrganisationMember.organisation_id == case.organisation_id,
            OrganisationMember.role == OrgRole.SIGNATORY,
            Person.active.is_(True),
        )
        .order_by(OrganisationMember.since, Person.email)
    )
    rows = tenancy.once(("signatories", case.id), lambda: tuple(db.session.execute(who)))
    return [person for person, _ in rows], next((snapshot for _, snapshot in rows), None)


def signatory_of(case: Case) -> Signatory | None:
    """Who signs: the person named last, else the one whom the application names as recipient, else the first one."""
    (people, snapshot), event = _who_signs_what(case), queries.newest_event(case.id, (NAMED,))
    if event is not None:
        named = next((person for person in people if str(person.id) == event.data["person"]), None)
        if named is not None:
            return Signatory(named, str(event.data["position"]))
    contact = _recipient(case, snapshot)
    address = str(contact.get("email") or "").lower()
    person = next((person for person in people if person.email == address), people[0] if people else None)
    if person is None:
        return None
    return Signatory(person, str(contact.get("position") or "") if person.email == address else "")


def _recipient(case: Case, snapshot: Submission | None) -> Mapping[str, Any]:
    """The contact whom the form's own question names as recipient."""
    if snapshot is None:
        return {}
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    path = next((f"{s.code}.{q.code}" for s, q in definition.each() if q.promote == "recipient"), "")
    named = answer_at(snapshot.answers, path) if path else None
    return named if isinstance(named, dict) else {}


def shown_of(case: Case, actor: Actor, papers: Iterable[Document] = ()) -> tuple[str, bool] | None:
    """Who is to sign, with her position, and whether the actor may name another; None while nothing is to be signed.

    :param papers: documents of the case that the page has read; an agreement among them says who signs it.
    """
    if case.state not in UNSIGNED:
        return None
    named = next((paper.source["signatory"] for paper in papers if paper.source.get("signatory")), None)
    if named is None:
        found = signatory_of(case)
        named = found.plain() if found else {}
    words = " · ".join(part for part in (named.get("name"), named.get("position")) if part)
    return words, may_name(case, actor)


def may_name(case: Case, actor: Actor) -> bool:
    """Whether the actor may say who signs, while it is not signed: the organisation's lead, or a programme officer."""
    lead = actor.in_organisation(case.organisation_id, OrgRole.LEAD)
    return case.state in UNSIGNED and (lead or actor.has(Role.PROGRAMME_OFFICER))


def check_named(case: Case, person_id: UUID | None, position: str, actor: Actor) -> Signatory:
    """Whoever is to be named, when she may be and the actor may name her.

    :raises NotFound: for a stranger. :raises NotAllowed: for anybody but the lead or an officer.
    :raises NotNow: when nothing waits to be signed. :raises Invalid: for another person, or without a position.
    """
    if not (actor.in_organisation(case.organisation_id) or (actor.is_staff and case.is_submitted)):
        raise NotFound
    if not (actor.in_organisation(case.organisation_id, OrgRole.LEAD) or actor.has(Role.PROGRAMME_OFFICER)):
        raise NotAllowed(N_("Only the lead of the organisation or a programme officer may name the signatory."))
    if case.state not in UNSIGNED:
        raise NotNow(N_("There is no agreement that waits to be signed."))
    problems: dict[str, Message] = {}
    person = next((one for one in people_who_sign(case) if one.id == person_id), None)
    if person is None:
        problems["person"] = N_("Choose one of the people who may sign for the organisation.")
    words = clean(position)
    if not words:
        problems["position"] = N_("Say in which position she signs, for example “Mayor”.")
    elif len(words) > MOST:
        problems["position"] = N_("Please shorten this to at most %(most)s characters.", most=MOST)
    if problems or person is None:
        raise Invalid(problems)
    return Signatory(person, words)


def tell(case: Case, found: Signatory, actor: Actor, now: datetime) -> None:
    """Write down who is to sign."""
    facts = {"person": str(found.person.id), "signatory": found.person.name, "position": found.position}
    events.append(case, NAMED, actor, now, facts)


def redraw(case: Case, kind: str, found: Signatory, now: datetime) -> list[Document]:
    """Make the papers of a kind anew with another signatory; everything else in them stays as it was.

    :param kind: of the papers, e.g. ``agreement``.
    """
    made = func.count(func.distinct(Document.key))
    number = (db.session.scalar(select(made).where(Document.case_id == case.id, Document.kind == kind)) or 0) + 1
    new = []
    for paper in queries.papers_of(case.id, kind):
        paper.void_at = now
        source = {**paper.source, "signatory": found.plain()}
        row = document.request(case, kind, f"{kind}-{number}", paper.language, source, now, audience=paper.audience)
        row.sent_at = now if paper.sent_at is not None else None
        new.append(row)
    db.session.flush()
    return new
