"""Commands about service standards: try one out, print the schema, list what is in force."""

from __future__ import annotations

import json
import sys
from typing import IO, Any

import click
from flask import Flask

from portal.core.standards import SCHEMA, StandardError, english, simulate
from portal.infra import tenancy
from portal.infra.db import db, reading
from portal.standards.models import StandardVersion
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant


def application() -> Flask:
    """The application with the settings of the environment."""
    from portal import create_app

    return create_app()


def chosen_tenants(slug: str | None) -> tuple[Tenant, ...]:
    """Every tenant, or the one asked for.

    :raises click.BadParameter: when there is no such tenant, naming those there are.
    """
    rows = tenants.all_tenants()
    found = tuple(row for row in rows if slug is None or row.slug == slug)
    if slug is not None and not found:
        raise click.BadParameter(f"no tenant {slug!r}; known are {', '.join(row.slug for row in rows) or 'none'}")
    return found


@click.group()
def standards() -> None:
    """Service standards: simulate, list, rebuild the clocks."""


@standards.command("simulate")
@click.argument("file", type=click.File("rb"))
def simulate_command(file: IO[bytes]) -> None:
    """Reckon the standard, calendar and events of FILE (JSON, "-" for standard input) and print the result."""
    try:
        data: Any = json.load(file)
    except ValueError as fault:
        raise click.ClickException(f"This is not JSON: {fault}") from None
    except RecursionError:
        raise click.ClickException("This is not JSON that anybody reads: its parts are nested too deeply.") from None
    try:
        result = simulate(data)
    except StandardError as fault:
        for key, message in fault.problems:
            click.echo(f"{key or 'input'}: {english(message)}", err=True)
        sys.exit(1)
    click.echo(json.dumps(result, indent=2, ensure_ascii=False))


@standards.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of what `simulate` reads, every setting explained, and of what it prints (result)."""
    click.echo(json.dumps(SCHEMA, indent=2, ensure_ascii=False))


@standards.command("list")
@click.option("--tenant", "slug", help="Only this tenant (its short name in addresses).")
def list_command(slug: str | None) -> None:
    """List the newest version of every standard, by tenant, instrument and process."""
    with application().app_context(), reading():
        for tenant in chosen_tenants(slug):
            with tenancy.scope(tenant.id):
                for row in _newest():
                    amount, unit = row.definition["amount"], row.definition["unit"]
                    where = f"{tenant.slug}  {row.instrument}/{row.process}  {row.code} v{row.version}"
                    click.echo(f"{where}  {amount} {unit}  since {row.published_at:%Y-%m-%d}")


def _newest() -> list[StandardVersion]:
    order = (StandardVersion.instrument, StandardVersion.process, StandardVersion.code, StandardVersion.version.desc())
    newest: dict[tuple[str, str, str], StandardVersion] = {}
    for row in db.session.query(StandardVersion).order_by(*order):
        newest.setdefault((row.instrument, row.process, row.code), row)
    return list(newest.values())
