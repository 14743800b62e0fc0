"""``portal demo`` and ``portal bench``."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click

from portal.demo import accounts, content
from portal.demo.bulk import load as bulk
from portal.demo.service import load as service
from portal.infra.db import db
from portal.standards.cli import application

ROOT = Path(__file__).parents[2]


@click.group()
def demo() -> None:
    """The demonstration: two tenants with cases in every state, and as many generated ones as wanted."""


@demo.command("load")
@click.option("--once", is_flag=True, help="Do nothing more when the demonstration is there already.")
@click.option("--cases", type=click.IntRange(0, 5_000_000), default=0, help="Add so many generated cases.")
@click.option(
    "--history",
    type=click.IntRange(0, 10_000),
    default=90,
    show_default=True,
    help="With a new demonstration, add so many generated cases that have ended: what the published figures count.",
)
@click.option("--tenant", "slug", default=None, help="Put the generated cases into this tenant only.")
@click.option("--seed", default=1, show_default=True, help="Another number gives other generated cases.")
def load(once: bool, cases: int, history: int, slug: str | None, seed: int) -> None:
    """Load the demonstration into the database of PORTAL_DATABASE_URL."""
    begun = monotonic()
    with application().app_context():
        now = datetime.now(UTC)
        try:
            loaded = service.load(content.load(), now, click.echo)
        except content.DemoContentError as error:
            raise click.ClickException(str(error)) from error
        db.session.commit()
        if loaded.tenants:
            click.echo(f"Loaded {loaded.cases} cases in {monotonic() - begun:.1f} s; {loaded.mails} mails kept.")
        else:
            click.echo("The demonstration is there already.")
        if history and loaded.tenants:
            _more(history, None, seed, now, ended=True)
        if cases and (loaded.tenants or not once):
            _more(cases, slug, seed, now)
        db.session.remove()


def _more(cases: int, slug: str | None, seed: int, now: datetime, *, ended: bool = False) -> None:
    begun = monotonic()
    # What is made is handed to the database and forgotten: looking for rings of references again and again is in vain.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    try:
        for done in bulk.add_cases(cases, now, seed=seed, only=slug, ended=ended):
            click.echo(f"\r{done:>9} of {cases} cases, {done / (monotonic() - begun):.0f} a second", nl=False)
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"\nAdded {cases} cases in {monotonic() - begun:.1f} s.")


@demo.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead of a table.")
def list_accounts(as_json: bool) -> None:
    """Print every account of the demonstration with its password."""
    rows = accounts.all_accounts(content.load())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    keys = ("tenant", "organisation", "role", "language", "email", "password")
    widths = {key: max(len(key), *(len(row[key]) for row in rows)) for key in keys}
    for row in ({key: key for key in keys}, *rows):
        click.echo("  ".join(row[key].ljust(widths[key]) for key in keys).rstrip())


@click.command("bench")
@click.option("--cases", "sizes", default="1000,100000", show_default=True, help="How many cases, smallest first.")
@click.option(
    "--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both", show_default=True, help="Which."
)
@click.option("--seconds", default=3.0, show_default=True, help="How long each measurement takes.")
@click.option("--connections", default=8, show_default=True, help="How many requests at the same time.")
@click.option("--clocks", default=1_000_000, show_default=True, help="Open clocks for the sweep; 0 leaves it out.")
@click.option("--output", default="var/bench.json", show_default=True, help="Where the figures are written.")
def bench(sizes: str, database: str, seconds: float, connections: int, clocks: int, output: str) -> None:
    """Measure the pages against a bare page with the same rows, and the sweep of the clocks, on scratch data."""
    if not (ROOT / "tests" / "bench").is_dir():
        raise click.ClickException(
            "The bench lives in tests/bench, which this installation does not have; clone the source."
        )
    words = ["--cases", sizes, "--database", database, "--seconds", str(seconds)]
    words += ["--connections", str(connections), "--clocks", str(clocks), "--output", output]
    raise SystemExit(subprocess.call([sys.executable, "-m", "tests.bench", *words], cwd=ROOT))
