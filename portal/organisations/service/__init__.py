"""Organisations and the people in them: who is made, who comes, who goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from portal.accounts import service as accounts
from portal.accounts.models import Person
from portal.core.actor import Actor, OrgRole
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds, holds_in
from portal.core.role_names import role_name
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.db import db
from portal.organisations.models import KINDS, Organisation, OrganisationMember

LONGEST_NAME = 300


# -- organisations


def create_organisation(  # noqa: PLR0913 (the facts of an organisation)
    actor: Actor,
    name: str,
    kind: str,
    country: str,
    language: str,
    now: datetime,
    *,
    city_id: int | None = None,
    address: str = "",
    organisation_id: UUID | None = None,
) -> Organisation:
    """Make an organisation in the actor's tenant.

    :param kind: one of ``models.KINDS``; :param country: ISO 3166 alpha-2; :param language: in which it is written to.
    :param organisation_id: for data that names its organisations beforehand.
    :raises NotAllowed: unless the actor manages people, or is the system.
    :raises Invalid: naming ``name``, ``kind``, ``country`` or ``language``.
    """
    if not actor.is_system and not holds(actor, Permission.PEOPLE_MANAGE):
        raise NotAllowed
    _check_facts(name, kind, country, language)
    row = Organisation(
        name=name.strip(),
        kind=kind,
        country=country.upper(),
        language=language,
        city_id=city_id,
        address=address.strip(),
        created_at=now,
    )
    if organisation_id is not None:
        row.id = organisation_id
    db.session.add(row)
    db.session.flush()
    return row


def change_organisation(
    actor: Actor, organisation_id: UUID, name: str, country: str, language: str, address: str
) -> Organisation:
    """Change what is known of an organisation; its kind stays, and what was recorded under its old name too.

    :raises NotAllowed: unless the actor manages people, or is the system. :raises NotFound: no such organisation.
    :raises Invalid: naming ``name``, ``country`` or ``language``.
    """
    if not actor.is_system and not holds(actor, Permission.PEOPLE_MANAGE):
        raise NotAllowed
    row = _organisation(organisation_id)
    _check_facts(name, row.kind, country, language)
    row.name, row.country, row.language, row.address = name.strip(), country.upper(), language, address.strip()
    db.session.flush()
    return row


def _check_facts(name: str, kind: str, country: str, language: str) -> None:
    problems: dict[str, Message] = {}
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        problems["name"] = N_("Enter a name of at most %(most)s characters.", most=LONGEST_NAME)
    if kind not in KINDS:
        problems["kind"] = N_("Choose one of the kinds in the list.")
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        problems["country"] = N_("Choose a country.")
    if language not in i18n.all_languages():
        problems["language"] = N_("Choose one of the languages in the list.")
    if problems:
        raise Invalid(problems)


def add_member(actor: Actor, organisation_id: UUID, person_id: UUID, role: OrgRole, now: datetime) -> None:
    """Give a person a role in an organisation; giving it twice changes nothing.

    :raises NotAllowed: unless the actor leads this organisation, or is the system.
    """
    _may_manage(actor, organisation_id)
    if role not in _roles_of(organisation_id, person_id):
        row = OrganisationMember(organisation_id=organisation_id, person_id=person_id, role=str(role), since=now)
        db.session.add(row)
        db.session.flush()
    accounts.affiliate(person_id, actor.tenant_id)


def remove_member(actor: Actor, organisation_id: UUID, person_id: UUID, role: OrgRole | None = None) -> None:
    """Take a role in an organisation away, or all of them.

    :raises NotAllowed: unless the actor leads this organisation, or is the system.
    :raises NotFound: when the person does not have it.
    :raises NotNow: when she is the last lead: somebody must be able to submit and to invite.
    """
    _may_manage(actor, organisation_id)
    going = {role} if role is not None else set(_roles_of(organisation_id, person_id))
    if not going or not going <= _roles_of(organisation_id, person_id):
        raise NotFound
    if OrgRole.LEAD in going and _leads(organisation_id) == {person_id}:
        raise NotNow(N_("This is the last lead of the organisation. Make somebody else lead first."))
    db.session.execute(
        delete(OrganisationMember)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.person_id == person_id,
            OrganisationMember.role.in_([str(one) for one in going]),
        )
        .execution_options(synchronize_session=False)
    )
    left = select(OrganisationMember.id).where(OrganisationMember.person_id == person_id).limit(1)
    if db.session.scalars(left).first() is None:
        accounts.disaffiliate(person_id, actor.tenant_id)


def set_roles(actor: Actor, organisation_id: UUID, person_id: UUID, roles: Iterable[OrgRole], now: datetime) -> None:
    """Give a person of the organisation exactly these roles; none at all lets her go.

    :raises NotFound: when she is not of this organisation: people come by invitation.
    :raises NotAllowed, NotNow: as :func:`add_member` and :func:`remove_member`.
    """
    _may_manage(actor, organisation_id)
    held, wanted = _roles_of(organisation_id, person_id), set(roles)
    if not held:
        raise NotFound
    for role in sorted(wanted - held):
        add_member(actor, organisation_id, person_id, role, now)
    for role in sorted(held - wanted):
        remove_member(actor, organisation_id, person_id, role)


def invite_member(
    actor: Actor, organisation_id: UUID, email: str, name: str, language: str, role: OrgRole, now: datetime
) -> Person:
    """Invite a colleague into the organisation by e-mail, with a role.

    :raises NotAllowed: unless the actor leads this organisation.
    :raises Invalid: naming ``email``, ``name`` or ``language``.
    """
    _may_manage(actor, organisation_id)
    organisation = _organisation(organisation_id)
    invited = accounts.invite(actor, email, name, language, now, role=role_name(role), organisation=organisation.name)
    add_member(actor, organisation_id, invited.person.id, role, now)
    return invited.person


def _organisation(organisation_id: UUID) -> Organisation:
    row = db.session.scalars(select(Organisation).where(Organisation.id == organisation_id)).first()
    if row is None:
        raise NotFound
    return row


def _may_manage(actor: Actor, organisation_id: UUID) -> None:
    if not actor.is_system and not holds_in(actor, Permission.ORGANISATION_MANAGE, organisation_id):
        raise NotAllowed(N_("Only a lead of the organisation may change who belongs to it."))


def _roles_of(organisation_id: UUID, person_id: UUID) -> set[OrgRole]:
    rows = select(OrganisationMember.role).where(
        OrganisationMember.organisation_id == organisation_id, OrganisationMember.person_id == person_id
    )
    return {OrgRole(role) for role in db.session.scalars(rows)}


def _leads(organisation_id: UUID) -> set[UUID]:
    """The leads, held until the transaction ends: two of them must not remove each other at once."""
    rows = select(OrganisationMember.person_id).where(
        OrganisationMember.organisation_id == organisation_id, OrganisationMember.role == str(OrgRole.LEAD)
    )
    return set(db.session.scalars(rows.with_for_update()))
