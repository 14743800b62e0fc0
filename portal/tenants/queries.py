"""Find a tenant. Tenants are few and change seldom: they are kept in memory for a few seconds."""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from sqlalchemy import select

from portal.core.policy import TenantPolicy
from portal.infra import tenancy
from portal.infra.db import db
from portal.tenants.models import PolicyVersion, Tenant

KEEP_SECONDS = 10.0
_kept: dict[str, tuple[float, tuple[Tenant, ...]]] = {}


def all_tenants() -> tuple[Tenant, ...]:
    """Every tenant, by slug. The rows are detached: read them, do not change them."""
    key = str(db.engine.url)
    kept = _kept.get(key)
    if kept is None or monotonic() - kept[0] > KEEP_SECONDS:
        rows = tuple(db.session.scalars(select(Tenant).order_by(Tenant.slug)))
        for row in rows:
            db.session.expunge(row)
        kept = _kept[key] = (monotonic(), rows)
    return kept[1]


def forget() -> None:
    """Forget what is kept, after a tenant was changed in this process."""
    _kept.clear()


def by_slug(slug: str) -> Tenant | None:
    """The tenant with this slug, if there is one."""
    return next((tenant for tenant in all_tenants() if tenant.slug == slug), None)


def by_id(tenant_id: int) -> Tenant:
    """The tenant with this number.

    :raises LookupError: when there is none.
    """
    for tenant in all_tenants():
        if tenant.id == tenant_id:
            return tenant
    raise LookupError(f"no tenant {tenant_id}")


def policy_at(tenant_id: int, at: datetime | None) -> TenantPolicy:
    """The rules of a tenant (the one in scope) as they were at an instant; today's for None.

    A tenant that never changed its rules has no versions: they were always as they are.
    """
    if at is not None:
        then = (
            select(PolicyVersion).where(PolicyVersion.in_force_at <= at).order_by(PolicyVersion.number.desc()).limit(1)
        )
        row = tenancy.once(("policy", at), lambda: db.session.scalars(then).first())
        if row is not None:
            return TenantPolicy.parse(row.data)
    return by_id(tenant_id).policy


def policies() -> list[PolicyVersion]:
    """Every version of the rules of the tenant in scope, the newest first; none when they were never changed."""
    return list(db.session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc())))
