"""Files people hand in: kept outside the web root, under random names, found only through their row.

The content goes to disk first and the row into the business transaction; a content whose transaction was rolled back
is swept away later. A row is what makes a file exist.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from flask import current_app
from sqlalchemy import BigInteger, Index, String, UniqueConstraint, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.db import Base, Instant, TenantOwned, db

_KEY = re.compile(r"^[0-9a-f]{2}/[0-9a-f]{38}$")
_PIECE = 256 * 1024
#: How long a content may be on disk before its row must exist.
GRACE = timedelta(days=1)


class StoredFile(TenantOwned, Base):
    """A file of a tenant. ``name`` is for people; the content is found by ``storage_key`` alone."""

    __tablename__ = "stored_file"

    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[UUID | None] = mapped_column(Uuid)
    #: where in the form it belongs, for example ``attachments.attachments.3f2a.file``.
    question: Mapped[str | None] = mapped_column(String(200))
    uploaded_by: Mapped[UUID | None] = mapped_column(Uuid)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("tenant_id", "storage_key"),
        Index("ix_stored_file_case", "tenant_id", "case_id"),
    )


class TooLarge(ValueError):
    """The content is longer than allowed; nothing was kept."""


class NoSuchContent(LookupError):
    """There is no content under this key."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was stored: the key to find it again, its size in bytes, its SHA-256 in hexadecimal."""

    key: str
    size: int
    sha256: str


class LocalDisk:
    """Contents in a folder of this machine. A store elsewhere has the same methods: put, open, stat, delete, keys."""

    def __init__(self, root: Path) -> None:
        """:param root: the folder; made when first needed, readable by this process's user only."""
        self.root = root

    def put(self, stream: BinaryIO, *, limit: int | None = None) -> Content:
        """Store a content under a new random key. It is complete on disk when this returns, or not there at all.

        :param limit: the most bytes allowed.
        :raises TooLarge: as soon as the limit is passed.
        """
        random = secrets.token_hex(20)
        key = f"{random[:2]}/{random[2:]}"
        waiting = self.root / "incoming" / random
        waiting.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                size, digest = _copy(stream, file, limit)
                file.flush()
                os.fsync(file.fileno())
            place = self.root / key
            place.parent.mkdir(mode=0o700, exist_ok=True)
            os.rename(waiting, place)
            _sync_folder(place.parent)
        except BaseException:
            with suppress(FileNotFoundError):
                waiting.unlink()
            raise
        return Content(key, size, digest)

    def open(self, key: str) -> BinaryIO:
        """The content, for reading in binary. :raises NoSuchContent: when there is none."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NoSuchContent(key) from None

    def stat(self, key: str) -> tuple[int, float]:
        """Size in bytes and time of storing (seconds since 1970). :raises NoSuchContent: when there is none."""
        try:
            found = self._path(key).stat()
        except FileNotFoundError:
            raise NoSuchContent(key) from None
        return found.st_size, found.st_mtime

    def delete(self, key: str) -> None:
        """Remove the content; removing what is gone is no error."""
        with suppress(FileNotFoundError):
            self._path(key).unlink()

    def keys(self) -> Iterator[str]:
        """Every key there is, in no order."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for place in folder.iterdir():
                yield f"{folder.name}/{place.name}"

    def clear_incoming(self, before: datetime) -> None:
        """Remove what a dead process left half written before this instant."""
        for place in (self.root / "incoming").glob("*"):
            with suppress(FileNotFoundError):
                if place.stat().st_mtime < before.timestamp():
                    place.unlink()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NoSuchContent(key)
        return self.root / key


def _copy(source: BinaryIO, target: BinaryIO, limit: int | None) -> tuple[int, str]:
    size = 0
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        size += len(piece)
        if limit is not None and size > limit:
            raise TooLarge(f"more than {limit} bytes")
        digest.update(piece)
        target.write(piece)
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def store() -> LocalDisk:
    """The running application's store."""
    return LocalDisk(current_app.config["PORTAL"].data_dir / "files")


def save(
    stream: BinaryIO,
    *,
    name: str,
    media_type: str,
    limit: int | None,
    now: datetime,
    uploaded_by: UUID | None = None,
    case_id: UUID | None = None,
    question: str | None = None,
) -> StoredFile:
    """Keep a checked file (see ``infra.uploads``) of the tenant in scope and add its row to the caller's transaction.

    :param limit: the most bytes allowed; None for what we made ourselves.
    :raises TooLarge: when the stream is longer.
    """
    content = store().put(stream, limit=limit)
    row = StoredFile(
        name=name,
        size=content.size,
        media_type=media_type,
        sha256=content.sha256,
        storage_key=content.key,
        case_id=case_id,
        question=question,
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )
    session = db.session()
    session.add(row)
    session.flush()
    return row


def sweep(tenant_keys: frozenset[str], now: datetime, *, disk: LocalDisk | None = None) -> int:
    """Remove contents older than :data:`GRACE` that no row refers to.

    :param tenant_keys: the keys of every tenant's rows, from :func:`known_keys` in each tenant's scope.
    :returns: how many were removed.
    """
    disk = disk or store()
    before = now - GRACE
    disk.clear_incoming(before)
    removed = 0
    for key in list(disk.keys()):
        if key in tenant_keys:
            continue
        with suppress(NoSuchContent):
            if disk.stat(key)[1] < before.timestamp():
                disk.delete(key)
                removed += 1
    return removed


def known_keys() -> frozenset[str]:
    """The storage keys of the tenant in scope."""
    return frozenset(db.session().execute(select(StoredFile.storage_key)).scalars())
