"""What a journey needs from behind the pages: calls that are open, people who may do things, windows that end.

It is done by the portal's own verbs on the data of the running portal, the way its job runner works beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.accounts.models import Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.calls.service import announce
from portal.cases.models import Case
from portal.config import Settings
from portal.core.actor import Actor
from portal.demo.content import load
from portal.infra import jobs, tenancy
from portal.infra.db import db
from portal.members.models import CircularItem
from portal.members.queries import circulars
from portal.members.rules.windows import GRACE
from portal.organisations import queries as organisations
from portal.standards import service as standards
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant
from tests.journeys.serving import TENANT, Server

PASSWORD = "a lantern over the harbour"


@dataclass(frozen=True)
class Newcomer:
    """Somebody the demonstration does not know, as `person(newcomer)` lets her in."""

    code: str
    name: str
    email: str
    language: str = "en"
    password: str = PASSWORD


@lru_cache(maxsize=1)
def _application(server: Server) -> Flask:
    environ = {"PORTAL_DATA_DIR": str(server.folder), "PORTAL_BIND": server.base.removeprefix("http://")}
    return create_app(Settings.from_environment(environ), testing=True)


@contextmanager
def office(server: Server) -> Iterator[Tenant]:
    """Work on the running portal's data as its own processes do; kept when the block ends."""
    with _application(server).app_context():
        tenants.forget()
        tenant = tenants.by_slug(TENANT)
        assert tenant is not None
        with tenancy.scope(tenant.id):
            yield tenant
            db.session.commit()
        db.session.remove()


def actor(tenant: Tenant, who: str | Newcomer) -> Actor:
    """Somebody as she acts: a person of the demonstration by her code, or a newcomer. Needs the office."""
    email = who.email if isinstance(who, Newcomer) else next(row.email for row in load().people if row.code == who)
    person = db.session.scalars(select(Person).where(Person.email == email)).one()
    return organisations.actor_for(person, tenant)


def with_standards(server: Server, *codes: str) -> None:
    """Let the promises of these instruments be in force, unless they are."""
    with office(server):
        for code in codes:
            standards.publish_seeds(code, datetime.now(UTC) - timedelta(days=1))


def open_call(server: Server, code: str, instrument: str, title: str, **policy: Any) -> None:
    """Announce a call that is open all the time.

    :param title: the same in every language; :param policy: what its rules say otherwise.
    """
    now = datetime.now(UTC)
    with office(server) as tenant:
        manager = actor(tenant, "ca-manager")
        call = announce.begin(code, instrument, manager, now - timedelta(hours=1))
        call.policy_overrides = policy
        known = instruments.instrument(instrument)
        texts = {"title": dict.fromkeys(call.languages, title), "summary": dict(known.summary.by_language)}
        announce.save(call, texts, manager)
        announce.publish(call, manager, now)


def call_of(code: str) -> Call:
    """A call by its code. Needs the office."""
    return db.session.scalars(select(Call).where(Call.code == code)).one()


def end_window(server: Server, references: list[str], part: str) -> None:
    """Let the members' time for these cases be over: two weeks cannot be waited for, so the end of the window is moved
    to a moment ago, and the portal's own job runner is asked to look. It closes the windows itself.
    """
    now = datetime.now(UTC)
    with office(server):
        for reference in references:
            item = _item(reference, part)
            item.closes_at = now - GRACE - timedelta(seconds=1)
        jobs.enqueue("members.look", {}, tenant_id=None, now=now)


def _item(reference: str, part: str) -> CircularItem:
    case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
    item = circulars.current_item(case.id, part)
    assert item is not None
    return item
