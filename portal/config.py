"""The settings: read from the environment once, checked at start, explained when wrong."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class ConfigError(SystemExit):
    """The environment asks for something that cannot be; the message says which variable and how to mend it."""


@dataclass(frozen=True)
class Settings:
    """What an operator may set, each by an environment variable ``PORTAL_<NAME>``.

    :param database_url: ``sqlite:///…`` (default: a file under the data folder) or ``postgresql://…``.
    :param data_dir: where the database, the files and the generated secret live (default ``./var``).
    :param bind: ``host:port`` to serve on (default ``127.0.0.1:8000``).
    :param secret_key: signs cookies and links; generated and kept for the embedded default, required otherwise.
    :param mail_url: ``smtp://user:password@host:port?tls=starttls``; None keeps mail readable in the application.
    :param base_url: the address people use, for links in mails.
    :param owner_database_url: the role that owns the tables, for migrations; default: the same as ``database_url``.
    :param hosts: host name → tenant slug, for tenants with an address of their own.
    :param trusted_proxies: how many reverse proxies in front may name the client's address.
    """

    database_url: str
    data_dir: Path
    bind: str
    secret_key: str
    mail_url: str | None
    base_url: str
    owner_database_url: str
    hosts: Mapping[str, str]
    trusted_proxies: int = 0
    embedded: bool = True

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS: cookies are then ``Secure`` and HSTS is sent."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the environment.

        :raises ConfigError: naming the variable that is wrong and what it should look like.
        """
        env = os.environ if environ is None else environ
        data_dir = Path(env.get("PORTAL_DATA_DIR", "var")).expanduser().resolve()
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"PORTAL_DATA_DIR: {data_dir} cannot be made ({error.strerror})") from error
        database_url = _database(env.get("PORTAL_DATABASE_URL") or f"sqlite:///{data_dir / 'portal.sqlite3'}")
        embedded = database_url.startswith("sqlite")
        bind = _bind(env.get("PORTAL_BIND", "127.0.0.1:8000"))
        base_url = env.get("PORTAL_BASE_URL", f"http://{bind}").rstrip("/")
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ConfigError(f"PORTAL_BASE_URL: {base_url!r} should begin with http:// or https://")
        mail_url = env.get("PORTAL_MAIL_URL") or None
        if mail_url and urlsplit(mail_url).scheme not in ("smtp", "smtps"):
            raise ConfigError("PORTAL_MAIL_URL should look like smtp://user:password@host:587?tls=starttls")
        return cls(
            database_url=database_url,
            data_dir=data_dir,
            bind=bind,
            secret_key=env.get("PORTAL_SECRET_KEY") or _kept_secret(data_dir, embedded),
            mail_url=mail_url,
            base_url=base_url,
            owner_database_url=_database(env.get("PORTAL_OWNER_DATABASE_URL") or database_url),
            hosts=_hosts(env.get("PORTAL_HOSTS", "")),
            trusted_proxies=_whole(env, "PORTAL_TRUSTED_PROXIES", 0),
            embedded=embedded,
        )


def _database(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme in ("postgres", "postgresql"):
        return "postgresql+psycopg" + url[len(scheme) :]
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError("PORTAL_DATABASE_URL should begin with sqlite:/// or postgresql://")
    return url


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"PORTAL_BIND: {value!r} should look like 127.0.0.1:8000")
    return value


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdigit():
        raise ConfigError(f"{name}: {value!r} should be a whole number")
    return int(value)


def _hosts(value: str) -> dict[str, str]:
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    if any(not (host and slug) for host, _, slug in pairs):
        raise ConfigError("PORTAL_HOSTS should look like grants.example.org=cities-alliance,other.example=slug")
    return {host.lower(): slug for host, _, slug in pairs}


def _kept_secret(data_dir: Path, embedded: bool) -> str:
    """The secret of the embedded default: made once, readable by its owner only."""
    if not embedded:
        raise ConfigError("PORTAL_SECRET_KEY is required with a database server: 32 or more random characters")
    path = data_dir / "secret_key"
    if not path.exists():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")
