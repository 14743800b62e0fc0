"""Accounts: making people, letting them in, their roles in a secretariat, their links and passwords.

Passwords are kept as argon2id digests in the profile OWASP recommends (19 MiB, two passes, one lane). Nothing here says
whether an e-mail address has an account: unknown ones take the same time and give the same answer.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from flask import current_app, has_app_context
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts import mail, queries, rules
from portal.accounts.models import Affiliation, Attempt, Membership, Person, Ticket
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import Message, N_
from portal.infra import i18n, jobs
from portal.infra.db import db

RESET_JOB = "accounts.reset"
LIFETIME = {"invitation": timedelta(days=14), "reset": timedelta(hours=2)}
WRONG = N_("The e-mail address or the password is not right.")


class TooManyTries(NotNow):
    """Somebody guesses, or looks as if: nothing is looked at until ``until``."""

    def __init__(self, until: datetime) -> None:
        """:param until: the instant (UTC) from which another try is looked at."""
        super().__init__(N_("There were too many tries. Try again after %(until)s.", until=until))
        self.until = until


# -- passwords


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    if cheap:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def _profile() -> PasswordHasher:
    """The profile for digests: the cheap one only in an application that was built for tests."""
    return _hasher(has_app_context() and bool(current_app.testing))


@cache
def _nobodys_hash(cheap: bool) -> str:
    return _hasher(cheap).hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """The digest under which a password is kept (argon2id; OWASP Password Storage Cheat Sheet)."""
    return _profile().hash(rules.normal_password(password))


def verify_password(person: Person, password: str) -> bool:
    """Whether this is the person's password; a digest of an older profile is renewed on the way.

    Slow on purpose, and not throttled: pages that ask for a password again use :func:`confirm_password`.
    """
    if not _matches(person.password_hash, password):
        return False
    if person.password_hash and _profile().check_needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
    return True


def _matches(digest: str | None, password: str) -> bool:
    """Compare; without a digest do the same work for nothing."""
    plain = rules.normal_password(password[: 4 * rules.LONGEST_PASSWORD])
    try:
        matches = _profile().verify(digest or _nobodys_hash(_profile() is _hasher(True)), plain)
    except (VerificationError, InvalidHashError):
        return False
    return matches and digest is not None


# -- letting in


def log_in(email: str, password: str, address: str, now: datetime) -> Person:
    """Let a person in by e-mail address and password.

    A refusal is counted: whoever calls this keeps the changes even when it raises.

    :param address: the network address of whoever asks.
    :param now: UTC.
    :raises TooManyTries: while this account or this address is blocked; the password is not looked at.
    :raises Invalid: when the address or the password is not right; which of them is not said.
    """
    doors = _doors(rules.normal_email(email), address, now)
    person = queries.by_email(email)
    # The comparison comes first: an unknown address must take as long as a known one.
    right = _matches(person.password_hash if person else None, password)
    if person is None or not right or not person.active:
        _failed(doors, now)
        raise Invalid({"password": WRONG})
    if person.password_hash and _profile().check_needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
    _forgive(doors[-1], now)
    person.last_login_at = now
    return person


def confirm_password(person: Person, password: str, address: str, now: datetime) -> None:
    """Ask somebody who is logged in for her password again (a new password, a signature), throttled like a log-in.

    :raises TooManyTries: while the account or the address is blocked.
    :raises Invalid: (field ``password``) when it is not her password; the caller keeps the count of it.
    """
    doors = _doors(person.email, address, now)
    if not verify_password(person, password):
        _failed(doors, now)
        raise Invalid({"password": N_("This is not your password.")})
    _forgive(doors[-1], now)


def throttle(kind: str, key: str, now: datetime) -> None:
    """Count one try of something that may be overdone, and refuse when there were too many.

    :param kind: ``address`` or ``reset``; :param key: what is counted, for example ``reset:192.0.2.7``.
    :raises TooManyTries: while blocked.
    """
    refuse_blocked(kind, key, now)
    count_failure(kind, key, now)


def refuse_blocked(kind: str, key: str, now: datetime) -> None:
    """Refuse while there were too many failures under this key (see :func:`throttle` for the parameters).

    :raises TooManyTries: while blocked.
    """
    _refuse_blocked([_attempt(f"{kind}:{_digest(key)}", now)], now)


def count_failure(kind: str, key: str, now: datetime) -> None:
    """Count a failure under this key; the caller keeps the changes although it refuses."""
    _failed([_attempt(f"{kind}:{_digest(key)}", now)], now)


def network(address: str) -> str:
    """The network an address counts as: one IPv6 customer holds a whole /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _doors(email: str, address: str, now: datetime) -> list[Attempt]:
    """The two counters of a try, always locked in this order; refuses when either is blocked."""
    rows = [_attempt(f"address:{network(address)}", now), _attempt(f"account:{_digest(email)}", now)]
    _refuse_blocked(rows, now)
    return rows


