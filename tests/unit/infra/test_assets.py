"""Static files: a compressed copy per version, built once."""

from __future__ import annotations

import gzip
from pathlib import Path

from portal.infra import assets


def test_the_copy_holds_every_file_and_compressed_twins(tmp_path: Path) -> None:
    built = assets.build(tmp_path / "static")
    for source in (assets.STATIC / "css").glob("*.css"):
        copy = built / "css" / source.name
        assert copy.read_bytes() == source.read_bytes()
        assert gzip.decompress(copy.with_name(copy.name + ".gz").read_bytes()) == source.read_bytes()


def test_it_is_built_once_per_version(tmp_path: Path) -> None:
    first = assets.build(tmp_path / "static")
    changed = first.stat().st_mtime_ns
    assert assets.build(tmp_path / "static") == first
    assert first.stat().st_mtime_ns == changed
    assert [path.name for path in (tmp_path / "static").iterdir()] == [first.name]


def test_what_is_ours_is_light(tmp_path: Path) -> None:
    built = assets.build(tmp_path / "static")
    styles = sum(path.stat().st_size for path in (built / "css").glob("*.gz"))
    scripts = sum(path.stat().st_size for path in (built / "js").glob("*.gz"))
    assert styles < 14_000, "a first visit on a slow line pays for every byte"
    assert scripts < 14_000
