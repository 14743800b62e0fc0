"""Members with focal points, and cases brought before them, by the same verbs people use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Affiliation, Person
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.actor import Actor, OrgRole
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.models import Circular, CircularItem
from portal.members.queries import circulars
from portal.members.rules.windows import COORDINATION, GRACE, RECOMMENDED
from portal.members.service import answer, circular, close
from portal.organisations import queries as organisations
from portal.organisations.models import MemberPeriod, Organisation, OrganisationMember
from portal.tenants import queries as tenants
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories

#: name → country, language of its focal point
MEMBERS = {"gavea": ("FR", "fr"), "norlan": ("NO", "en"), "habita": ("KE", "ar")}


def join(world: World, slug: str, since: date = date(2000, 1, 1)) -> dict[str, UUID]:
    """Three members with a focal point each, besides the one of the world that has none and has left."""
    tenant = tenants.by_slug(slug)
    assert tenant is not None
    former = db.session.scalars(select(Organisation).where(Organisation.kind == "member")).all()
    for row in former:
        db.session.add(_period(row.id, date(1999, 1, 1), date(2000, 12, 31)))
    found = {}
    for name, (country, language) in MEMBERS.items():
        row = Organisation(name=name.title(), kind="member", country=country, language=language, created_at=NOW)
        db.session.add(row)
        db.session.flush()
        db.session.add(_period(row.id, since, None))
        add_focal_point(world, slug, row.id, name, language)
        found[name] = row.id
    return found


def _period(key: UUID, starts_on: date, ends_on: date | None) -> MemberPeriod:
    return MemberPeriod(organisation_id=key, starts_on=starts_on, ends_on=ends_on, recorded_at=NOW)


def add_focal_point(world: World, slug: str, organisation: UUID, name: str, language: str) -> Person:
    """Somebody who speaks for a member: ``gavea`` is ``gavea@alpha.example``."""
    person = Person(
        email=world.email(slug, name), name=f"{name.title()} Focal", language=language, password_hash=None,
        session_key=f"{slug}-{name}", created_at=NOW,
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    role = str(OrgRole.FOCAL_POINT)
    db.session.add(OrganisationMember(organisation_id=organisation, person_id=person.id, role=role, since=NOW))
    db.session.add(Affiliation(tenant_id=world[slug].id, person_id=person.id))
    db.session.flush()
    return person


def speaker(world: World, slug: str, name: str) -> Actor:
    """A focal point as an actor."""
    person = db.session.scalars(select(Person).where(Person.email == world.email(slug, name))).one()
    tenant = tenants.by_slug(slug)
    assert tenant is not None
    return organisations.actor_for(person, tenant)


def circulated(world: World, slug: str, cases: Iterable[Case], part: str, now: datetime) -> Circular:
    """A circular with these cases in one part, made and sent by the officer."""
    officer = world.actor(slug, "officer")
    row = circular.compose({part: [case.id for case in cases]}, "Dear members,", officer, now)
    return circular.send(row.number, officer, now)


def mails_arrive(state: str = "sent") -> None:
    """What the mail server says of every mail that waits."""
    for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.state == "queued")):
        mail.state = state
    db.session.flush()


def item_of(case: Case, part: str = RECOMMENDED) -> CircularItem:
    """The item under which a case was sent last."""
    found = circulars.current_item(case.id, part)
    assert found is not None
    return found


def coordinating(world: World, slug: str = "alpha", now: datetime = NOW, **more: Any) -> Case:
    """A large proposal of which the members were asked for comments."""
    case = proposals.to_coordinate(world, proposals.submitted(world, slug, now=now, **more), now + stories.HOUR)
    circulated(world, slug, [case], COORDINATION, now + 5 * stories.HOUR)
    return case


def close_over(case: Case, part: str) -> datetime:
    """Close the case's window as the sweep does; the instant it ended."""
    item = item_of(case, part)
    assert item.closes_at is not None
    ends = item.closes_at
    close.close_windows(ends + GRACE)
    return ends


def to_circulate(world: World, slug: str = "alpha", now: datetime = NOW, **more: Any) -> Case:
    """A large proposal that was commented, concurred with and recommended."""
    case = coordinating(world, slug, now, **more)
    then = close_over(case, COORDINATION) + stories.HOUR
    officer = stories.who(world, case, "officer")
    make_move(case, "close_concurrence", officer, then, {"outcome": "concurs"})
    return make_move(case, "recommend", officer, then)


def before_members(world: World, slug: str = "alpha", now: datetime = NOW, **more: Any) -> Case:
    """A large proposal before the members for approval by silence."""
    case = to_circulate(world, slug, now, **more)
    circulated(world, slug, [case], RECOMMENDED, case.state_since + stories.HOUR)
    return case


def say(world: World, case: Case, name: str, stance: str, now: datetime, reason: str = "") -> None:
    """A member takes its stance on a case."""
    slug = next(part.slug for part in world.tenants.values() if part.id == case.tenant_id)
    actor = speaker(world, slug, name)
    (organisation,) = actor.member_organisations
    answer.take_stance(item_of(case).id, organisation, stance, reason, actor, now)
