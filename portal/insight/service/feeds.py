"""Secret addresses for calendar programmes: made, read without logging in, revoked."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import or_, update

from portal.accounts import queries as accounts
from portal.accounts.models import FeedAddress
from portal.accounts.rules import stood_in_for
from portal.accounts.service.throttle import digest
from portal.core.actor import CLIENT_ROLES, Actor, OrgRole, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.text import N_, Message
from portal.evaluation.queries import hers
from portal.evaluation.show import label
from portal.infra import i18n
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.insight.queries import feeds as queries
from portal.insight.rules.calendar_file import Entry, write
from portal.members import show as members
from portal.members.queries import circulars
from portal.organisations import queries as organisations
from portal.standards import queries as standards
from portal.standards.show import due_words
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

#: what a feed holds, as its owner reads it
KINDS: dict[str, Message] = {
    "deadlines": N_("My own dates"),
    "reviews": N_("Promises in the cases I look after"),
    "reports": N_("Reports that are due"),
}
#: the same kind for somebody who evaluates and looks after no case
EVALUATIONS = N_("Evaluations I am asked for")
#: addresses one person may have at a time in a tenant: some for each of her machines
MOST_ADDRESSES = 12
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of feed that can show this person anything at all, as her roles stand now."""
    found = []
    applies = any(not held.isdisjoint(CLIENT_ROLES) for held in actor.organisations.values())
    if applies or actor.member_organisations or actor.has(Role.TRANSLATOR):
        found.append("deadlines")
    works = bool(actor.roles - {Role.AUDITOR, Role.EVALUATOR})
    if works or actor.has(Role.EVALUATOR):
        found.append("reviews")
    if applies or works:
        found.append("reports")
    return found


def name_of(kind: str, actor: Actor) -> Message:
    """What a kind of feed holds, in the words of its owner's work."""
    return EVALUATIONS if kind == "reviews" and not actor.is_staff else KINDS[kind]


def kinds_to_make(actor: Actor) -> list[str]:
    """The kinds of feed for which this person may make an address; who only looks on makes nothing."""
    held = {role for roles in actor.organisations.values() for role in roles}
    if not (held - {OrgRole.VIEWER} or actor.roles - {Role.AUDITOR}):
        return []
    return kinds_for(actor)


def create(actor: Actor, kind: str, now: datetime) -> str:
    """Make an address.

    :returns: its secret, which is kept nowhere and cannot be shown again.
    :raises Invalid: for a kind there is not. :raises NotAllowed: for one that is not hers.
    :raises NotNow: for too many.
    """
    if kind not in KINDS:
        raise Invalid({"kind": N_("Choose one of the answers offered.")})
    if actor.person_id is None or kind not in kinds_to_make(actor):
        raise NotAllowed
    if len(queries.addresses_of(actor.person_id)) >= MOST_ADDRESSES:
        raise NotNow(N_("You have many addresses already. Revoke one that you no longer use."))
    secret = secrets.token_urlsafe(32)
    db.session.add(FeedAddress(person_id=actor.person_id, kind=kind, digest=digest(secret), created_at=now))
    db.session.flush()
    return secret


def revoke(actor: Actor, address_id: UUID, now: datetime) -> None:
    """Make an address worthless at once; a second time changes nothing.

    :raises NotFound: when the actor has no such address.
    """
    found = queries.own(actor.person_id, address_id) if actor.person_id else None
    if found is None:
        raise NotFound
    found.revoked_at = found.revoked_at or now
    db.session.flush()


def read(secret: str, tenant: Tenant, now: datetime) -> tuple[FeedAddress, bytes]:
    """The file behind a secret address: what its owner may see now, in her language. Changes nothing. Four queries.

    :param now: UTC; its day in the tenant's zone says for whom she stands in.
    :raises NotFound: for a secret that never was, was revoked, or whose owner has no role left for it.
    """
    wanted = digest(secret)
    found = queries.by_digest(wanted) if SECRET.fullmatch(secret) else None
    if found is None or not hmac.compare_digest(found[0].digest, wanted):
        raise NotFound
    address, person = found
    actor = organisations.actor_for(person, tenant)
    if address.kind not in kinds_for(actor):
        raise NotFound
    with i18n.in_language(person.language):
        return address, _file(actor, address.kind, tenant, now)


