"""``portal user`` and ``portal cities`` as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.accounts import queries, service
from portal.accounts.cli import user
from portal.core.actor import Role
from portal.infra.db import db
from portal.organisations.cli import cities
from tests.conftest import SECRET, Place
from tests.factories import World


@pytest.fixture
def runner(place: Place) -> CliRunner:
    """A shell whose environment names this test's database."""
    return CliRunner(
        env={
            "PORTAL_DATA_DIR": str(place.folder),
            "PORTAL_SECRET_KEY": SECRET,
            "PORTAL_DATABASE_URL": place.settings.database_url,
            "PORTAL_OWNER_DATABASE_URL": place.settings.owner_database_url,
        }
    )


def test_making_an_administrator(runner: CliRunner, place: Place, world: World) -> None:
    told = [
        "create",
        "Rana@example.org",
        "--name",
        "Rana",
        "--tenant",
        "alpha",
        "--role",
        "administrator",
        "--language",
        "ar",
    ]
    made = runner.invoke(user, [*told, "--password-stdin"], input="a quiet new morning\n")
    assert made.exit_code == 0, made.output
    with place.app.app_context():
        person = queries.by_email("rana@example.org")
        assert person is not None
        assert person.language == "ar"
        assert service.verify_password(person, "a quiet new morning")
        assert queries.roles_in(person.id, world["alpha"].id) == [Role.ADMINISTRATOR]
        db.session.remove()
    again = runner.invoke(user, [*told, "--password-stdin"], input="a quiet new morning\n")
    assert again.exit_code == 1
    assert "already an account" in again.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tenant", "gamma"], "there is no tenant 'gamma'; there are: alpha, beta"),
        (["--role", "auditor"], "--role needs --tenant"),
        (["--language", "tlh"], "language: Choose one"),
        ([], "password: Use at least 10"),
    ],
)
def test_what_is_wrong_is_named(runner: CliRunner, options: list[str], told: str) -> None:
    made = runner.invoke(
        user, ["create", "x@example.org", "--name", "X", *options, "--password-stdin"], input="short\n"
    )
    assert made.exit_code != 0
    assert told in made.output


def test_a_link_for_machines_without_mail(runner: CliRunner, world: World) -> None:
    made = runner.invoke(user, ["link", world.email("alpha", "officer")])
    assert made.exit_code == 0, made.output
    assert "/account/invitation/" in made.output
    assert runner.invoke(user, ["link", "nobody@example.org"]).exit_code == 1


def test_loading_cities(runner: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    path.write_text("geonameid,name,country\n1,Vilankulo,MZ\n2,Aleppo,SY\n", encoding="utf-8")
    loaded = runner.invoke(cities, ["import", str(path)])
    assert loaded.exit_code == 0, loaded.output
    assert "2 cities" in loaded.output
    path.write_text("geonameid,name,country\n1,Vilankulo,MOZ\n", encoding="utf-8")
    refused = runner.invoke(cities, ["import", str(path)])
    assert refused.exit_code == 1
    assert "line 2, column country" in refused.output
    assert "Nothing was changed" in refused.output
