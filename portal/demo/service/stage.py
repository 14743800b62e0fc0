"""What a story of the demonstration is played on: its case, its people as actors, its course of time."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from portal.accounts.models import Person
from portal.cases.models import Case
from portal.cases.service.sweep import sweep_case
from portal.core.actor import Actor
from portal.demo.content import DemoCase, DemoContent, DemoContentError
from portal.demo.papers import MEDIA_TYPE, Paper
from portal.demo.rules.moments import Timeline
from portal.infra import storage
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.infra.mail import SEND, OutboxMail
from portal.organisations import queries as organisations
from portal.standards.models import Clock
from portal.tenants.models import Tenant

#: More than a case's clocks can ever ask for: a fence against going round in circles.
MOST_SWEEPS = 200


@dataclass
class Stage:
    """One story while it is played.

    :param together: it shares its course of time with other stories, so that nothing of it may run ahead.
    """

    content: DemoContent
    tenant: Tenant
    demo: DemoCase
    time: Timeline
    actors: dict[str, Actor] = field(default_factory=dict)
    together: bool = False
    _case: Case | None = None

    @property
    def case(self) -> Case:
        """The application.

        :raises DemoContentError: before it was started.
        """
        if self._case is None:
            raise DemoContentError(f"case {self.demo.code}: the first milestone should be “started”.")
        return self._case

    @case.setter
    def case(self, case: Case) -> None:
        self._case = case

    @property
    def started(self) -> bool:
        """Whether there is a case yet."""
        return self._case is not None

    def actor(self, code: str) -> Actor:
        """A person of the demonstration as she acts in this tenant."""
        found = self.actors.get(code)
        if found is None:
            person = db.session.get(Person, self.content.world.people[code].id)
            if person is None:
                raise DemoContentError(
                    f"people.toml: {code!r} has no account; load the demonstration into a new database."
                )
            found = self.actors[code] = organisations.actor_for(person, self.tenant)
        return found

    def client(self, role: str) -> Actor:
        """Whoever holds this role in the organisation that applies."""
        return self.actor(self.content.world.in_role(self.demo.organisation, role).code)

    def focal_point(self, member: str) -> Actor:
        """Whoever speaks for a member."""
        return self.actor(self.content.world.in_role(member, "focal_point").code)

    def staff(self, role: str, *, but: tuple[str, ...] = ()) -> Actor:
        """The first person with this role in the secretariat, other than some.

        :raises DemoContentError: when there is nobody.
        """
        for person in self.content.people:
            if (self.tenant.slug, role) in person.roles and person.code not in but:
                return self.actor(person.code)
        raise DemoContentError(f"people.toml: {self.tenant.slug} needs another person in the role {role}.")

    def translator(self) -> Actor:
        """The translator who knows the case's language best."""
        here = [p for p in self.content.people if (self.tenant.slug, "translator") in p.roles]
        found = next((p for p in here if p.language == self.demo.language), here[0] if here else None)
        if found is None:
            raise DemoContentError(f"people.toml: {self.tenant.slug} needs a translator.")
        return self.actor(found.code)

    @property
    def monitor(self) -> Actor:
        """The officer who follows the case."""
        return self.actor(self.demo.monitor)

    def catch_up(self, until: datetime) -> None:
        """Let what time alone changes happen at its own time: warnings, broken promises, cases that lapse."""
        for case_id in self._ids():
            for _ in range(MOST_SWEEPS):
                due = db.session.scalars(
                    select(Clock.next_check_at)
                    .where(Clock.case_id == case_id, Clock.is_open.is_(True), Clock.next_check_at <= until)
                    .order_by(Clock.next_check_at)
                ).first()
                if due is None:
                    break
                sweep_case(case_id, due)

    def _ids(self) -> list[UUID]:
        if self._case is None or not self._case.is_submitted:
            return []
        return [self._case.id, *db.session.scalars(select(Case.id).where(Case.parent_id == self._case.id))]

    def report(self, subject: str) -> Case:
        """The case of a report.

        :raises DemoContentError: when the grant has not opened it.
        """
        found = db.session.scalars(select(Case).where(Case.parent_id == self.case.id, Case.subject == subject)).first()
        if found is None:
            raise DemoContentError(f"case {self.demo.code}: {subject} is not open when it is to be submitted.")
        return found


def keep_mails(now: datetime) -> int:
    """Keep every mail that this transaction queued where staff can read it: none is sent to an invented address.

    :returns: how many there were.
    """
    waiting = list(db.session.scalars(select(OutboxMail).where(OutboxMail.state == "queued")))
    if not waiting:
        return 0
    mine = {str(mail.id) for mail in waiting}
    jobs = db.session.execute(select(Job.id, Job.payload).where(Job.name == SEND, Job.state == "queued"))
    done = [job_id for job_id, payload in jobs if payload.get("mail") in mine]
    db.session.execute(delete(Job).where(Job.id.in_(done)))
    for mail in waiting:
        mail.state, mail.sent_at = "kept", min(mail.created_at, now)
    db.session.flush()
    return len(waiting)


def store_paper(case: Case, paper: Paper, answers: Mapping[str, Mapping[str, Any]], by: Actor, at: datetime) -> None:
    """Keep a document of the demonstration under the id that the answers name it by, as handed in with that question.

    answers: by section and question; what no question names would be taken for a paper that the portal made.
    """
    kept = storage.store().put(io.BytesIO(paper.content()))
    named = (f"{section}.{code}" for section, some in answers.items() for code in some if _names(some[code], paper.id))
    db.session.add(
        storage.StoredFile(
            id=paper.id,
            name=paper.name,
            size=kept.size,
            media_type=MEDIA_TYPE,
            sha256=kept.sha256,
            storage_key=kept.key,
            case_id=case.id,
            question=next(named, None),
            uploaded_by=by.person_id,
            uploaded_at=at,
        )
    )
    db.session.flush()


def _names(value: Any, paper_id: UUID) -> bool:
    if isinstance(value, Mapping):
        return value.get("id") == str(paper_id) or any(_names(part, paper_id) for part in value.values())
    return isinstance(value, list | tuple) and any(_names(part, paper_id) for part in value)
