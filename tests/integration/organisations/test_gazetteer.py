"""The gazetteer: a table with a header, a dump as GeoNames offers it, a zip of either; told apart by their content."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.infra.db import db
from portal.organisations import queries
from portal.organisations.models import City
from portal.organisations.service import gazetteer
from portal.organisations.service.gazetteer import CityFileError, Loaded

HEADER = "geonameid,name,country,population,lat,lon,timezone,alt_arabic_script,alt_cjk\n"
CAIRO = "360630,Cairo,EG,9606916,30.06263,31.24967,Africa/Cairo,القاهرة,开罗"
VILANKULO = "1024312,Vilanculos,MZ,,,,,,"
OTHER_NAMES = (
    "Al Qahirah,CAI,Cairo,El-Qahira,Kairo,Káhira,القاهرة,قاهره,Каир,Каиро,开罗,開羅,カイロ,카이로,Κάιρο,काहिरा"
)


def table(folder: Path, *lines: str, header: str = HEADER) -> Path:
    """A table with a header."""
    path = folder / "cities.csv"
    path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def dumped(number: int | str = 360630, name: str = "Cairo", **other: str) -> str:
    """A line of a dump."""
    values = {
        "geonameid": str(number), "name": name, "asciiname": name, "alternatenames": OTHER_NAMES, "lat": "30.06263",
        "lon": "31.24967", "feature class": "P", "feature code": "PPLC", "country": "EG", "admin1": "11",
        "population": "9606916", "dem": "23", "timezone": "Africa/Cairo", "modification date": "2025-01-01",
    } | {key.replace("_", " "): value for key, value in other.items()}  # fmt: skip
    return "\t".join(values.get(column, "") for column in gazetteer.DUMP_COLUMNS)


def dump(folder: Path, *lines: str, name: str = "cities15000.txt") -> Path:
    """A dump without a header."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def load(path: Path) -> Loaded:
    return gazetteer.import_cities(path, lambda _count: None)


def found(words: str) -> list[int]:
    return [city["id"] for city in queries.find_cities(words, None)]


def known() -> int:
    return db.session.scalar(select(func.count()).select_from(City)) or 0


def test_cities_are_loaded_renewed_and_found_in_any_script(app: Flask, tmp_path: Path) -> None:
    seen: list[int] = []
    path = table(tmp_path, CAIRO, VILANKULO)
    before = known()
    assert gazetteer.import_cities(path, seen.append) == Loaded(2, 0)
    once = known()
    assert gazetteer.import_cities(path, seen.append) == Loaded(2, 0)
    assert known() == once <= before + 2
    assert seen[-1] == 2
    for words in ("cai", "القاهرة", "开罗"):
        assert found(words) == [360630]
    assert db.session.get(City, 1024312).name == "Vilanculos"  # type: ignore[union-attr]


def test_a_dump_is_loaded_and_found_in_every_script(app: Flask, tmp_path: Path) -> None:
    path = dump(tmp_path, dumped())
    assert load(path) == Loaded(1, 0)
    for words in ("cairo", "kahira", "القاهرة", "قاهره", "каир", "开罗", "開羅", "カイロ", "카이로", "κάιρο", "काहिरा"):
        assert found(words) == [360630], words
    city = db.session.get(City, 360630)
    assert city is not None
    assert (city.country, city.population, city.zone) == ("EG", 9606916, "Africa/Cairo")
    assert (city.latitude, city.longitude) == (30.06263, 31.24967)
    assert city.names["arabic_script"] == "القاهرة"
    assert (city.names["cyrillic_script"], city.names["cjk"], city.names["katakana"]) == ("Каир", "开罗", "カイロ")


def test_both_kinds_are_the_same_cities(app: Flask, tmp_path: Path) -> None:
    load(table(tmp_path, CAIRO))
    once = known()
    assert load(dump(tmp_path, dumped(name="Al Qāhirah"), dumped(2, "Alexandria"))) == Loaded(2, 0)
    assert known() == once + 1
    assert load(dump(tmp_path, dumped(name="Al Qāhirah"), dumped(2, "Alexandria"))) == Loaded(2, 0)
    assert known() == once + 1
    assert db.session.get(City, 360630).name == "Al Qāhirah"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["anything", "cities.csv", "cities15000.zip"])
def test_the_name_of_a_file_says_nothing(app: Flask, tmp_path: Path, name: str) -> None:
    assert load(dump(tmp_path, dumped(), name=name)) == Loaded(1, 0)
    path = tmp_path / "table.txt"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}{CAIRO}\n".replace(",", "\t").replace("\n", "\r\n").encode())
    assert load(path) == Loaded(1, 0)


