"""Insert generated cases in batches, each batch a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import ReferenceCounter
from portal.demo import content as demo
from portal.demo.bulk import rows
from portal.demo.bulk.dossiers import Dossier, dossiers, write
from portal.demo.bulk.places import Applicant, applicants, secretariat
from portal.demo.bulk.plots import Plot, lately_ended, plots
from portal.demo.bulk.rows import Batch, Generated, Parties, Who
from portal.demo.bulk.templates import Templates
from portal.demo.service.world import beginning
from portal.infra import search, tenancy
from portal.infra.db import db
from portal.standards.models import Clock, StandardVersion
from portal.standards.service import tally
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

INSTRUMENT = "preparatory_grant"
BATCH = 500
#: How slow cases are: most keep their times, some do not.
PACES = (0.8, 0.8, 1.4)


def add_cases(
    count: int, now: datetime, *, seed: int = 1, only: str | None = None, ended: bool = False
) -> Iterator[int]:
    """Add so many generated cases and commit them batch by batch; yields how many there are so far.

    Without ``only``, four of five go to the first tenant of the demonstration and the others to the second.

    :param now: UTC; what the clocks say holds from this instant on.
    :param seed: the same seed gives the same cases but for their ids.
    :param only: the tenant that gets them all.
    :param ended: only cases that have ended, in the last five quarters.
    :raises LookupError: when the demonstration is not loaded or the tenant is not part of it.
    """
    content = demo.load()
    slugs = [tenant.slug for tenant in content.tenants]
    if only is not None and only not in slugs:
        raise LookupError(f"{only!r} is no tenant of the demonstration; choose one of {', '.join(slugs)}.")
    done = 0
    for slug, share in _shares(count, slugs, only):
        tenant = tenants.by_slug(slug)
        if tenant is None:
            raise LookupError(f"There is no tenant {slug!r} yet: run `portal demo load` first.")
        maker = _maker(content, tenant, now, seed, ended)
        for size in _batches(share):
            with tenancy.scope(tenant.id):
                _insert(maker.batch(size), tenant.zone)
                db.session.commit()
            done += size
            yield done


def _shares(count: int, slugs: list[str], only: str | None) -> list[tuple[str, int]]:
    if only is not None:
        return [(only, count)]
    others = slugs[1:]
    part = count // 5 // len(others) if others else 0
    return [(slugs[0], count - part * len(others)), *((slug, part) for slug in others)]


def _batches(count: int) -> Iterator[int]:
    while count > 0:
        yield min(BATCH, count)
        count -= BATCH


def _insert(batch: Batch, zone: str) -> None:
    for table in rows.TABLES:
        tenancy.insert_rows(table, batch.rows[table])
    standards = {row.id: (row.instrument, row.process) for row in db.session.scalars(select(StandardVersion))}
    tally.add(tally.of_rows(batch.rows[Clock], standards, zone))
    search.put_many(tenancy.required(), batch.entries)


def _maker(content: demo.DemoContent, tenant: Tenant, now: datetime, seed: int, ended: bool) -> Maker:
    random = Random(f"{seed}:{tenant.slug}")  # noqa: S311 - makes plausible cases, keeps no secret
    with tenancy.scope(tenant.id):
        call = db.session.execute(select(Call.id).where(Call.instrument == INSTRUMENT)).scalar_one()
        maker = Maker(
            tenant=tenant,
            now=now,
            random=random,
            call_id=call,
            applicants=applicants(content, tenant, beginning(now), random),
            staff=secretariat(tenant),
            dossiers=dossiers(content, tenant.policy.amount_limit),
            templates=Templates(tenant, INSTRUMENT, now),
            checksum=instruments.form(INSTRUMENT, "application", 1).checksum,
            ended=ended,
        )
        db.session.commit()
    return maker


@dataclass
class Maker:
    """Makes the cases of one tenant."""

    tenant: Tenant
    now: datetime
    random: Random
    call_id: UUID
    applicants: list[Applicant]
    staff: dict[str, list[Who]]
    dossiers: dict[str, list[Dossier]]
    templates: Templates
    checksum: str
    ended: bool = False
    counters: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        every = {translated: plots(translated=translated) for translated in (False, True)}
        self.plots = {key: lately_ended(found) if self.ended else found for key, found in every.items()}
        self.weights = {key: [plot.weight for plot in found] for key, found in self.plots.items()}

    def batch(self, size: int) -> Batch:
        """So many cases as rows, in the tenant's scope."""
        batch = Batch()
        self.counters = {row.year: row for row in db.session.scalars(select(ReferenceCounter).with_for_update())}
        for _ in range(size):
            rows.add(batch, self._one())
        db.session.flush()
        return batch

    def _one(self) -> Generated:
        random, applicant = self.random, self.random.choice(self.applicants)
        translated = applicant.language not in self.tenant.working_languages
        plot: Plot = random.choices(self.plots[translated], self.weights[translated])[0]
        template = self.templates.of(plot, random.choice(plot.ages), random.choice(PACES))
        dossier = random.choice(self.dossiers[applicant.language])
        return Generated(
            tenant=self.tenant,
            instrument=INSTRUMENT,
            call_id=self.call_id,
            organisation_id=applicant.id,
            country=applicant.city.country,
            reference=self._reference(template.columns["created_at"]),
            template=template,
            dossier=dossier,
            written=write(dossier, applicant.city, random),
            parties=self._parties(applicant),
            form_checksum=self.checksum,
            translated=translated,
        )

    def _parties(self, applicant: Applicant) -> Parties:
        def one(role: str) -> Who:
            return self.random.choice(self.staff[role])

        finance = self.staff["finance_officer"]
        return Parties(
            {
                "lead": applicant.lead,
                "signatory": applicant.signatory,
                "officer": one("programme_officer"),
                "manager": one("programme_manager"),
                "translator": one("translator"),
                "finance": finance[0],
                "finance2": finance[1],
                "system": Who(None, ""),
            }
        )

    def _reference(self, at: datetime) -> str:
        """The next free reference of the year in which the case was started."""
        year = at.astimezone(ZoneInfo(self.tenant.zone)).year
        counter = self.counters.get(year)
        if counter is None:
            counter = self.counters[year] = ReferenceCounter(year=year, last=0)
            db.session.add(counter)
        counter.last += 1
        return f"{self.tenant.reference_prefix}-{year}-{counter.last:04d}"
