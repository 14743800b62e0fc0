"""Commands that read every case: prove the chain of events, rebuild the clocks from them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, groupby
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.rules.chain import breaks
from portal.cases.service import definitions, events
from portal.infra import tenancy
from portal.infra.db import db, reading
from portal.standards import service
from portal.standards.cli import application, chosen_tenants, standards
from portal.standards.service import tally

BATCH = 500


@click.group()
def audit() -> None:
    """The proof that nobody edited what happened."""


@audit.command("verify")
@click.option("--tenant", "slug", help="Only this tenant (its short name in addresses).")
def verify_command(slug: str | None) -> None:
    """Check the chain of events of every case; print each break and end with 1 when there is one."""
    broken = checked = 0
    with application().app_context(), reading():
        for tenant in chosen_tenants(slug):
            with tenancy.scope(tenant.id):
                for line in broken_chains():
                    broken += 1
                    click.echo(f"{tenant.slug}  {line}")
                checked += db.session.query(Case).count()
    click.echo(f"{checked} cases checked, {broken} breaks found.")
    sys.exit(1 if broken else 0)


@click.group()
def workflow() -> None:
    """Workflows: check one before it is published."""


@workflow.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def validate_command(files: tuple[Path, ...]) -> None:
    """Check workflow FILES (TOML); print each fault with its file and its state or move, and end with 1 if any."""
    application()
    broken = 0
    for path in files:
        faults = definitions.faults(path)
        broken += bool(faults)
        for line in faults:
            click.echo(f"{path}: {line}", err=True)
        if not faults:
            click.echo(f"{path}: in order")
    sys.exit(1 if broken else 0)


@standards.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing; print differences and end with 1 when there are any.")
@click.option("--tenant", "slug", help="Only this tenant (its short name in addresses).")
def rebuild_command(check: bool, slug: str | None) -> None:
    """Work every clock out anew from the events of its case."""
    now = datetime.now(UTC)
    found = cases = 0
    with application().app_context():
        for tenant in chosen_tenants(slug):
            with tenancy.scope(tenant.id):
                if check:
                    with reading():
                        for line in chain(clock_differences(now), tally.differences()):
                            found += 1
                            click.echo(f"{tenant.slug}  {line}")
                        db.session.rollback()
                else:
                    cases += rebuild_clocks(now)
                    tally.rebuild()
                    db.session.commit()
    if check:
        click.echo(f"{found} differences found.")
        sys.exit(1 if found else 0)
    click.echo(f"The clocks of {cases} cases were worked out anew.")


def broken_chains() -> Iterator[str]:
    """Every break in the chains of the tenant in scope, in words."""
    for case, rows in cases_with_events():
        for found in breaks(rows, case.last_seq, case.last_hash):
            yield f"{case.reference}  event {found.seq}: {found.reason}"


def clock_differences(now: datetime) -> Iterator[str]:
    """Where the kept clocks of the tenant in scope differ from what the events say, in words.

    :param now: UTC; a clock whose time has come and that was not swept yet is compared as of just before.
    """
    for case, rows in cases_with_events():
        facts = queries.facts_of(rows)
        for line in service.differences(case, facts, now):
            yield f"{case.reference}  {line}"


def rebuild_clocks(now: datetime) -> int:
    """Work out every clock of the tenant in scope anew; warnings already given stay given. :returns: how many cases."""
    done = 0
    last: UUID | None = None
    while ids := _ids_after(last):
        for case_id in ids:
            events.refresh_clocks(queries.locked(case_id), now)
        db.session.commit()
        db.session.expunge_all()
        done, last = done + len(ids), ids[-1]
    return done


def _ids_after(last: UUID | None) -> list[UUID]:
    statement = select(Case.id).order_by(Case.id).limit(BATCH)
    return list(db.session.scalars(statement if last is None else statement.where(Case.id > last)))


def cases_with_events() -> Iterator[tuple[Case, list[Event]]]:
    """Every case of the tenant in scope with its events, a batch at a time."""
    last: UUID | None = None
    while ids := _ids_after(last):
        cases = {row.id: row for row in db.session.scalars(select(Case).where(Case.id.in_(ids)))}
        rows = db.session.scalars(select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.seq))
        by_case = {case_id: list(found) for case_id, found in groupby(rows, key=lambda event: event.case_id)}
        for case_id in ids:
            yield cases[case_id], by_case.get(case_id, [])
        db.session.expunge_all()
        last = ids[-1]
