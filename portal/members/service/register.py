"""The register of members: from when to when each is one, and who speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.accounts import service as accounts
from portal.accounts.models import Person
from portal.core.actor import Actor, OrgRole
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission, holds
from portal.core.role_names import role_name
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.db import db
from portal.members.queries import membership
from portal.organisations import service as organisations
from portal.organisations.models import MemberPeriod, Organisation

LONGEST_ADDRESS = 500


@dataclass(frozen=True)
class Facts:
    """What is known of a member. :param country: ISO 3166 alpha-2; :param language: in which it is written to."""

    name: str
    country: str
    language: str
    address: str = ""


def add(facts: Facts, starts_on: date, actor: Actor, now: datetime) -> Organisation:
    """Enter an organisation that becomes a member. :param starts_on: the first day of its membership.

    :raises NotAllowed: unless the actor is an officer, a manager or an administrator.
    :raises Invalid: naming ``name``, ``country``, ``language`` or ``address``.
    """
    _may_manage(actor)
    _check(facts, None)
    system = Actor.system(actor.tenant_id)
    row = organisations.create_organisation(
        system, facts.name, membership.MEMBER, facts.country, facts.language, now, address=facts.address
    )
    record_period(row.id, starts_on, None, actor, now)
    return row


def change(organisation_id: UUID, facts: Facts, actor: Actor) -> Organisation:
    """Change what is known of a member. What was recorded under its old name keeps that name.

    :raises NotAllowed: unless the actor is an officer, a manager or an administrator. :raises NotFound: no such member.
    :raises Invalid: naming ``name``, ``country``, ``language`` or ``address``.
    """
    _may_manage(actor)
    membership.member(organisation_id)
    _check(facts, organisation_id)
    system = Actor.system(actor.tenant_id)
    return organisations.change_organisation(
        system, organisation_id, facts.name, facts.country, facts.language, facts.address
    )


def _check(facts: Facts, own: UUID | None) -> None:
    """Two members of one name could not be told apart in a list."""
    wanted = " ".join(facts.name.split()).casefold()
    if any(row.id != own and " ".join(row.name.split()).casefold() == wanted for row in membership.all_members()):
        raise Invalid({"name": N_("There is a member of this name already.")})
    if facts.language not in i18n.offered():
        raise Invalid({"language": N_("Choose one of the languages in the list.")})
    if len(facts.address) > LONGEST_ADDRESS:
        raise Invalid({"address": N_("Write at most %(most)s characters.", most=LONGEST_ADDRESS)})


def dismiss_focal_point(organisation_id: UUID, person_id: UUID, actor: Actor) -> None:
    """Let somebody speak for a member no longer. What she said in its name stays.

    :raises NotAllowed: unless the actor is an officer, a manager or an administrator.
    :raises NotFound: when there is no such member, or she does not speak for it.
    """
    _may_manage(actor)
    membership.member(organisation_id)
    system = Actor.system(actor.tenant_id)
    organisations.remove_member(system, organisation_id, person_id, OrgRole.FOCAL_POINT)


def record_period(
    organisation_id: UUID, starts_on: date, ends_on: date | None, actor: Actor, now: datetime
) -> MemberPeriod:
    """Record from when to when an organisation is a member; a period that goes on is ended by giving its end.

    :param starts_on: the first day; :param ends_on: the last day, or None while it goes on.
    :raises NotAllowed: unless the actor is an officer, a manager or an administrator. :raises NotFound: no such member.
    :raises Invalid: naming ``ends_on`` or ``starts_on``, when the days are out of order or overlap another period.
    """
    _may_manage(actor)
    membership.member(organisation_id)
    if ends_on is not None and ends_on < starts_on:
        raise Invalid({"ends_on": N_("The last day lies before the first.")})
    known = membership.periods().get(organisation_id, [])
    same = next((row for row in known if row.starts_on == starts_on), None)
    for row in known:
        if row is not same and _overlap(row, starts_on, ends_on):
            raise Invalid({"starts_on": N_("It was a member already in that time; give the end of that period first.")})
    if same is None:
        same = MemberPeriod(organisation_id=organisation_id, starts_on=starts_on)
        db.session.add(same)
    same.ends_on, same.recorded_by, same.recorded_at = ends_on, actor.person_id, now
    db.session.flush()
    return same


def invite_focal_point(
    organisation_id: UUID, email: str, name: str, language: str, actor: Actor, now: datetime
) -> Person:
    """Invite somebody to speak for a member: to answer circulars and to confirm that it sponsors.

    :raises NotAllowed: unless the actor is an officer, a manager or an administrator. :raises NotFound: no such member.
    :raises Invalid: naming ``email``, ``name`` or ``language``.
    """
    _may_manage(actor)
    organisation = membership.member(organisation_id)
    role = role_name(OrgRole.FOCAL_POINT)
    invited = accounts.invite(actor, email, name, language, now, role=role, organisation=organisation.name)
    system = Actor.system(actor.tenant_id)
    organisations.add_member(system, organisation_id, invited.person.id, OrgRole.FOCAL_POINT, now)
    return invited.person


def _overlap(row: MemberPeriod, starts_on: date, ends_on: date | None) -> bool:
    return (ends_on is None or row.starts_on <= ends_on) and (row.ends_on is None or starts_on <= row.ends_on)


def _may_manage(actor: Actor) -> None:
    if not holds(actor, Permission.MEMBER_MANAGE):
        raise NotAllowed(N_("Only an officer, a manager or an administrator keeps the register of members."))
