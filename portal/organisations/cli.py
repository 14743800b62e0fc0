"""``portal cities``: the gazetteer of cities."""

from __future__ import annotations

from pathlib import Path

import click

from portal import create_app
from portal.config import Settings
from portal.infra.db import db
from portal.organisations import service


@click.group()
def cities() -> None:
    """The cities the installation knows."""


@cities.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Load or renew cities from FILE, a CSV table as GeoNames makes them, keyed by geonameid."""
    with create_app(Settings.from_environment()).app_context():
        try:
            total = service.import_cities(file, lambda count: click.echo(f"\r{count} cities", nl=False))
        except service.CityFileError as error:
            click.echo()
            raise click.ClickException(f"{file}: {error}. Nothing was changed.") from None
        else:
            db.session.commit()
        finally:
            db.session.remove()
            db.engine.dispose()
    click.echo(f"\r{total} cities are known from {file.name}.")
