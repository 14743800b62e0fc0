"""Read sponsorships: of a case, and of the members somebody speaks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.infra.db import db
from portal.members.models import Sponsorship
from portal.organisations.models import Organisation

#: where a form names its sponsors, and the question in each row that names the member
SECTION, QUESTION, MEMBER = "sponsors", "sponsors", "organisation"


def of_case(case_id: UUID) -> list[tuple[Sponsorship, Organisation]]:
    """The members that were asked to sponsor a case, in the order in which they were asked."""
    rows = db.session.execute(
        select(Sponsorship, Organisation)
        .join(Organisation, Organisation.id == Sponsorship.organisation_id)
        .where(Sponsorship.case_id == case_id)
        .order_by(Sponsorship.invited_at, Organisation.name)
    )
    return [(row, organisation) for row, organisation in rows]


def for_member(actor: Actor, sponsorship_id: UUID) -> tuple[Sponsorship, Case]:
    """A request to sponsor, for a focal point of the member that was asked.

    :raises NotFound: for everybody else, and when the applicant asks no longer.
    """
    found = db.session.execute(
        select(Sponsorship, Case)
        .join(Case, Case.id == Sponsorship.case_id)
        .where(
            Sponsorship.id == sponsorship_id,
            Sponsorship.organisation_id.in_(list(actor.member_organisations)),
            Sponsorship.state != "withdrawn",
        )
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def of_members(actor: Actor) -> list[tuple[Sponsorship, Case, str]]:
    """What the members the actor speaks for were asked to sponsor, unanswered first; with the applicant's name."""
    if not actor.member_organisations:
        return []
    rows = db.session.execute(
        select(Sponsorship, Case, Organisation.name)
        .join(Case, Case.id == Sponsorship.case_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(
            Sponsorship.organisation_id.in_(list(actor.member_organisations)),
            Sponsorship.state != "withdrawn",
        )
        .order_by(Sponsorship.answered_at.is_not(None), Sponsorship.invited_at.desc())
        .limit(100)
    )
    return [(row, case, name) for row, case, name in rows]


def named(answers: Mapping[str, Mapping[str, Any]]) -> list[tuple[UUID | None, str]]:
    """The sponsors an application names: (id of the member when it was chosen from the list, name)."""
    found: list[tuple[UUID | None, str]] = []
    rows = answers.get(SECTION, {}).get(QUESTION)
    for row in rows if isinstance(rows, list) else []:
        told = row.get(MEMBER) if isinstance(row, Mapping) else None
        if isinstance(told, Mapping) and (told.get("id") or told.get("name")):
            found.append((_key(told.get("id")), str(told.get("name") or "")))
    return found


def _key(written: Any) -> UUID | None:
    try:
        return UUID(str(written)) if written else None
    except ValueError:
        return None
