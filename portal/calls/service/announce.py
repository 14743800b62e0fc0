"""Write a call, announce it, and change what may still be changed; each decision is kept with who took it and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.calls.models import Call, CallChange
from portal.calls.rules import announcing, instruments
from portal.calls.service.listeners import tell
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.tenants import queries as tenants

CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_CODE, LONGEST_REASON = 60, 2000
ANNOUNCED, CHANGED = "announced", "changed"
#: what an approval in principle makes of an application: the way to another one
PROPOSAL = "proposal"
#: what whoever applies relies on, and what therefore stays once a call is announced
FIXED = frozenset({"opens_at", "closes_at", "zone", "eligible_on", "amount_limit", "page_limit", "all_countries"})


def allowed(actor: Actor) -> None:
    """:raises NotAllowed: unless the actor manages calls."""
    if not holds(actor, Permission.CALL_MANAGE):
        raise NotAllowed


def begin(code: str, instrument: str, actor: Actor, now: datetime) -> Call:
    """Begin a call as a draft that only the secretariat sees, with the instrument's own texts to start from.

    :param code: names it in addresses, such as ``catalytic-fund-2027``; it never changes.
    :raises Invalid: for a code that is none or is taken, or an instrument that does not exist.
    """
    allowed(actor)
    code = code.strip().lower()
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise Invalid({"code": N_("Give a short name of letters, digits and hyphens, such as small-grants-2027.")})
    if db.session.scalars(select(Call).where(Call.code == code)).first() is not None:
        raise Invalid({"code": N_("The name %(code)s is taken. Choose another.", code=code)})
    if instrument not in instruments.all_instruments():
        raise Invalid({"instrument": N_("Choose one of the answers offered.")})
    tenant, known = tenants.by_id(actor.tenant_id), instruments.instrument(instrument)
    languages = [language for language in tenant.languages if language in known.languages]
    row = Call(
        code=code,
        instrument=instrument,
        title={language: known.title.by_language.get(language, "") for language in languages},
        summary={},
        form_version=known.forms[instruments.APPLICATION][1],
        workflow_version=known.workflow,
        languages=languages,
        opens_at=now.replace(minute=0, second=0, microsecond=0),
        closes_at=None,
        zone=tenant.zone,
        eligible_on=_today(now, tenant.zone),
        policy_overrides={},
        is_draft=True,
        next_instrument="",
    )
    db.session.add(row)
    db.session.flush()
    return row


def save(call: Call, values: Mapping[str, Any], actor: Actor) -> None:
    """Keep what was typed about a draft, with whatever is missing still.

    :param values: as ``rules.call_form`` reads them.
    :raises NotNow: when it was announced meanwhile.
    """
    allowed(actor)
    call = locked(call)
    if not call.is_draft:
        raise NotNow(N_("This call was announced meanwhile. Look at it again before you go on."))
    _write(call, values)


def faults(call: Call, now: datetime) -> dict[str, Message]:
    """Why a draft cannot be announced yet: field → how to mend it."""
    leads_on = instruments.makes(call.instrument) == PROPOSAL
    return announcing.faults(call, now, leads_on=leads_on, has_next=call.next_instrument in nexts(call.instrument))


def publish(call: Call, actor: Actor, now: datetime) -> CallChange:
    """Announce a draft: from now on everybody reads it.

    :raises NotNow: while something is missing in a language it is announced in, or it was announced already.
    """
    allowed(actor)
    call = locked(call)
    if not call.is_draft:
        raise NotNow(N_("This call was announced meanwhile. Look at it again before you go on."))
    if faults(call, now):
        raise NotNow(N_("This call cannot be announced yet: mend what the form says first."))
    call.is_draft = False
    change = record(call, ANNOUNCED, "", actor, now, until=call.closes_at)
    tell(call, change, actor, now)
    return change


def change(call: Call, values: Mapping[str, Any], reason: str, actor: Actor, now: datetime) -> CallChange:
    """Change the texts, languages, money for all, end of questions or next stage of a call that is announced.

    What applicants rely on stays (``FIXED``); a later closing is a decision of its own. A language in which the call
    was announced stays too: somebody may be writing in it.

    :raises Invalid: without a reason, or for a text that would be missing. :raises NotNow: when nothing would change.
    """
    allowed(actor)
    call = locked(call)
    if call.is_draft:
        raise NotNow(N_("This call is a draft still. Save it, then announce it."))
    words = reason_of(reason)
    before = _facts(call)
    kept = {name: value for name, value in values.items() if name not in FIXED}
    kept["languages"] = [*call.languages, *(code for code in values["languages"] if code not in call.languages)]
    _write(call, kept)
    wrong = {name: message for name, message in faults(call, now).items() if name != "closes_at"}
    if wrong:
        raise Invalid(wrong)
    after = _facts(call)
    details = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not details:
        raise NotNow(N_("This changes nothing."))
    return record(call, CHANGED, words, actor, now, details=details)


def discard(call: Call, actor: Actor) -> None:
    """Throw a draft away.

    :raises NotNow: for a call that was announced.
    """
    allowed(actor)
    call = locked(call)
    if not call.is_draft:
        raise NotNow(N_("A call that was announced stays, so that everybody can read what was promised."))
    db.session.delete(call)


def nexts(instrument: str) -> tuple[str, ...]:
    """The instruments with which an application approved in principle may go on; none where it goes on as a grant."""
    if instruments.makes(instrument) != PROPOSAL:
        return ()
    return tuple(code for code in instruments.all_instruments() if instruments.makes(code) == "grant")


def locked(call: Call) -> Call:
    """The call, held against other writers until the transaction ends."""
    return db.session.scalars(
        select(Call).where(Call.id == call.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def reason_of(reason: str) -> str:
    """A reason as it is kept.

    :raises Invalid: when there is none, or it is too long.
    """
    words = reason.strip()
    if not words:
        raise Invalid({"reason": N_("Say why. It is kept with the call, for everybody who asks later.")})
    if len(words) > LONGEST_REASON:
        raise Invalid({"reason": N_("Say it in at most %(number)s characters.", number=LONGEST_REASON)})
    return words


def record(call: Call, kind: str, reason: str, actor: Actor, now: datetime, **more: Any) -> CallChange:
    """Keep a decision on a call with who took it.

    :raises NotAllowed: for the system: people decide.
    """
    if actor.person_id is None:
        raise NotAllowed
    row = CallChange(
        call_id=call.id, kind=kind, reason=reason, decided_by=actor.person_id, decided_by_name=actor.name,
        decided_at=now, **more,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def _write(call: Call, values: Mapping[str, Any]) -> None:
    plain = ("title", "summary", "languages", "opens_at", "closes_at", "zone", "eligible_on", "questions_until")
    for name in (*plain, "envelope", "next_months"):
        if name in values:
            setattr(call, name, values[name])
    if "next_instrument" in values:
        wanted = values["next_instrument"]
        call.next_instrument = wanted if wanted in nexts(call.instrument) else ""
    if "all_countries" in values:
        call.policy_overrides = _overrides(call.instrument, values)
    db.session.flush()


def _overrides(instrument: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if values["amount_limit"] is not None:
        found["amount_limit"] = str(values["amount_limit"])
    if values["page_limit"] is not None:
        found["page_limits"] = {instrument: values["page_limit"]}
    if values["all_countries"]:
        found["eligible_from_oda_list"] = False
    return found


def _facts(call: Call) -> dict[str, Any]:
    """What can be changed, as plain values."""
    until = call.questions_until
    return {
        "title": dict(call.title),
        "summary": dict(call.summary),
        "languages": list(call.languages),
        "envelope": None if call.envelope is None else f"{Decimal(call.envelope):.2f}",
        "questions_until": until.isoformat() if until else None,
        "next_instrument": call.next_instrument,
        "next_months": call.next_months,
    }


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
