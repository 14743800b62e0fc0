"""Accounts: making people, letting them in, their roles in a secretariat, their links and passwords."""

from portal.accounts.service.absence import cancel_absence, record_absence
from portal.accounts.service.entry import WRONG, confirm_password, log_in, log_out_everywhere
from portal.accounts.service.links import (
    LIFETIME,
    RESET_JOB,
    Invited,
    ask_for_reset,
    change_password,
    invite,
    mail_reset,
    new_ticket,
    set_password,
    ticket_person,
    use_ticket,
)
from portal.accounts.service.passwords import hash_password, verify_password
from portal.accounts.service.people import (
    affiliate,
    create_person,
    disaffiliate,
    grant_role,
    person_problems,
    revoke_role,
    set_language,
    set_profile,
    set_weekly_digest,
)
from portal.accounts.service.throttle import (
    TooManyTries,
    count_failure,
    forget_old_tries,
    network,
    refuse_blocked,
    throttle,
)

__all__ = [
    "LIFETIME",
    "RESET_JOB",
    "WRONG",
    "Invited",
    "TooManyTries",
    "affiliate",
    "ask_for_reset",
    "cancel_absence",
    "change_password",
    "confirm_password",
    "count_failure",
    "create_person",
    "disaffiliate",
    "forget_old_tries",
    "grant_role",
    "hash_password",
    "invite",
    "log_in",
    "log_out_everywhere",
    "mail_reset",
    "network",
    "new_ticket",
    "person_problems",
    "record_absence",
    "refuse_blocked",
    "revoke_role",
    "set_language",
    "set_password",
    "set_profile",
    "set_weekly_digest",
    "throttle",
    "ticket_person",
    "use_ticket",
    "verify_password",
]
