"""What a password must be, how long a guesser waits, and who stands in for whom. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from portal.core.text import N_, Message

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
LONGEST_NAME = 200

#: How many failures are free, and the longest block, by account and by address. An office behind one address shares
#: its failures, so an address may fail more often than an account.
FREE_FAILURES = {"account": 5, "address": 30, "reset": 3}
FIRST_BLOCK = timedelta(seconds=30)
LONGEST_BLOCK = {"account": timedelta(minutes=15), "address": timedelta(hours=1), "reset": timedelta(hours=1)}
FORGET_AFTER = timedelta(hours=24)

#: Passwords that guessers try first and that are long enough to pass; compared without case and trailing signs.
WELL_KNOWN = frozenset(
    {
        "0000000000", "0123456789", "0987654321", "1111111111", "123123123123", "1234512345", "123456123456",
        "1234567890", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "9876543210", "aaaaaaaaaa",
        "abc123abc123", "abcdefghij", "abcdefghijkl", "administrador", "administrateur", "administrator",
        "asdfghjkl", "asdfghjklzxcvbnm", "azerty", "azertyuiop", "baseball", "basketball", "bonjour",
        "changeme", "changemenow", "citiesalliance", "citygrants", "citygrantsportal", "football",
        "grantsportal", "iloveyou", "iloveyouforever", "jetaime", "letmein", "letmeinplease", "minhasenha",
        "motdepasse", "motdepassemotdepasse", "palavrapasse", "passw0rdpassw0rd", "password",
        "passwordpassword", "preparatorygrant", "princess", "q1w2e3r4t5", "qazwsxedc", "qazwsxedcrfv",
        "qwerty", "qwertyqwerty", "qwertyuiop", "qwertyuiopasdfghjkl", "secret", "secretsecret", "senha",
        "senhasenha", "soleil", "sunshine", "superman", "trustno1", "welcome", "welcometo", "zxcvbnm",
    }
)  # fmt: skip


def normal_email(email: str) -> str:
    """An e-mail address as it is stored and compared: without spaces around it, in small letters."""
    return email.strip().lower()


def normal_password(password: str) -> str:
    """A password as it is hashed: the same signs typed on another keyboard make the same password."""
    return unicodedata.normalize("NFKC", password)


def password_problem(password: str, email: str) -> Message | None:
    """Why a password cannot be taken, or None. Length counts and being guessable counts; composition does not.

    Source: NIST SP 800-63B, memorized secrets.
    """
    plain = normal_password(password)
    if len(plain) < SHORTEST_PASSWORD:
        return N_("Use at least %(least)s characters. A short sentence is easy to remember.", least=SHORTEST_PASSWORD)
    if len(plain) > LONGEST_PASSWORD:
        return N_("Use at most %(most)s characters.", most=LONGEST_PASSWORD)
    folded = plain.casefold().strip()
    if folded in (normal_email(email), normal_email(email).partition("@")[0]):
        return N_("The password must not be your e-mail address.")
    stem = folded.rstrip("0123456789!?.*#$- ")
    if len(set(folded)) < 4 or folded in WELL_KNOWN or stem in WELL_KNOWN:
        return N_("This password is one of the first that others would try. Choose another one.")
    return None


def block(kind: str, failures: int) -> timedelta | None:
    """How long nobody may try again after this many failures in a row: it doubles with each, up to a bound.

    :param kind: ``account``, ``address`` or ``reset``.
    """
    over = failures - FREE_FAILURES[kind]
    if over < 0:
        return None
    doubled: timedelta = FIRST_BLOCK * int(2 ** min(over, 20))
    return min(doubled, LONGEST_BLOCK[kind])


def is_forgotten(first_at: datetime, blocked_until: datetime | None, now: datetime) -> bool:
    """Whether earlier failures no longer count."""
    return now - first_at > FORGET_AFTER and (blocked_until is None or blocked_until <= now)


#: the longest absence in one piece, calendar days
LONGEST_ABSENCE = 366


@dataclass(frozen=True)
class Away:
    """Days of the tenant's zone on which somebody is away, the first and the last among them, and her deputy."""

    person: UUID
    starts_on: date
    ends_on: date
    deputy: UUID | None


def stand_in(person: UUID, day: date, absences: Iterable[Away]) -> UUID | None:
    """Who does a person's work on a day: herself, else her deputy, else the deputy's deputy; None when nobody is there.

    :param day: in the tenant's zone.
    """
    deputies = {away.person: away.deputy for away in absences if away.starts_on <= day <= away.ends_on}
    seen: set[UUID] = set()
    found: UUID | None = person
    while found is not None and found in deputies:
        if found in seen:
            return None  # two who are away together had named each other
        seen.add(found)
        found = deputies[found]
    return found


def stood_in_for(person: UUID, day: date, absences: Iterable[Away]) -> frozenset[UUID]:
    """Whose work a person does on a day besides her own."""
    known = tuple(absences)
    away = {one.person for one in known if one.starts_on <= day <= one.ends_on} - {person}
    return frozenset(other for other in away if stand_in(other, day, known) == person)