def note_read(address_id: UUID, day: date) -> None:
    """Remember that an address was read on a day; the second time on one day writes nothing."""
    db.session.execute(
        update(FeedAddress)
        .where(FeedAddress.id == address_id, or_(FeedAddress.last_read_on.is_(None), FeedAddress.last_read_on < day))
        .values(last_read_on=day)
        .execution_options(synchronize_session=False)
    )


def _file(actor: Actor, kind: str, tenant: Tenant, now: datetime) -> bytes:
    base = current_app.config["PORTAL"].base_url
    entries = _promised(actor, kind, tenant, now, base)
    if kind == "reviews" and actor.has(Role.EVALUATOR):
        entries += _evaluations(actor, tenant, now, base)
    if kind == "deadlines" and actor.member_organisations:
        entries += _windows(actor, tenant, now, base)
    what = gettext(name_of(kind, actor).id)
    name = gettext("%(what)s, %(tenant)s", what=what, tenant=tenant.short_name)
    host = urlsplit(base).hostname or "localhost"
    return write(name, i18n.locale_code(), host, entries)


def _evaluations(actor: Actor, tenant: Tenant, now: datetime, base: str) -> list[Entry]:
    """What an evaluator has still to file, by the bare facts that she may know before she has declared herself."""
    return [
        Entry(
            key=str(one.id),
            due_at=around.closes_at,
            revision=0,
            changed_at=one.changed_at,
            summary=" · ".join((gettext("Evaluation to file"), label(around, case), i18n.show_text(around.title))),
            description=gettext("Due by %(when)s", when=due_words(around.closes_at, around.zone)),
            url=f"{base}/{tenant.slug}/inbox/evaluations/{one.id}/",
            own=True,
        )
        for one, around, case in db.session.execute(hers.listed(actor, now))
        if one.state != hers.FILED
    ]


def _windows(actor: Actor, tenant: Tenant, now: datetime, base: str) -> list[Entry]:
    """What the members a focal point speaks for are asked about, and have not answered yet."""
    return [
        Entry(
            key=str(row.item.id),
            due_at=row.item.closes_at,
            revision=row.case.last_seq,
            changed_at=row.case.changed_at,
            summary=" · ".join((row.clock.name, row.case.reference, row.case.title_translated or row.case.title)),
            description=gettext("Due by %(when)s", when=due_words(row.item.closes_at, tenant.zone)),
            url=f"{base}/{tenant.slug}/circulars/cases/{row.case.reference}/",
            own=True,
        )
        for row in members.rows_of(circulars.waiting(actor), actor, now)
        if row.item is not None and row.item.closes_at is not None and row.clock is not None and row.tone == "soon"
        if members.is_open(row.item, row.case, now)
    ]


def _promised(actor: Actor, kind: str, tenant: Tenant, now: datetime, base: str) -> list[Entry]:
    today = now.astimezone(ZoneInfo(tenant.zone)).date()
    others = stood_in_for(actor.person_id, today, accounts.away_on(today)) if actor.person_id else frozenset()
    entries = []
    for clock, version, case in queries.dates(actor, kind, others):
        if clock.due_at is None:
            continue
        standard = standards.parsed(version)
        client = actor.in_organisation(case.organisation_id)
        zone = standard.zone or tenants.by_id(case.tenant_id).zone
        title = case.title if client else (case.title_translated or case.title)
        name = i18n.show_text(standard.name)
        promise = i18n.show_text(standard.promise)
        due = gettext("Due by %(when)s", when=due_words(clock.due_at, zone))
        place = "cases" if client else "desk"
        entries.append(
            Entry(
                key=str(clock.id),
                due_at=clock.due_at,
                revision=case.last_seq,
                changed_at=case.changed_at,
                summary=" · ".join(part for part in (name, case.reference, title) if part),
                description="\n".join(part for part in (due, promise, title) if part),
                url=f"{base}/{tenant.slug}/{place}/{case.reference}/",
                own=client or clock.side == "translator",
            )
        )
    return entries
