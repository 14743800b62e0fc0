"""Invite evaluators, and keep what they know and are bound to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.accounts import queries as accounts_read
from portal.accounts import service as accounts
from portal.accounts.models import Person
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission, holds
from portal.core.role_names import role_name
from portal.core.text import N_, Message
from portal.evaluation import queries
from portal.evaluation.models import EvaluatorProfile
from portal.evaluation.rules import topics
from portal.infra.db import db
from portal.infra.i18n import all_languages

MOST_CASES, MOST_TIES, LONGEST_TIE = 50, 40, 200


def invite(
    actor: Actor,
    email: str,
    name: str,
    language: str,
    now: datetime,
    *,
    expertise: Iterable[str] = (),
    languages: Iterable[str] = (),
    ties: Iterable[str] = (),
) -> Person:
    """Bring an external evaluator in by e-mail; she sees only what is assigned to her.

    Officers and managers may do this although they do not manage people: the role opens nothing by itself.

    :param expertise: subjects she knows; :param languages: what she reads, none: the language of her mails;
    :param ties: organisations and cities she is known to be bound to. She completes her profile herself; what she wrote
        in it before stays.
    :raises NotAllowed: for anybody else.
    :raises Invalid: naming ``email``, ``name`` or ``language``; also when she works in the secretariat already.
    """
    if not holds(actor, Permission.EVALUATION_MANAGE):
        raise NotAllowed
    known = accounts_read.by_email(email)
    if known is not None and set(accounts_read.roles_in(known.id, actor.tenant_id)) - {Role.EVALUATOR}:
        raise Invalid({"email": N_("This person works in the secretariat; an external evaluator must not.")})
    invited = accounts.invite(actor, email, name, language, now, role=role_name(Role.EVALUATOR))
    person = invited.person
    accounts.grant_role(Actor.system(actor.tenant_id), person.id, Role.EVALUATOR, now)
    if queries.profile_of(person.id) is None:
        db.session.add(
            EvaluatorProfile(
                person_id=person.id,
                expertise=sorted(set(expertise) & set(topics.known())),
                languages=sorted(set(languages) & set(all_languages())) or [person.language],
                ties=[name.strip()[:LONGEST_TIE] for name in ties if name.strip()][:MOST_TIES],
                most_cases=5,
                invited_at=now,
                changed_at=now,
            )
        )
        db.session.flush()
    return person


def save_profile(
    actor: Actor,
    *,
    expertise: Iterable[str],
    languages: Iterable[str],
    countries: Iterable[str],
    ties: Iterable[str],
    most_cases: int,
    active: bool,
    now: datetime,
) -> EvaluatorProfile:
    """Keep one's own profile.

    :param countries: ISO 3166-1 alpha-2 codes; :param ties: names of cities, organisations and people.
    :raises NotAllowed: for anybody but an evaluator.
    :raises Invalid: naming ``languages``, ``countries``, ``ties`` or ``most_cases``.
    """
    if not holds(actor, Permission.EVALUATION_WRITE) or actor.person_id is None:
        raise NotAllowed
    spoken = sorted(set(languages))
    places = sorted({code.strip() for code in countries if code.strip()})
    names = list(dict.fromkeys(name.strip() for name in ties if name.strip()))
    subjects = sorted(set(expertise) & set(topics.known()))
    problems: dict[str, Message] = {}
    if not spoken or not set(spoken) <= set(all_languages()):
        problems["languages"] = N_("Choose at least one of the languages in the list.")
    strange = [code for code in places if len(code) != 2 or not code.isascii() or not code.isalpha()]
    if strange:
        problems["countries"] = N_("Not known as a country: %(names)s.", names=tuple(strange))
    if len(names) > MOST_TIES or any(len(name) > LONGEST_TIE for name in names):
        problems["ties"] = N_(
            "At most %(most)s names of at most %(long)s characters.", most=MOST_TIES, long=LONGEST_TIE
        )
    if not 1 <= most_cases <= MOST_CASES:
        problems["most_cases"] = N_("Enter a number from 1 to %(most)s.", most=MOST_CASES)
    if problems:
        raise Invalid(problems)
    row = queries.profile_of(actor.person_id)
    if row is None:
        row = EvaluatorProfile(person_id=actor.person_id, invited_at=now, changed_at=now)
        db.session.add(row)
    row.expertise, row.languages, row.countries, row.ties = subjects, spoken, places, names
    row.most_cases, row.active, row.changed_at = most_cases, active, now
    db.session.flush()
    return row
