"""The command ``portal``: serve, work, migrate, load the demo, keep people and standards."""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import Any

import click
from alembic.util import CommandError
from flask import Flask
from sqlalchemy.exc import DBAPIError

from portal.accounts.cli import user
from portal.application import create_app, installed_version
from portal.cases.cli import audit, workflow
from portal.config import Settings
from portal.demo import accounts, content
from portal.demo.cli import bench, demo
from portal.demo.cli import load as load_demo
from portal.infra import fences, migrate, pdf
from portal.infra.db import db as portal_db
from portal.infra.serve import serve as start_servers
from portal.infra.worker import Worker, run_all
from portal.organisations.cli import cities
from portal.standards.cli import standards
from portal.tenants import queries as tenants


class Commands(click.Group):
    """The commands; a database that cannot be used is told in words, not with a trace."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(context)
        except DBAPIError as error:
            raise click.ClickException(why_unusable(error)) from None
        except CommandError as error:
            raise click.ClickException(f"The database was not changed: {error}.") from None


def why_unusable(error: DBAPIError) -> str:
    """What an operator reads when the database refuses: the first line of its reason, and what to look at."""
    reason = str(error.orig).strip().splitlines()[0]
    if "no such table" in reason or ("does not exist" in reason and "relation" in reason):
        return f"The database is not in shape ({reason}). Bring it there with `portal db upgrade`."
    return f"The database cannot be used: {reason}. Look at PORTAL_DATABASE_URL and PORTAL_OWNER_DATABASE_URL."


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(installed_version(), prog_name="portal")
def main() -> None:
    """The City Grants Portal. Settings are read from environment variables PORTAL_…; see the README."""


def application() -> Flask:
    """The application with the settings of the environment."""
    return create_app(Settings.from_environment())


@main.command()
@click.option("--workers", default=2, show_default=True, help="Web server processes.")
@click.option("--threads", default=2, show_default=True, help="Threads in each of them.")
@click.option("--no-worker", is_flag=True, help="Do not start the job runner beside the web server.")
def serve(workers: int, threads: int, no_worker: bool) -> None:
    """Serve on PORTAL_BIND, with the job runner beside it."""
    settings = Settings.from_environment()
    # the servers start in the project's folder: what was said from here has to mean the same there
    os.environ |= {"PORTAL_DATA_DIR": str(settings.data_dir), "PORTAL_DATABASE_URL": settings.database_url}
    raise SystemExit(start_servers(settings, workers=workers, threads=threads, with_worker=not no_worker, ready=greet))


def greet() -> None:
    """Say where the portal is, and who can log in to the demo when it was loaded."""
    settings = Settings.from_environment()
    click.echo(f"\nThe portal is at {settings.base_url}\n")
    with create_app(settings).app_context():
        loaded = bool(tenants.all_tenants())
        bound = not fences.can_bypass(portal_db.session.connection())
    if not bound:
        click.echo("The role of PORTAL_DATABASE_URL walks past row-level security: give the portal another (README).\n")
    if told := pdf.why_not() or pdf.slow_because():
        click.echo(told)
    if not pdf.available():
        click.echo("No PDFs are made: documents are read as pages, and how long a submission is is not counted.\n")
    if not loaded:
        click.echo("There is no tenant yet: `portal demo load` makes two with cases in every state.")
        return
    for row in accounts.shown_first(content.load()):
        who = f"{row['tenant']:<15} {row['role']:<18} {row['email']:<48}"
        click.echo(f"  {who} {row['password']}  {row['organisation']}")
    click.echo("\nAll of them: `.venv/bin/portal demo accounts`. Stop with Ctrl-C.\n")


@main.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end: for a machine that starts it now and then.")
def worker(once: bool) -> None:
    """Run jobs until stopped: mails, documents, clocks that run out."""
    if once:
        runner = Worker(application())
        runner.tick()
        click.echo(f"{run_all(runner.app)} jobs done.")
        return
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Worker(application()).run(stop)


@main.group()
def db() -> None:
    """The database's shape."""


@db.command("upgrade")
@click.argument("revision", default="head")
@click.option("--demo", "with_demo", is_flag=True, help="Then load the demonstration, unless it is there already.")
@click.pass_context
def upgrade(context: click.Context, revision: str, with_demo: bool) -> None:
    """Bring the database to the newest shape (or to REVISION)."""
    migrate.upgrade(Settings.from_environment(), revision)
    click.echo("The database is up to date.")
    if with_demo:
        context.invoke(load_demo, once=True, cases=0, history=90, slug=None, seed=1)


@db.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION ("base" for nothing at all)."""
    migrate.downgrade(Settings.from_environment(), revision)
    click.echo(f"The database is at {revision}.")


for command in (audit, bench, cities, demo, standards, user, workflow):
    main.add_command(command)