def _refuse_blocked(rows: list[Attempt], now: datetime) -> None:
    until = max((row.blocked_until for row in rows if row.blocked_until and row.blocked_until > now), default=None)
    if until is not None:
        raise TooManyTries(until)


def _attempt(key: str, now: datetime) -> Attempt:
    """The counter of a key, made when missing and held until the transaction ends, so that none is lost."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(
        dialect.insert(Attempt).values(key=key, failures=0, first_at=now).on_conflict_do_nothing(index_elements=["key"])
    )
    row = db.session.scalars(
        select(Attempt).where(Attempt.key == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    if rules.is_forgotten(row.first_at, row.blocked_until, now):
        row.failures, row.first_at, row.blocked_until = 0, now, None
    return row


def _failed(rows: list[Attempt], now: datetime) -> None:
    for row in rows:
        row.failures += 1
        wait = rules.block(row.key.partition(":")[0], row.failures)
        row.blocked_until = now + wait if wait else None
    db.session.flush()


def _forgive(row: Attempt, now: datetime) -> None:
    """The account's failures are over; those of the address stay, or a guesser with one account could go on for ever."""
    row.failures, row.blocked_until, row.first_at = 0, None, now


def forget_old_tries(now: datetime) -> None:
    """Drop counters that no longer count, and links that were used or ran out a month ago."""
    long_ago = now - rules.FORGET_AFTER
    old = (Attempt.first_at < long_ago) & ((Attempt.blocked_until.is_(None)) | (Attempt.blocked_until < now))
    db.session.execute(delete(Attempt).where(old).execution_options(synchronize_session=False))
    stale = Ticket.expires_at < now - timedelta(days=30)
    db.session.execute(delete(Ticket).where(stale).execution_options(synchronize_session=False))


def log_out_everywhere(person: Person) -> None:
    """End every session of a person, on every device."""
    person.session_key = secrets.token_urlsafe(32)


# -- people and roles


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
        message = N_("“%(address)s” is not an e-mail address. It should look like name@example.org.", address=email[:100])
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


# -- links that were mailed


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
        digest=_digest(token), kind=kind, person_id=person.id, created_at=now, expires_at=now + LIFETIME[kind]
    )
    db.session.add(ticket)
    db.session.flush()
    return token


def ticket_person(token: str, kind: str, now: datetime) -> Person | None:
    """Whom a link belongs to while it can still be used. Looking does not use it."""
    ticket = db.session.get(Ticket, _digest(token))
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
    unused = update(Ticket).where(Ticket.digest == _digest(token), Ticket.used_at.is_(None))
    if db.session.execute(unused.values(used_at=now).returning(Ticket.person_id)).first() is None:
        raise NotNow(N_("This link was used already or has run out. Ask for a new one."))
    if name is not None:
        person.name = name.strip()
    _set_password(person, password, now)
    return person


def _void_tickets(person_id: UUID, now: datetime) -> None:
    db.session.execute(update(Ticket).where(Ticket.person_id == person_id, Ticket.used_at.is_(None)).values(used_at=now))


# -- one's own account


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
    _forgive(_attempt(f"account:{_digest(person.email)}", now), now)
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


def set_profile(person: Person, name: str, language: str) -> None:
    """Change one's own name and language.

    :raises Invalid: naming ``name`` or ``language``.
    """
    problems = person_problems(person.email, name, language)
    if problems:
        raise Invalid(problems)
    person.name, person.language = name.strip(), language


def set_language(person: Person, language: str) -> None:
    """Keep the language a person reads in.

    :raises Invalid: (field ``language``) when it is not offered.
    """
    set_profile(person, person.name, language)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
