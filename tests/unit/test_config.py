"""The settings: what is wrong stops the start and says which variable to mend, never with a trace or a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.config import ConfigError, Settings

SERVER = {"PORTAL_DATABASE_URL": "postgresql://app:hush@db.example.org/portal", "PORTAL_SECRET_KEY": "r4nd0m-" * 6}


def read(folder: Path, **environ: str) -> Settings:
    """The settings of an environment whose data folder is *folder*, unless it says another."""
    return Settings.from_environment({"PORTAL_DATA_DIR": str(folder), **environ})


WRONG = [
    ("PORTAL_BIND", "8000"),
    ("PORTAL_BIND", "127.0.0.1:٨٠"),
    ("PORTAL_BIND", "127.0.0.1:70000"),
    ("PORTAL_BIND", "::1:8000"),
    ("PORTAL_BIND", "a host:8000"),
    ("PORTAL_BASE_URL", "grants.example.org"),
    ("PORTAL_BASE_URL", "ftp://grants.example.org"),
    ("PORTAL_BASE_URL", "https://"),
    ("PORTAL_BASE_URL", "https://grants example.org"),
    ("PORTAL_BASE_URL", "https://grants.example.org/below"),
    ("PORTAL_BASE_URL", "http://[::1"),
    ("PORTAL_BASE_URL", "http://grants.example.org:port"),
    ("PORTAL_MAIL_URL", "mail.example.org"),
    ("PORTAL_MAIL_URL", "smtp://"),
    ("PORTAL_MAIL_URL", "smtp://app:hush@mail.example.org:abc"),
    ("PORTAL_MAIL_URL", "smtp://app:hush@mail.example.org:25?tls=maybe"),
    ("PORTAL_DATABASE_URL", "mysql://app:hush@db.example.org/portal"),
    ("PORTAL_DATABASE_URL", "postgresql://app:hush@db.example.org"),
    ("PORTAL_DATABASE_URL", "postgresql://app:hush@db.example.org:abc/portal"),
    ("PORTAL_DATABASE_URL", "postgresql://[::1"),
    ("PORTAL_DATABASE_URL", "sqlite://"),
    ("PORTAL_DATABASE_URL", "sqlite:///:memory:"),
    ("PORTAL_TRUSTED_PROXIES", "²"),
    ("PORTAL_TRUSTED_PROXIES", "-1"),
    ("PORTAL_SECURITY_CONTACT", "security@example.org"),
    ("PORTAL_SECURITY_CONTACT", "mailto:security@example.org\nExpires: never"),
    ("PORTAL_HOSTS", "grants.example.org"),
    ("PORTAL_HOSTS", "grants.example.org=a=b"),
    ("PORTAL_OWNER_DATABASE_URL", "postgresql://owner:hush@db.example.org/portal"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, **{name: value})
    assert str(refused.value).startswith(name)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(("key", "word"), [("", "required"), ("   ", "required"), ("guess", "too short")])
def test_a_database_server_needs_a_secret_that_cannot_be_guessed(tmp_path: Path, key: str, word: str) -> None:
    with pytest.raises(ConfigError, match=f"PORTAL_SECRET_KEY .*{word}"):
        read(tmp_path, **SERVER | {"PORTAL_SECRET_KEY": key})


def test_a_server_and_its_owner_are_of_one_kind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PORTAL_OWNER_DATABASE_URL"):
        read(tmp_path, **SERVER, PORTAL_OWNER_DATABASE_URL=f"sqlite:///{tmp_path}/other.sqlite3")


def test_the_data_folder_has_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match=r"PORTAL_DATA_DIR: .* is a file"):
        read(file)
    with pytest.raises(ConfigError, match="PORTAL_DATA_DIR"):
        read(file / "below")


def test_a_variable_set_to_nothing_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("DATA_DIR", "BIND", "BASE_URL", "DATABASE_URL", "MAIL_URL", "HOSTS", "TRUSTED_PROXIES", "SECRET_KEY")
    found = Settings.from_environment({f"PORTAL_{name}": "" for name in names})
    assert (found.data_dir, found.bind, found.mail_url) == (tmp_path / "var", "127.0.0.1:8000", None)
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert found.embedded
    assert len(found.secret_key) >= 32


def test_what_is_right_is_taken_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, **SERVER, PORTAL_BASE_URL="https://grants.example.org/", PORTAL_BIND="[::1]:8000",
                 PORTAL_HOSTS="Grants.example.org=cities-alliance, other.example=uclg-mentoring",
                 PORTAL_MAIL_URL="smtp://app:hush@mail.example.org:587?tls=starttls")  # fmt: skip
    assert found.database_url == "postgresql+psycopg://app:hush@db.example.org/portal"
    assert found.owner_database_url == found.database_url
    assert (found.base_url, found.secure, found.embedded) == ("https://grants.example.org", True, False)
    assert found.hosts == {"grants.example.org": "cities-alliance", "other.example": "uclg-mentoring"}
    assert (
        read(tmp_path, PORTAL_DATABASE_URL="sqlite:///a b.db").database_url == f"sqlite:///{Path('a b.db').resolve()}"
    )


def test_settings_never_show_a_secret(tmp_path: Path) -> None:
    found = read(tmp_path, **SERVER, PORTAL_MAIL_URL="smtp://app:hush@mail.example.org")
    assert "hush" not in repr(found)
    assert SERVER["PORTAL_SECRET_KEY"] not in repr(found)
