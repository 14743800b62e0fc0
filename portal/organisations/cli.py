"""``portal cities``: the gazetteer of cities."""

from __future__ import annotations

from pathlib import Path

import click

from portal import create_app
from portal.config import Settings
from portal.infra.db import db
from portal.organisations.service import gazetteer


@click.group()
def cities() -> None:
    """The cities the installation knows."""


@cities.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Load or renew cities from FILE, keyed by geonameid.

    FILE is a table of GeoNames: CSV with a header, a dump as it is offered (cities15000.txt, MZ.txt), or its zip.
    """
    with create_app(Settings.from_environment()).app_context():
        try:
            loaded = gazetteer.import_cities(file, lambda count: click.echo(f"\r{count} cities", nl=False))
        except gazetteer.CityFileError as error:
            click.echo()
            raise click.ClickException(f"{file}: {error}. Nothing was changed.") from None
        else:
            db.session.commit()
        finally:
            db.session.remove()
            db.engine.dispose()
    click.echo(f"\r{loaded.cities} cities are known from {file.name}.")
    if loaded.passed_over:
        click.echo(f"{loaded.passed_over} lines name no inhabited place and were passed over.")
