"""Let people in, ask them again, let them out. Unknown addresses take the same time and get the same answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from portal.accounts import queries, rules
from portal.accounts.models import Person
from portal.accounts.service.passwords import matches, renew, verify_password
from portal.accounts.service.throttle import doors, failed, forgive
from portal.core.errors import Invalid
from portal.core.text import N_

WRONG = N_("The e-mail address or the password is not right.")


def log_in(email: str, password: str, address: str, now: datetime) -> Person:
    """Let a person in by e-mail address and password.

    A refusal is counted: whoever calls this keeps the changes even when it raises.

    :param address: the network address of whoever asks.
    :param now: UTC.
    :raises TooManyTries: while this account or this address is blocked; the password is not looked at.
    :raises Invalid: when the address or the password is not right; which of them is not said.
    """
    held = doors(rules.normal_email(email), address, now)
    person = queries.by_email(email)
    # The comparison comes first: an unknown address must take as long as a known one.
    right = matches(person.password_hash if person else None, password)
    if person is None or not right or not person.active:
        failed(held, now)
        raise Invalid({"password": WRONG})
    renew(person, password)
    forgive(held[-1], now)
    person.last_login_at = now
    return person


def confirm_password(person: Person, password: str, address: str, now: datetime) -> None:
    """Ask somebody who is logged in for her password again (a new password, a signature), throttled like a log-in.

    :raises TooManyTries: while the account or the address is blocked.
    :raises Invalid: (field ``password``) when it is not her password; the caller keeps the count of it.
    """
    held = doors(person.email, address, now)
    if not verify_password(person, password):
        failed(held, now)
        raise Invalid({"password": N_("This is not your password.")})
    forgive(held[-1], now)


def log_out_everywhere(person: Person) -> None:
    """End every session of a person, on every device."""
    person.session_key = secrets.token_urlsafe(32)
