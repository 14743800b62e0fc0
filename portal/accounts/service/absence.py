"""Absences of the people of a secretariat, and who stands in for them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts import queries, rules
from portal.accounts.models import Absence
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.tenants import queries as tenants

LONGEST_NOTE = 200


def record_absence(
    person_id: UUID,
    days: tuple[date, date],
    deputy_id: UUID | None,
    note: str,
    actor: Actor,
    now: datetime,
) -> Absence:
    """Write down that somebody of the secretariat is away; everybody for herself, a manager for anybody.

    :param days: the first and the last day, in the tenant's zone; both belong to the absence.
    :param deputy_id: who does her work meanwhile; None leaves it to the colleagues.
    :raises NotAllowed: for somebody else's absence. :raises NotFound: when the person is not of this secretariat.
    :raises Invalid: naming ``from``, ``to``, ``deputy`` or ``note``.
    """
    _may_record(actor, person_id)
    staff = {person.id: frozenset(roles) for person, roles in queries.people_with(actor.tenant_id) if person.active}
    if person_id not in staff or actor.person_id is None:
        raise NotFound
    today = now.astimezone(ZoneInfo(tenants.by_id(actor.tenant_id).zone)).date()
    problems = _problems(person_id, days, today)
    if deputy_id is not None and (problem := _deputy_problem(person_id, deputy_id, staff)):
        problems["deputy"] = problem
    if len(note) > LONGEST_NOTE:
        problems["note"] = N_("Use at most %(most)s characters.", most=LONGEST_NOTE)
    if problems:
        raise Invalid(problems)
    row = Absence(
        tenant_id=actor.tenant_id,
        person_id=person_id,
        starts_on=days[0],
        ends_on=days[1],
        deputy_id=deputy_id,
        note=note.strip(),
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def cancel_absence(absence_id: UUID, actor: Actor, now: datetime) -> None:
    """Take an absence back; whoever may record it may.

    :raises NotFound: when there is none, or it was taken back already. :raises NotAllowed: for somebody else's.
    """
    row = db.session.scalars(select(Absence).where(Absence.id == absence_id, Absence.cancelled_at.is_(None))).first()
    if row is None:
        raise NotFound
    _may_record(actor, row.person_id)
    row.cancelled_at = now
    db.session.flush()


def _may_record(actor: Actor, person_id: UUID) -> None:
    if not holds(actor, Permission.ABSENCE_RECORD):
        raise NotAllowed(N_("Only people of the secretariat record absences."))
    if actor.person_id != person_id and not actor.has(Role.PROGRAMME_MANAGER):
        raise NotAllowed(N_("Only a programme manager may record the absence of somebody else."))


def _problems(person_id: UUID, days: tuple[date, date], today: date) -> dict[str, Message]:
    first, last = days
    if last < first:
        return {"to": N_("The last day is before the first one.")}
    if last < today:
        return {"to": N_("These days are over; an absence is recorded for today or later.")}
    if (last - first).days >= rules.LONGEST_ABSENCE:
        return {"to": N_("Record at most a year at a time.")}
    others = [row for row in queries.absences_from(first) if row.person_id == person_id and row.starts_on <= last]
    if others:
        return {"from": N_("There is already an absence on some of these days. Take that one back first.")}
    return {}


def _deputy_problem(person_id: UUID, deputy_id: UUID, staff: dict[UUID, frozenset[str]]) -> Message | None:
    """A deputy does the same work: she shares a role, or she is a manager."""
    if deputy_id == person_id:
        return N_("Choose somebody else as deputy.")
    roles = staff.get(deputy_id, frozenset())
    if roles.isdisjoint(staff[person_id]) and Role.PROGRAMME_MANAGER.value not in roles:
        return N_("Choose a deputy who has one of the same roles, or a programme manager.")
    return None
