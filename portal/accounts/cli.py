"""``portal user``: make accounts and links from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from portal import create_app
from portal.accounts import queries, service
from portal.config import Settings
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, PortalError
from portal.infra import tenancy
from portal.infra.db import db
from portal.tenants import queries as tenants


@contextmanager
def _opened() -> Iterator[Settings]:
    """The application as the environment describes it; its connections are closed afterwards."""
    settings = Settings.from_environment()
    with create_app(settings).app_context():
        try:
            yield settings
        finally:
            db.session.remove()
            db.engine.dispose()


@click.group()
def user() -> None:
    """People with accounts."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="How she is called.")
@click.option("--tenant", help="The tenant in whose secretariat she works (its slug).")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([str(role) for role in Role]), help="May be repeated."
)
@click.option("--language", default="en", show_default=True, help="In which she reads.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input instead of asking.")
def create(
    email: str, name: str, tenant: str | None, roles: tuple[str, ...], language: str, password_stdin: bool
) -> None:
    """Make an account for EMAIL, with roles in a tenant's secretariat. The password is asked, never an argument."""
    if roles and tenant is None:
        raise click.UsageError("--role needs --tenant: in which secretariat?")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    now = datetime.now(UTC)
    with _opened():
        found = tenants.by_slug(tenant) if tenant else None
        if tenant and found is None:
            known = ", ".join(row.slug for row in tenants.all_tenants()) or "none"
            raise click.UsageError(f"--tenant: there is no tenant {tenant!r}; there are: {known}")
        try:
            person = service.create_person(email, name, language, now, password=password)
            if found is not None:
                with tenancy.scope(found.id):
                    for role in roles:
                        service.grant_role(Actor.system(found.id), person.id, Role(role), now)
        except PortalError as refusal:
            raise click.ClickException(_told(refusal)) from None
        db.session.commit()
        click.echo(f"{person.email} can log in.")


@user.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a link with which EMAIL chooses a password; it works once. For machines without a mail server."""
    now = datetime.now(UTC)
    with _opened() as settings:
        person = queries.by_email(email)
        if person is None:
            raise click.ClickException(f"There is no account with the address {email}.")
        kind = "reset" if person.password_hash else "invitation"
        token = service.new_ticket(person, kind, now)
        db.session.commit()
        click.echo(f"{settings.base_url}/account/{kind}/{token}?lang={person.language}")


def _told(refusal: PortalError) -> str:
    if isinstance(refusal, Invalid):
        return "; ".join(f"{field}: {message}" for field, message in refusal.problems.items())
    return str(refusal.message)
