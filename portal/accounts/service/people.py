"""People and their roles in a secretariat."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select

from portal.accounts import queries, rules
from portal.accounts.models import Affiliation, Membership, Person
from portal.accounts.service.passwords import hash_password
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.db import db


def create_person(
    email: str,
    name: str,
    language: str,
    now: datetime,
    *,
    password: str | None = None,
    person_id: UUID | None = None,
) -> Person:
    """Make an account; without a password it is entered by an invitation.

    :param language: one of the languages offered.
    :param person_id: for data that names its people beforehand.
    :raises Invalid: naming ``email``, ``name``, ``language`` or ``password`` and what is wrong with it.
    """
    problems = person_problems(email, name, language)
    if "email" not in problems and queries.by_email(email) is not None:
        problems["email"] = N_("There is already an account with this e-mail address.")
    if password is not None and (problem := rules.password_problem(password, email)):
        problems["password"] = problem
    if problems:
        raise Invalid(problems)
    person = Person(
        email=rules.normal_email(email),
        name=name.strip(),
        language=language,
        password_hash=hash_password(password) if password is not None else None,
        session_key=secrets.token_urlsafe(32),
        active=True,
        created_at=now,
    )
    if person_id is not None:
        person.id = person_id
    db.session.add(person)
    db.session.flush()
    return person


def person_problems(email: str, name: str, language: str) -> dict[str, Message]:
    """What is wrong with the particulars of a person, by field."""
    problems: dict[str, Message] = {}
    try:
        validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        message = N_(
            "“%(address)s” is not an e-mail address. It should look like name@example.org.", address=email[:100]
        )
        problems["email"] = message if email.strip() else N_("Enter an e-mail address.")
    if not name.strip():
        problems["name"] = N_("Enter a name.")
    elif len(name.strip()) > rules.LONGEST_NAME:
        problems["name"] = N_("Use at most %(most)s characters.", most=rules.LONGEST_NAME)
    if language not in i18n.offered():
        problems["language"] = N_("Choose one of the languages in the list.")
    return problems


def grant_role(actor: Actor, person_id: UUID, role: Role, now: datetime) -> None:
    """Give a person a role in the secretariat of the actor's tenant; giving it twice changes nothing.

    :raises NotAllowed: when the actor may not manage people (the system may).
    """
    _may_manage(actor)
    if db.session.get(Membership, (actor.tenant_id, person_id, str(role))) is None:
        db.session.add(Membership(tenant_id=actor.tenant_id, person_id=person_id, role=str(role), since=now))
        db.session.flush()


def revoke_role(actor: Actor, person_id: UUID, role: Role) -> None:
    """Take a role in the secretariat away.

    :raises NotNow: when she is the tenant's last administrator.
    :raises NotFound: when she does not have it.
    """
    _may_manage(actor)
    row = db.session.get(Membership, (actor.tenant_id, person_id, str(role)))
    if row is None:
        raise NotFound
    if role is Role.ADMINISTRATOR:
        held = select(Membership.person_id).where(
            Membership.tenant_id == actor.tenant_id, Membership.role == str(Role.ADMINISTRATOR)
        )
        if len(db.session.scalars(held.with_for_update()).all()) < 2:
            raise NotNow(N_("This is the last administrator. Give the role to somebody else first."))
    db.session.delete(row)
    db.session.flush()


def _may_manage(actor: Actor) -> None:
    if not actor.is_system and not holds(actor, Permission.PEOPLE_MANAGE):
        raise NotAllowed


def affiliate(person_id: UUID, tenant_id: int) -> None:
    """Note that a person belongs to some organisation of a tenant, so that she can switch to it."""
    if db.session.get(Affiliation, (tenant_id, person_id)) is None:
        db.session.add(Affiliation(tenant_id=tenant_id, person_id=person_id))
        db.session.flush()


def disaffiliate(person_id: UUID, tenant_id: int) -> None:
    """Note that a person belongs to no organisation of a tenant any more."""
    db.session.execute(
        delete(Affiliation).where(Affiliation.tenant_id == tenant_id, Affiliation.person_id == person_id)
    )


def set_profile(person: Person, name: str, language: str) -> None:
    """Change one's own name and language.

    :raises Invalid: naming ``name`` or ``language``.
    """
    problems = person_problems(person.email, name, language)
    if problems:
        raise Invalid(problems)
    person.name, person.language = name.strip(), language


def set_weekly_digest(person: Person, wanted: bool) -> None:
    """Say whether one wants the weekly mail of what is due."""
    person.weekly_digest = wanted


def set_language(person: Person, language: str) -> None:
    """Keep the language a person reads in.

    :raises Invalid: (field ``language``) when it is not offered.
    """
    set_profile(person, person.name, language)
