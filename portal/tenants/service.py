"""Change a tenant's rules: a version with a date, a reason and a name. What was submitted before keeps its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission, holds
from portal.core.policy import TenantPolicy
from portal.core.text import N_
from portal.infra.db import db
from portal.tenants import queries
from portal.tenants.models import PolicyVersion, Tenant

LONGEST_REASON = 400
EVER = datetime(1900, 1, 1, tzinfo=UTC)

Listener = Callable[[int, TenantPolicy, datetime], None]
_listeners: list[Listener] = []


def told(listener: Listener) -> Listener:
    """Register who has to know of new rules: called with tenant, rules and instant (UTC), in the same transaction."""
    _listeners.append(listener)
    return listener


def publish_policy(data: Mapping[str, Any], reason: str, number: int, actor: Actor, now: datetime) -> PolicyVersion:
    """Put rules in force: drafts and new applications follow them, what was submitted before keeps those of its day.

    :param data: as ``core.policy`` reads it. :param reason: kept with the version.
    :param number: the newest version the actor has seen; 0 for none. :param now: UTC; in force from this instant on.
    :raises NotAllowed: unless the actor manages the rules. :raises Invalid: without a reason.
    :raises NotNow: when somebody else has changed them meanwhile, or nothing would change.
    :raises ValueError: for rules that do not exist or contradict themselves.
    """
    if not holds(actor, Permission.POLICY_MANAGE):
        raise NotAllowed
    words = " ".join(reason.split())
    if not words:
        raise Invalid({"reason": N_("Say why. It is kept with the rules, for everybody who asks later.")})
    if len(words) > LONGEST_REASON:
        raise Invalid({"reason": N_("Say it in at most %(number)s characters.", number=LONGEST_REASON)})
    kept = TenantPolicy.parse(data)
    tenant = db.session.get(Tenant, actor.tenant_id, with_for_update=True, populate_existing=True)
    if tenant is None:
        raise NotAllowed
    versions = queries.policies()
    if (versions[0].number if versions else 0) != number:
        raise NotNow(N_("Somebody has changed the rules meanwhile. Look at them again, then make your change."))
    before = TenantPolicy.parse(tenant.policy_data)
    if kept == before:
        raise NotNow(N_("This changes nothing."))
    if not versions:
        db.session.add(PolicyVersion(number=1, data=before.to_data(), in_force_at=EVER, published_by="", reason=""))
    row = PolicyVersion(
        number=(number or 1) + 1, data=kept.to_data(), in_force_at=now, published_by=actor.name, reason=words
    )
    db.session.add(row)
    db.session.execute(update(Tenant).where(Tenant.id == tenant.id).values(policy_data=kept.to_data()))
    db.session.flush()
    queries.forget()
    for listener in _listeners:
        listener(tenant.id, kept, now)
    return row
