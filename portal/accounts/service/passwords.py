"""Passwords, kept as argon2id digests in the profile OWASP recommends (19 MiB, two passes, one lane)."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app, has_app_context

from portal.accounts import rules
from portal.accounts.models import Person


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
    if not matches(person.password_hash, password):
        return False
    renew(person, password)
    return True


def renew(person: Person, password: str) -> None:
    """Replace a digest of an older profile by one of today's, now that the password is known."""
    if person.password_hash and _profile().check_needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)


def matches(digest: str | None, password: str) -> bool:
    """Compare. Without a digest the same work is done for nothing: an unknown account takes as long as a known one."""
    plain = rules.normal_password(password[: 4 * rules.LONGEST_PASSWORD])
    try:
        _profile().verify(digest or _nobodys_hash(_profile() is _hasher(True)), plain)
    except (VerificationError, InvalidHashError):
        return False
    return digest is not None
