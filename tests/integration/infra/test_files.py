from __future__ import annotations

import hashlib
import io
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.infra import storage, tenancy
from portal.infra.db import db
from portal.infra.storage import LocalDisk, NoSuchContent, StoredFile, TooLarge

NOW = datetime.now(UTC)


def test_a_content_comes_back_as_it_went_in(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path / "files")
    content = os.urandom(700_000)
    kept = disk.put(io.BytesIO(content))
    assert (kept.size, kept.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with disk.open(kept.key) as file:
        assert file.read() == content
    assert disk.stat(kept.key)[0] == len(content)
    place = tmp_path / "files" / kept.key
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert list((tmp_path / "files" / "incoming").iterdir()) == []
    assert list(disk.keys()) == [kept.key]
    disk.delete(kept.key)
    disk.delete(kept.key)
    with pytest.raises(NoSuchContent):
        disk.open(kept.key)


def test_too_much_leaves_nothing(tmp_path: Path) -> None:
    disk = LocalDisk(tmp_path)
    assert disk.put(io.BytesIO(b"x" * 100), limit=100).size == 100
    with pytest.raises(TooLarge):
        disk.put(io.BytesIO(b"x" * 101), limit=100)
    assert len(list(disk.keys())) == 1
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "ab/../../x", "", "/etc/passwd", "ab/" + "g" * 38, "ab/" + "a" * 38]
)
def test_only_our_own_keys_open(tmp_path: Path, key: str) -> None:
    with pytest.raises(NoSuchContent):
        LocalDisk(tmp_path).open(key)


def test_a_row_belongs_to_its_tenant_and_names_are_never_places(app: Flask) -> None:
    with app.app_context():
        with tenancy.scope(1):
            row = storage.save(
                io.BytesIO(b"%PDF-"), name="../../x.pdf", media_type="application/pdf", limit=10, now=NOW
            )
            assert "x.pdf" not in row.storage_key
            assert storage.known_keys() == {row.storage_key}
            db.session.commit()
        with tenancy.scope(2):
            assert db.session.execute(sa.select(StoredFile)).first() is None
            assert storage.known_keys() == frozenset()


def test_contents_of_rolled_back_changes_are_swept_and_others_stay(app: Flask) -> None:
    with app.app_context(), tenancy.scope(1):
        kept = storage.save(io.BytesIO(b"kept"), name="a.txt", media_type="text/plain", limit=None, now=NOW).storage_key
        db.session.commit()
        lost = storage.save(io.BytesIO(b"lost"), name="b.txt", media_type="text/plain", limit=None, now=NOW).storage_key
        db.session.rollback()
        assert storage.sweep(storage.known_keys(), NOW) == 0
        assert storage.sweep(storage.known_keys(), NOW + timedelta(days=2)) == 1
        assert list(storage.store().keys()) == [kept] != [lost]
