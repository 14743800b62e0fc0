"""Links that are mailed, used once by pressing a button; and new passwords."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from portal.accounts import mail, queries, rules
from portal.accounts.models import Person, Ticket
from portal.accounts.service.entry import confirm_password, log_out_everywhere
from portal.accounts.service.passwords import hash_password
from portal.accounts.service.people import create_person, person_problems
from portal.accounts.service.throttle import TooManyTries, counter, digest, forgive, network, throttle
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotNow
from portal.core.text import N_, Message
from portal.infra import jobs
from portal.infra.db import db

RESET_JOB = "accounts.reset"
LIFETIME = {"invitation": timedelta(days=14), "reset": timedelta(hours=2)}


@dataclass(frozen=True)
class Invited:
    """Who was invited, and whether the account is new."""

    person: Person
    is_new: bool


def invite(
    actor: Actor, email: str, name: str, language: str, now: datetime, *, role: Message, organisation: str = ""
) -> Invited:
    """Bring a person into the tenant in scope by e-mail: a new account gets a link, an old one a notice.

    Whoever invites gives the role itself. How the link looks is known to the mail alone.

    :param role: what she will be, for the mail; :param organisation: where, when not in the secretariat.
    :raises Invalid: when the address, the name or the language cannot be taken.
    """
    person = queries.by_email(email)
    is_new = person is None
    if person is None:
        person = create_person(email, name, language, now)
    token = new_ticket(person, "invitation", now) if person.password_hash is None else None
    days = LIFETIME["invitation"].days
    mail.invitation(person, actor, token, role=role, organisation=organisation, days=days, now=now)
    return Invited(person, is_new)


def ask_for_reset(email: str, address: str, now: datetime) -> None:
    """Ask for a link to a new password. What is done is the same whether or not there is such an account.

    :raises TooManyTries: when this network asked too often.
    :raises Invalid: when this cannot be an e-mail address at all.
    """
    problems = person_problems(email, "-", "en")
    if problems:
        raise Invalid(problems)
    throttle("address", f"reset:{network(address)}", now)
    jobs.enqueue(RESET_JOB, {"email": rules.normal_email(email)}, tenant_id=None, now=now)


def mail_reset(email: str, now: datetime) -> None:
    """Mail the link to a new password, if the address has an account that may be entered; the job behind the page."""
    person = queries.by_email(email)
    if person is None or not person.active:
        return
    try:
        throttle("reset", str(person.id), now)
    except TooManyTries:
        return
    tenants = queries.tenants_of(person)
    if tenants:
        token = new_ticket(person, "reset", now)
        mail.reset(person, tenants[0], token, hours=int(LIFETIME["reset"].total_seconds() // 3600), now=now)


def new_ticket(person: Person, kind: str, now: datetime) -> str:
    """A link's secret; only its digest is kept, and older links of the person stop working.

    :param kind: ``invitation`` or ``reset``.
    """
    _void_tickets(person.id, now)
    token = secrets.token_urlsafe(32)
    ticket = Ticket(
        digest=digest(token), kind=kind, person_id=person.id, created_at=now, expires_at=now + LIFETIME[kind]
    )
    db.session.add(ticket)
    db.session.flush()
    return token


def ticket_person(token: str, kind: str, now: datetime) -> Person | None:
    """Whom a link belongs to while it can still be used. Looking does not use it."""
    ticket = db.session.get(Ticket, digest(token))
    if ticket is None or ticket.kind != kind or ticket.used_at is not None or ticket.expires_at <= now:
        return None
    person = queries.by_id(ticket.person_id)
    return person if person is not None and person.active else None


def use_ticket(token: str, kind: str, password: str, now: datetime, *, name: str | None = None) -> Person:
    """Use a link, once: set the password and end every other session.

    :param name: how the person wants to be called, when she was invited.
    :raises NotNow: when the link was used, ran out or never was.
    :raises Invalid: when the password cannot be taken; the link stays good.
    """
    person = ticket_person(token, kind, now)
    if person is None:
        raise NotNow(N_("This link was used already or has run out. Ask for a new one."))
    problems = {} if name is None else person_problems(person.email, name, person.language)
    if problem := rules.password_problem(password, person.email):
        problems["password"] = problem
    if problems:
        raise Invalid(problems)
    # The database decides: of two presses of the button at once, one finds the link used.
    unused = update(Ticket).where(Ticket.digest == digest(token), Ticket.used_at.is_(None))
    if db.session.execute(unused.values(used_at=now).returning(Ticket.person_id)).first() is None:
        raise NotNow(N_("This link was used already or has run out. Ask for a new one."))
    if name is not None:
        person.name = name.strip()
    _set_password(person, password, now)
    return person


def _void_tickets(person_id: UUID, now: datetime) -> None:
    db.session.execute(
        update(Ticket).where(Ticket.person_id == person_id, Ticket.used_at.is_(None)).values(used_at=now)
    )


def set_password(person: Person, password: str, now: datetime) -> None:
    """Give a person a new password; every session of hers ends.

    :raises Invalid: (field ``password``) saying what a password must be.
    """
    if problem := rules.password_problem(password, person.email):
        raise Invalid({"password": problem})
    _set_password(person, password, now)


def _set_password(person: Person, password: str, now: datetime) -> None:
    had_one = person.password_hash is not None
    person.password_hash = hash_password(password)
    log_out_everywhere(person)
    _void_tickets(person.id, now)
    forgive(counter(f"account:{digest(person.email)}", now), now)
    tenants = queries.tenants_of(person)
    if had_one and tenants:
        mail.password_changed(person, tenants[0], now)


def change_password(person: Person, old: str, new: str, address: str, now: datetime) -> None:
    """Change one's own password by giving the old one.

    :raises TooManyTries: after too many wrong ones.
    :raises Invalid: naming ``old`` or ``password``; a wrong old one is counted, so keep the changes.
    """
    if problem := rules.password_problem(new, person.email):
        raise Invalid({"password": problem})
    try:
        confirm_password(person, old, address, now)
    except Invalid as refusal:
        raise Invalid({"old": refusal.message}) from None
    _set_password(person, new, now)
