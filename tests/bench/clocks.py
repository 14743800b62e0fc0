"""``python -m tests.bench.clocks``: the sweep over very many clocks, and working them out anew after a new calendar.

Real cases come from the product's own bulk loader. So many of their clocks as asked for are made due, with everything
still to be told; the others up to the number asked for are rows far from due, which a sweep must never touch.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import click
from sqlalchemy import func, select, text

from portal.cases.service.recompute import recompute
from portal.cases.service.sweep import BATCH, Swept, sweep
from portal.core.actor import Actor
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.standards import queries as standards
from portal.standards.models import CalendarVersion, Clock
from portal.standards.service import publish_calendar
from portal.tenants import queries as tenants
from tests.bench import places, queries

TENANT = "cities-alliance"
#: open clocks of one generated case, about
OPEN_A_CASE = 0.55
FAR = "3000-01-01 00:00:00"
WHY = "rows of the bench in the tenant in scope"


def main(words: list[str]) -> int:
    """Measure; 0 when all went through."""
    parser = argparse.ArgumentParser(prog="tests.bench.clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open clocks in all")
    parser.add_argument("--due", type=int, default=10_000, help="those that are due")
    parser.add_argument("--recompute", type=int, default=0, help="cases to work out anew; 0: all with open clocks")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    options = parser.parse_args(words)
    for kind in ["sqlite", "postgresql"] if options.database == "both" else [options.database]:
        click.echo(f"\n{kind}: making {options.clocks} open clocks, {options.due} of them due")
        with places.place(kind) as place:
            measure(place, options)
    return 0


def measure(place: places.Place, options: argparse.Namespace) -> None:
    """One database: an idle sweep, a sweep with much due, and a change of the calendar."""
    place.portal("demo", "load", "--tenant", TENANT, "--cases", str(int(options.due / OPEN_A_CASE)))
    app = queries.application(place)
    with app.app_context():
        tenant = tenants.by_slug(TENANT)
        assert tenant is not None
        with tenancy.scope(tenant.id):
            now = datetime.now(UTC)
            due = make_due(options.due, now)
            filled = fill(options.clocks)
            db.session.commit()
            click.echo(f"  {filled} open clocks, {due} due; plan of the look-up:")
            for step in plan(now):
                click.echo(f"      {step}")
            print_sweep(now)
            clear(now)
            print_recompute(Actor.system(tenant.id), tenant.calendar, now, options.recompute)
            db.session.rollback()


def make_due(count: int, now: datetime) -> int:
    """Make so many open clocks due, as if nobody had been told anything of them."""
    ids = list(db.session.scalars(select(Clock.id).where(Clock.is_open.is_(True)).order_by(Clock.id).limit(count)))
    tenancy.raw("UPDATE clock SET next_check_at = :far WHERE is_open", WHY, far=FAR)
    rows = [{"clock_id": each} for each in ids]
    for first in range(0, len(rows), 500):
        chosen = Clock.id.in_([row["clock_id"] for row in rows[first : first + 500]])
        values = {"next_check_at": now - timedelta(minutes=1), "told": 0, "warned_at": None, "breached_at": None}
        db.session.execute(
            Clock.__table__.update().where(chosen).values(**values),  # type: ignore[attr-defined]
            execution_options={"tenancy": WHY},
        )
    return len(ids)


def fill(count: int) -> int:
    """Add rows far from due to cases that have no open clock, up to so many open clocks in all."""
    have = db.session.scalar(select(func.count()).select_from(Clock).where(Clock.is_open.is_(True))) or 0
    sqlite = db.engine.dialect.name == "sqlite"
    new_id = "lower(hex(randomblob(16)))" if sqlite else "gen_random_uuid()"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :each)"
    idle = "SELECT c.tenant_id, c.id FROM cases c WHERE NOT c.is_open AND c.tenant_id = :tenant"
    resting = db.session.execute(text(f"SELECT count(*) FROM ({idle}) AS resting"), {"tenant": tenancy.required()},
                                 execution_options={"tenancy": WHY}).scalar_one()  # fmt: skip
    each = max(0, count - have) // max(1, resting)
    if each:
        tenancy.raw(
            f"""{numbers} INSERT INTO clock (tenant_id, id, case_id, standard_id, code, side, subject, state, is_open,
            started_at, due_at, next_check_at, told, reason)
            SELECT c.tenant_id, {new_id}, c.id, (SELECT id FROM standard_version WHERE tenant_id = :tenant LIMIT 1),
            'BENCH', 'secretariat', 'n' || n.i, 'running', {"1" if sqlite else "true"}, :far, :far, :far, 0, ''
            FROM ({idle}) AS c CROSS JOIN n""",
            WHY,
            tenant=tenancy.required(),
            each=each,
            far=FAR,
        )
    return have + each * resting


def plan(now: datetime) -> list[str]:
    """How the database finds what is due."""
    statement = standards.due_for_check(now, BATCH)
    seen: list[Any] = []
    compiled = statement.where(Clock.tenant_id == tenancy.required()).compile(
        db.engine, compile_kwargs={"literal_binds": True}
    )
    words = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    seen = list(db.session.execute(text(words + str(compiled)), execution_options={"tenancy": WHY}))
    return [str(row[-1]) for row in seen]


def print_sweep(now: datetime) -> None:
    """An idle look, everything that is due, and another idle look."""
    begun = monotonic()
    assert sweep(now - timedelta(days=3650)).cases == 0
    click.echo(f"  idle sweep: {(monotonic() - begun) * 1000:.1f} ms")
    mails = db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0
    begun, done = monotonic(), Swept()
    while True:
        swept = sweep(now)
        db.session.commit()
        db.session.expunge_all()
        if not swept.cases:
            break
        done += swept
    seconds = monotonic() - begun
    queued = (db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0) - mails
    click.echo(
        f"  sweep: {done.cases} cases in {seconds:.1f} s ({done.cases / seconds:.0f} a second): {done.warned} warnings,"
        f" {done.breached} breaches, {done.escalated} further steps, {done.failed} failed; {queued} mails queued"
    )


def clear(now: datetime) -> None:
    """Take the made-up rows away: no event has started them, and nothing could be worked out of them."""
    tenancy.raw("DELETE FROM clock WHERE code = 'BENCH' AND tenant_id = :tenant", WHY, tenant=tenancy.required())
    db.session.commit()


def print_recompute(actor: Actor, calendar: dict[str, Any], now: datetime, most: int) -> None:
    """Publish a calendar with one more closing day, stop in the middle, and go on."""
    days = {**calendar.get("closing_days", {}), (now + timedelta(days=10)).date().isoformat(): "A day of the bench"}
    version = publish_calendar({**calendar, "closing_days": days}, "measured", actor, now)
    db.session.commit()
    key, begun, batches = version.id, monotonic(), 0
    while recompute(key, now):
        if batches == 1:
            db.session.rollback()  # as a worker does that is killed before it has committed
        else:
            db.session.commit()
        db.session.expunge_all()
        batches += 1
        row = db.session.get(CalendarVersion, (actor.tenant_id, key))
        if most and row is not None and row.cases_done >= most:
            break
    db.session.commit()
    seconds = monotonic() - begun
    row = db.session.get(CalendarVersion, (actor.tenant_id, key))
    assert row is not None
    click.echo(
        f"  recompute: {row.cases_done} of {row.cases_total} cases in {seconds:.1f} s"
        f" ({row.cases_done / seconds:.0f} a second), {row.clocks_moved} dates moved; one batch was killed and resumed"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
