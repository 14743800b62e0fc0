"""Load the demonstration: once, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.demo.content import DemoCase, DemoContent, DemoContentError
from portal.demo.people import DemoTenant
from portal.demo.rules.moments import Timeline
from portal.demo.service import story, together, world
from portal.demo.service.stage import Stage, keep_mails
from portal.infra import tenancy
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """What was loaded: how many tenants, cases and mails."""

    tenants: int
    cases: int
    mails: int


def load(content: DemoContent, now: datetime, tell: Tell = lambda _: None) -> Loaded:
    """Make the tenants that are missing, with their people and cases; what is there stays as it is.

    Nothing is committed here. Mails are kept in the outbox and never sent: their addresses are invented.

    :param now: UTC; every story is told relative to it.
    :param tell: takes lines of progress.
    :raises DemoContentError: when a story cannot be played, naming the case.
    """
    wanted = world.missing_tenants(content)
    if wanted:
        tell(f"Setting up {', '.join(tenant.slug for tenant in wanted)}: people, organisations, cities, standards")
        world.set_up(content, wanted, now)
    else:
        world.set_up_instruments(content, now)
    cases = mails = 0
    for facts in wanted:
        made, kept = _play(content, facts, now, tell)
        cases, mails = cases + made, mails + kept
    return Loaded(len(wanted), cases, mails)


def _play(content: DemoContent, facts: DemoTenant, now: datetime, tell: Tell) -> tuple[int, int]:
    """Play every case of a tenant, the oldest first, as references are given out."""
    tenant = tenants.by_slug(facts.slug)
    if tenant is None:
        raise DemoContentError(f"tenants.toml: {facts.slug} was not set up.")
    mine = _oldest_first(case for case in content.cases if case.tenant == facts.slug)
    kept = 0
    with tenancy.scope(tenant.id):
        for number, demo in enumerate(mine, 1):
            made = play(content, tenant, demo, now, seed=number * 37)
            kept += keep_mails(now)
            tell(f"{made:<14} {demo.target_state:<13} {demo.language}  {demo.title}")
        routed, mails = together.play(content, tenant, now, tell)
        db.session.flush()
    return len(mine) + routed, kept + mails


def _oldest_first(cases: Iterable[DemoCase]) -> list[DemoCase]:
    return sorted(cases, key=lambda case: (case.milestones[0].day, case.code))


def play(content: DemoContent, tenant: Tenant, demo: DemoCase, now: datetime, *, seed: int = 0) -> str:
    """Play one case in its tenant's scope.

    :returns: its reference.
    :raises DemoContentError: naming the case and what stopped it.
    """
    stage = Stage(content, tenant, demo, Timeline(tenant.work_calendar, tenant.zone, now, seed))
    try:
        return story.play(stage).reference
    except DemoContentError:
        raise
    except Exception as error:
        state = stage.case.state if stage.started else "nothing"
        raise DemoContentError(f"case {demo.code} ({state}): {type(error).__name__}: {error}") from error
