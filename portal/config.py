"""The settings: read from the environment once, checked at start, explained when wrong."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

#: A secret shorter than this is refused with a database server: it can be guessed, and with it every session.
SHORTEST_SECRET = 16


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
    :param security_contact: to whom a weakness is told (``mailto:`` or ``https://``), for ``security.txt``; or empty.
    """

    database_url: str = field(repr=False)
    data_dir: Path
    bind: str
    secret_key: str = field(repr=False)
    mail_url: str | None = field(repr=False)
    base_url: str
    owner_database_url: str = field(repr=False)
    hosts: Mapping[str, str]
    trusted_proxies: int = 0
    security_contact: str = ""
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
        given = os.environ if environ is None else environ
        # a variable that is set to nothing is one that is not set
        env = {name: value.strip() for name, value in given.items() if name.startswith("PORTAL_") and value.strip()}
        data_dir = _folder(env.get("PORTAL_DATA_DIR", "var"))
        database_url = _database(
            "PORTAL_DATABASE_URL", env.get("PORTAL_DATABASE_URL") or f"sqlite:///{data_dir / 'portal.sqlite3'}"
        )
        embedded = database_url.startswith("sqlite")
        owner = _database("PORTAL_OWNER_DATABASE_URL", env.get("PORTAL_OWNER_DATABASE_URL") or database_url)
        if owner.startswith("sqlite") != embedded or (embedded and owner != database_url):
            raise ConfigError("PORTAL_OWNER_DATABASE_URL should name the same database as PORTAL_DATABASE_URL")
        bind = _bind(env.get("PORTAL_BIND", "127.0.0.1:8000"))
        return cls(
            database_url=database_url,
            data_dir=data_dir,
            bind=bind,
            secret_key=_secret(env.get("PORTAL_SECRET_KEY"), data_dir, embedded),
            mail_url=_mail(env.get("PORTAL_MAIL_URL")),
            base_url=_base(env.get("PORTAL_BASE_URL", f"http://{bind}")),
            owner_database_url=owner,
            hosts=_hosts(env.get("PORTAL_HOSTS", "")),
            trusted_proxies=_whole(env, "PORTAL_TRUSTED_PROXIES", 0),
            security_contact=_contact(env.get("PORTAL_SECURITY_CONTACT", "")),
            embedded=embedded,
        )


def _folder(value: str) -> Path:
    """The data folder, made when it is missing; it must be one we can write to."""
    folder = Path(value).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise ConfigError(f"PORTAL_DATA_DIR: {folder} is a file, not a folder") from None
    except OSError as error:
        raise ConfigError(f"PORTAL_DATA_DIR: {folder} cannot be made or written to ({error.strerror})") from error
    return folder


def _parts(value: str, wrong: str) -> SplitResult:
    """The parts of an address; its port is a port.

    :param wrong: what to say otherwise; an address is never repeated, for it may hold a password.
    """
    try:
        parts = urlsplit(value)
        valid = parts.port != 0  # reading it refuses what is no port
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", value):
        raise ConfigError(wrong)
    return parts


def _database(name: str, url: str) -> str:
    wrong = f"{name} should look like postgresql://role:password@host:5432/database or sqlite:////folder/file"
    parts = _parts(url.replace(" ", "%20") if url.startswith("sqlite") else url, wrong)
    if parts.scheme == "sqlite":
        file = url.partition(":///")[2]
        if not file or file.startswith(":memory:"):
            raise ConfigError(f"{wrong}; a database in memory would be another one for each process")
        return f"sqlite:///{Path(file).resolve()}"
    if parts.scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not parts.path.strip("/"):
        raise ConfigError(wrong)
    return "postgresql+psycopg" + url[len(parts.scheme) :]


def _bind(value: str) -> str:
    """Host and port to listen on; an IPv6 address stands in square brackets."""
    host, _, port = value.rpartition(":")
    valid = re.fullmatch(r"[\w.-]+|\[[0-9A-Fa-f:.%]+\]", host, re.ASCII) and re.fullmatch(r"[0-9]{1,5}", port)
    if not valid or not 0 < int(port) < 65536:
        raise ConfigError(f"PORTAL_BIND: {value!r} should look like 127.0.0.1:8000 or [::1]:8000")
    return value


def _base(value: str) -> str:
    """The address people use. The portal answers at the root of a host, never below a path."""
    wrong = f"PORTAL_BASE_URL: {value!r} should look like https://grants.example.org"
    parts = _parts(value, wrong)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{wrong}: it begins with http:// or https:// and names a host")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ConfigError(f"{wrong}: only a host and a port, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def _mail(value: str | None) -> str | None:
    wrong = "PORTAL_MAIL_URL should look like smtp://user:password@host:587?tls=starttls (or tls=ssl, tls=none)"
    if value is None:
        return None
    parts = _parts(value, wrong)
    tls = parse_qs(parts.query).get("tls", ["none"])[-1]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("none", "starttls", "ssl"):
        raise ConfigError(wrong)
    return value


def _contact(value: str) -> str:
    if value and not re.fullmatch(r"mailto:[^\s@]+@[^\s@]+|https://[^\s/]+\S*", value, re.ASCII):
        raise ConfigError(
            "PORTAL_SECURITY_CONTACT should look like mailto:security@example.org or https://example.org/report"
        )
    return value


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise ConfigError(f"{name}: {value!r} should be a whole number")
    return int(value)


def _hosts(value: str) -> dict[str, str]:
    pairs = [pair.strip() for pair in value.split(",") if pair.strip()]
    if any(not re.fullmatch(r"[A-Za-z0-9.-]+\s*=\s*[a-z0-9-]+", pair) for pair in pairs):
        raise ConfigError("PORTAL_HOSTS should look like grants.example.org=cities-alliance,other.example=slug")
    parts = [pair.partition("=") for pair in pairs]
    return {host.strip().lower(): slug.strip() for host, _, slug in parts}


def _secret(value: str | None, data_dir: Path, embedded: bool) -> str:
    if not embedded and len(value or "") < SHORTEST_SECRET:
        why = "is too short" if value else "is required with a database server"
        raise ConfigError(f"PORTAL_SECRET_KEY {why}: 32 or more random characters")
    return value or _kept_secret(data_dir)


def _kept_secret(data_dir: Path) -> str:
    """The secret of the embedded default: made once, readable by its owner only."""
    path = data_dir / "secret_key"
    if not path.exists():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")
