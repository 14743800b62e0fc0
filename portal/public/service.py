"""Look a status up by reference and code; bring somebody into the secretariat."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from portal.accounts import service as accounts
from portal.accounts.models import Person
from portal.cases.models import Case
from portal.cases.service.submission import access_code_digest
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed
from portal.core.permissions import Permission, holds
from portal.core.role_names import role_name
from portal.core.text import N_
from portal.infra import mail
from portal.public import queries

WRONG = N_("There is no application with this reference and this code. Look at both in the confirmation mail.")


def look_up(reference: str, code: str, address: str, now: datetime) -> Case:
    """The case with this reference, for whoever has its access code.

    A wrong try is counted by network: the caller keeps the changes although this raises.

    :param address: the network address of whoever asks; :param now: UTC.
    :raises Invalid: (field ``reference``) when reference and code do not belong together; which is wrong is not said.
    :raises accounts.service.TooManyTries: after too many wrong ones.
    """
    key = f"status:{accounts.network(address)}"
    accounts.refuse_blocked("address", key, now)
    reference = reference.strip().upper()
    case = queries.by_reference(reference)
    kept = (case.access_code_digest if case else None) or "-" * 64
    if not hmac.compare_digest(kept, access_code_digest(reference, code)) or case is None:
        accounts.count_failure("address", key, now)
        raise Invalid({"reference": WRONG})
    return case


def invite_staff(actor: Actor, email: str, name: str, language: str, role: Role, now: datetime) -> Person:
    """Bring somebody into the secretariat by e-mail, with a role.

    :raises NotAllowed: unless the actor manages people.
    :raises Invalid: naming ``email``, ``name`` or ``language``.
    """
    if not holds(actor, Permission.PEOPLE_MANAGE):
        raise NotAllowed
    invited = accounts.invite(actor, email, name, language, now, role=role_name(role))
    accounts.grant_role(actor, invited.person.id, role, now)
    return invited.person


def resend(actor: Actor, mail_id: UUID, now: datetime) -> None:
    """Send a mail once more, as it was worded.

    :raises NotAllowed: unless the actor may.
    :raises NotFound: when the tenant has no such mail.
    :raises NotNow: when it is waiting already or was not kept.
    """
    if not holds(actor, Permission.MAIL_RESEND):
        raise NotAllowed
    mail.resend(queries.mail(mail_id).id, now)
