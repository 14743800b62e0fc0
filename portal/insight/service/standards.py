"""Write standards: begin a draft, keep what is typed, publish it as the next version, or throw it away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.core.standards import StandardError
from portal.core.text import N_, Message
from portal.infra.db import db, to_json
from portal.insight.queries import standards as queries
from portal.insight.rules.standards_check import problems_of
from portal.standards import queries as versions
from portal.standards import service as published
from portal.standards.models import StandardDraft, StandardVersion
from portal.tenants import queries as tenants

CODE = re.compile(r"[A-Z][A-Z0-9-]{1,11}")
#: what a new standard says before anybody has said anything: two steps that every process has are not guessed
BLANK: dict[str, Any] = {
    "name": {},
    "promise": {},
    "side": "secretariat",
    "start": [],
    "stop": [],
    "amount": "",
    "unit": "business_days",
    "target_percent": 80,
    "warn": [{"before": 3, "unit": "business_days"}],
}
#: a draft longer than this is no standard
LONGEST_DEFINITION = 60_000


def begin(instrument: str, process: str, code: str, actor: Actor, now: datetime) -> StandardDraft:
    """Begin a standard that the tenant does not have yet.

    :param code: short and in capitals, such as ``ACK``; it never changes.
    :raises Invalid: for a code that is none or is taken. :raises NotFound: for a process that does not exist.
    """
    _allowed(actor)
    queries.process_of(instrument, process)
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        message = N_("Give a short code of 2 to 12 capital letters, digits and hyphens, such as ACK.")
        raise Invalid({"code": message})
    if queries.newest(instrument, process, code) is not None:
        raise Invalid({"code": N_("The code %(code)s is taken. Choose another, or write a new version.", code=code)})
    if queries.draft_of(instrument, process, code) is not None:
        raise Invalid({"code": N_("A draft with the code %(code)s is being written already.", code=code)})
    return _new(instrument, process, code, BLANK, actor, now)


def begin_version(
    instrument: str, process: str, code: str, changes: Mapping[str, Any], actor: Actor, now: datetime
) -> StandardDraft:
    """Begin the next version of a standard as a copy of the newest; a draft that exists is gone on with.

    :param changes: what the copy says otherwise, such as ``{"amount": 8}``; an existing draft is not touched.
    :raises NotFound: when there is no such standard.
    """
    _allowed(actor)
    row = queries.newest(instrument, process, code)
    if row is None:
        raise NotFound
    found = queries.draft_of(instrument, process, code)
    return found or _new(instrument, process, code, {**row.definition, **changes}, actor, now)


def _new(
    instrument: str, process: str, code: str, definition: Mapping[str, Any], actor: Actor, now: datetime
) -> StandardDraft:
    row = StandardDraft(
        instrument=instrument,
        process=process,
        code=code,
        definition={**definition, "code": code},
        written_by=_person(actor),
        written_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def save(draft: StandardDraft, definition: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Keep what was typed, right or wrong; nothing is lost because something is missing still.

    :raises Invalid: when it cannot be kept: too long, or under another code (``definition`` names the field).
    """
    _allowed(actor)
    if definition.get("code", draft.code) != draft.code:
        raise Invalid({"definition": N_("The code of this standard is %(code)s and stays so.", code=draft.code)})
    if len(to_json(definition)) > LONGEST_DEFINITION:
        raise Invalid({"definition": N_("This is too long for a standard. Shorten its texts.")})
    draft.definition = {**definition, "code": draft.code}
    draft.written_by, draft.written_at = _person(actor), now


def check(draft: StandardDraft) -> list[tuple[str, Message]]:
    """What is still wrong with a draft: pairs of the key at fault and how to mend it; empty when all is well."""
    languages = tenants.by_id(draft.tenant_id).languages
    return problems_of(draft.instrument, draft.process, draft.definition, languages)


def says_nothing_new(draft: StandardDraft) -> bool:
    """Whether a draft says what the version in force says already."""
    row = queries.newest(draft.instrument, draft.process, draft.code)
    if row is None:
        return False
    try:
        return queries.parsed_draft(draft) == versions.parsed(row)
    except StandardError:
        return False


def publish(draft: StandardDraft, actor: Actor, now: datetime) -> StandardVersion:
    """Publish a draft as the next version; clocks that run keep the version they began under.

    :raises NotNow: while something is wrong with it, or when it says nothing new.
    """
    _allowed(actor)
    if check(draft):
        raise NotNow(N_("This draft cannot be published yet: mend what the form says first."))
    if says_nothing_new(draft):
        raise NotNow(N_("This draft says the same as the version in force. There is nothing to publish."))
    row = published.publish(draft.instrument, draft.process, draft.definition, now, actor.name)
    db.session.delete(draft)
    db.session.flush()
    return row


def discard(draft: StandardDraft, actor: Actor) -> None:
    """Throw a draft away; what is in force stays."""
    _allowed(actor)
    db.session.delete(draft)


def _allowed(actor: Actor) -> None:
    if not holds(actor, Permission.STANDARDS_MANAGE):
        raise NotAllowed


def _person(actor: Actor) -> Any:
    if actor.person_id is None:
        raise NotAllowed
    return actor.person_id