@pytest.mark.parametrize("kind", ["dump", "table"])
def test_a_zip_is_opened(app: Flask, tmp_path: Path, kind: str) -> None:
    inside = dump(tmp_path, dumped(), name="EG.txt") if kind == "dump" else table(tmp_path, CAIRO)
    path = tmp_path / "named-otherwise"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("readme.txt", "what GeoNames says of its columns")
        packed.write(inside, inside.name)
    assert load(path) == Loaded(1, 0)
    assert found("cairo") == [360630]
    with zipfile.ZipFile(path, "a") as packed:
        packed.write(inside, "another.txt")
    with pytest.raises(CityFileError, match=r"one table .* it holds 2"):
        load(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CityFileError, match="the zip cannot be read"):
        load(path)


def test_what_is_no_inhabited_place_is_passed_over(app: Flask, tmp_path: Path) -> None:
    lines = (
        dumped(),
        dumped(2, "A river", feature_class="H", feature_code="STM", country=""),
        dumped(3, "A ruin", feature_code="PPLH"),
        "",
    )
    assert load(dump(tmp_path, *lines)) == Loaded(1, 2)
    assert found("a ri") == found("a ru") == []


def test_many_names_leave_room_for_every_script(app: Flask, tmp_path: Path) -> None:
    many = ",".join(f"Another Latin name {number}" for number in range(200))
    arabic = ",".join(f"{'قاهرة' * 9}{number}" for number in range(50))
    load(dump(tmp_path, dumped(alternatenames=f"{many},{arabic},Каир,开罗")))
    assert found("каир") == found("开罗") == found("قاهرة") == [360630]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x,Cairo,EG,1,1,1,,,", "line 2, column geonameid"),
        ("1,,EG,1,1,1,,,", "line 2, column name"),
        ("1,Cairo,EGY,1,1,1,,,", "line 2, column country"),
        ("1,Cairo,EG,many,1,1,,,", "line 2, column population"),
        ("1,Cairo,EG,1,100,1,,,", "line 2, column lat"),
        (f"1,Cairo,EG,1,1,1,{'A' * 61},,", "line 2, column timezone"),
        ("1,Cairo,EG", "line 2: another number of columns"),
        ("1,Cairo,EG,1,1,1,,,,,,", "line 2: another number of columns"),
        (f"1,{'A' * 140_000},EG,1,1,1,,,", "line 2: the file is not CSV"),
    ],
)
def test_a_bad_line_is_named(app: Flask, tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(CityFileError, match=told):
        load(table(tmp_path, line))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (dumped("x"), "line 2, column geonameid: 'x' is not a number"),
        (dumped(2, ""), "line 2, column name"),
        (dumped(2, country=""), "line 2, column country"),
        (dumped(2, population="many"), "line 2, column population"),
        (dumped(2, lat="-91"), "line 2, column lat"),
        (dumped(2).rsplit("\t", 1)[0], "line 2: 18 columns between tabs where GeoNames has 19"),
        (CAIRO, "line 2: 1 columns between tabs where GeoNames has 19"),
    ],
)
def test_a_bad_line_of_a_dump_is_named(app: Flask, tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(CityFileError, match=told):
        load(dump(tmp_path, dumped(), line))


def test_a_table_that_is_none_is_named(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match="line 1: the header lacks the column geonameid, country"):
        load(table(tmp_path, header="name,population\n"))
    with pytest.raises(CityFileError, match="line 1: the file should begin"):
        load(dump(tmp_path))
    path = tmp_path / "latin.csv"
    path.write_bytes(f"{HEADER}{VILANKULO}\n".encode() + b"1,Bogot\xe1,CO,1,1,1,,,\n")
    with pytest.raises(CityFileError, match="line 3, byte 8: the file is not UTF-8"):
        load(path)


REAL = Path(__file__).parents[4] / "shared/data/lists/cities/cities15000.csv"


@pytest.mark.skipif(not REAL.exists(), reason="the real table of cities is not on this machine")
def test_the_real_table_loads_and_so_does_a_dump_made_of_it(app: Flask, tmp_path: Path) -> None:
    loaded = load(REAL)
    assert loaded.cities > 20000
    assert queries.find_cities("maputo", "MZ")[0]["name"] == "Maputo"
    once = known()
    with REAL.open(encoding="utf-8", newline="") as file:
        lines = [
            dumped(
                row["geonameid"],
                row["name"],
                alternatenames=",".join(value for key, value in row.items() if key.startswith("alt_") and value),
                **{key: row[key] for key in ("country", "lat", "lon", "population", "timezone")},
            )
            for row in csv.DictReader(file)
        ]
    assert load(dump(tmp_path, *lines)) == loaded
    assert known() == once
    assert queries.find_cities("القاهرة", "EG")[0]["name"] == "Cairo"
