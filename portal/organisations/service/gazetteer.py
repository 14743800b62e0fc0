"""The gazetteer of cities, loaded from a table of GeoNames (CC BY 4.0): CSV with a header, or a dump as it is offered.

The columns of a dump are those that the readme of download.geonames.org/export/dump lists under "The main 'geoname'
table": nineteen, separated by tabs, without a header and without quotes.
"""

from __future__ import annotations

import csv
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any

from sqlalchemy.dialects import postgresql, sqlite

from portal.core.text import legible
from portal.infra.db import db
from portal.infra.search_text import fold
from portal.organisations.models import City

BATCH = 500
LONGEST_NAME, LONGEST_ZONE, LONGEST_KEY = 200, 60, 1000
NEEDED_COLUMNS = ("geonameid", "name", "country")
DUMP_COLUMNS = (
    "geonameid", "name", "asciiname", "alternatenames", "lat", "lon", "feature class", "feature code", "country", "cc2",
    "admin1", "admin2", "admin3", "admin4", "population", "elevation", "dem", "timezone", "modification date",
)  # fmt: skip
#: A dump of a country also has rivers and schools; and places where nobody lives any more.
INHABITED = "P"
GONE = frozenset({"PPLH", "PPLQ", "PPLW"})
#: The first word of a letter's Unicode name → under which name a city's name in that script is kept.
SCRIPTS = {
    "ARABIC": "arabic_script",
    "CYRILLIC": "cyrillic_script",
    "CJK": "cjk",
    "KATAKANA": "katakana",
    "HIRAGANA": "hiragana",
    "HANGUL": "hangul",
    "LATIN": "latin",
}
OTHER = "other_script"
ZIP = b"PK\x03\x04"
BOM = b"\xef\xbb\xbf"


class CityFileError(ValueError):
    """A table of cities that cannot be read; says which line, which column and what is expected."""


@dataclass(frozen=True)
class Loaded:
    """What came of a table: how many cities it has, and how many lines name something else."""

    cities: int
    passed_over: int


def import_cities(path: Path, progress: Callable[[int], None]) -> Loaded:
    """Load a table of cities; a city known by its id is renewed. Nothing is kept of a file with a mistake.

    What a file is, is told by its content: CSV with a header (``geonameid``, ``name``, ``country``; optional
    ``population``, ``lat``, ``lon``, ``timezone`` and any ``alt_*`` with a further name), a dump of GeoNames without
    a header, or a zip with one of these.

    :param progress: called with the number of cities read so far.
    :raises CityFileError: naming the line and the column.
    """
    total = passed_over = 0
    batch: list[dict[str, Any]] = []
    with _opened(path) as file:
        for row in _rows(file):
            if row is None:
                passed_over += 1
                continue
            batch.append(row)
            if len(batch) == BATCH:
                total += _store(batch)
                batch = []
                progress(total)
    total += _store(batch)
    progress(total)
    return Loaded(total, passed_over)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The table itself, taken out of its zip."""
    with path.open("rb") as file:
        if file.read(len(ZIP)) != ZIP:
            file.seek(0)
            yield file
            return
        try:
            with zipfile.ZipFile(file) as packed:
                names = [n for n in packed.namelist() if n.lower().endswith((".txt", ".csv"))]
                tables = [name for name in names if Path(name).name.lower() != "readme.txt"]
                if len(tables) != 1:
                    raise CityFileError(f"the zip should hold one table (.txt or .csv); it holds {len(tables)}")
                with packed.open(tables[0]) as table:
                    yield table
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise CityFileError(f"the zip cannot be read: {error}") from None


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any] | None]:
    """The cities of a table; None for a line that names something else."""
    lines = _decoded(file)
    first = next(lines, "")
    if not first.strip():
        raise CityFileError("line 1: the file should begin with a header or with a city")
    cells = first.rstrip("\r\n").split("\t")
    is_dump = len(cells) > 1 and "geonameid" not in cells
    return (_dumped if is_dump else _listed)(chain([first], lines))


def _decoded(file: IO[bytes]) -> Iterator[str]:
    """The lines as text, each with its end."""
    for number, line in enumerate(file, start=1):
        try:
            yield (line.removeprefix(BOM) if number == 1 else line).decode()
        except UnicodeDecodeError as error:
            raise CityFileError(f"line {number}, byte {error.start + 1}: the file is not UTF-8") from None


def _listed(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The cities of a table with a header."""
    first = next(lines)
    reader = csv.DictReader(chain([first], lines), delimiter="\t" if "\t" in first else ",")
    try:
        missing = [name for name in NEEDED_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise CityFileError(f"line 1: the header lacks the column {', '.join(missing)}")
        for line in reader:
            if None in line or any(value is None for value in line.values()):
                raise CityFileError(f"line {reader.line_num}: another number of columns than the header")
            values = {key: value.strip() for key, value in line.items()}
            others = {key[4:]: values[key] for key in values if key.startswith("alt_") and values[key]}
            yield _city(values, reader.line_num, others, others.values())
    except csv.Error as error:
        raise CityFileError(f"line {reader.reader.line_num}: the file is not CSV: {error}") from None


def _dumped(lines: Iterator[str]) -> Iterator[dict[str, Any] | None]:
    """The cities of a dump without a header."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        if len(cells) != len(DUMP_COLUMNS):
            told = f"{len(cells)} columns between tabs where GeoNames has {len(DUMP_COLUMNS)}"
            raise CityFileError(f"line {number}: {told}")
        values = dict(zip(DUMP_COLUMNS, cells, strict=True))
        if values["feature class"] != INHABITED or values["feature code"] in GONE:
            yield None
            continue
        by_script = names_by_script(values["alternatenames"].split(","))
        shown = {script: names[0] for script, names in by_script.items() if script != "latin"}
        yield _city(values, number, shown, (values["asciiname"], *in_turn(by_script)))


def names_by_script(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by the script of their letters, Latin last; a name in several scripts is kept as one of another."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(map(str.strip, names)):
        scripts = {_script(sign) for sign in name if sign.isalpha()}
        if scripts:
            found.setdefault(scripts.pop() if len(scripts) == 1 else OTHER, []).append(name)
    return dict(sorted(found.items(), key=lambda item: item[0] == "latin"))


def in_turn(by_script: dict[str, list[str]]) -> Iterator[str]:
    """The first name of each script, then the second of each …, and those in Latin letters at the end.

    So that a city with hundreds of names is found in each script, whatever has to be left out.
    """
    others = [names for script, names in by_script.items() if script != "latin"]
    yield from (name for turn in zip_longest(*others) for name in turn if name is not None)
    yield from by_script.get("latin", ())


@lru_cache(maxsize=8192)
def _script(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0].partition("-")[0], OTHER)


def _city(values: dict[str, str], number: int, names: dict[str, str], searched: Iterable[str]) -> dict[str, Any]:
    """A row for the database. :param number: its line. :param searched: by which names it is found besides its own."""
    name, country, zone = legible(values["name"]), values["country"].upper(), values.get("timezone", "")
    if not name or len(name) > LONGEST_NAME:
        raise CityFileError(f"line {number}, column name: expected 1 to {LONGEST_NAME} characters")
    if len(country) != 2 or not country.isalpha() or not country.isascii():
        raise CityFileError(f"line {number}, column country: {country!r} is not an ISO 3166 code of two letters")
    if len(zone) > LONGEST_ZONE or "\0" in zone:
        raise CityFileError(f"line {number}, column timezone: expected at most {LONGEST_ZONE} characters")
    return {
        "id": _number(values, "geonameid", number, int, 1, 2**62),
        "name": name,
        "country": country,
        "population": _number(values, "population", number, int, 0, 10**9),
        "latitude": _number(values, "lat", number, float, -90, 90),
        "longitude": _number(values, "lon", number, float, -180, 180),
        "zone": zone or None,
        "names": {script: legible(other) for script, other in names.items()},
        "search_key": search_key(name, *searched),
    }


def _number(values: dict[str, str], column: str, line: int, kind: type[int | float], low: float, high: float) -> Any:
    text = values.get(column, "")
    if not text and column not in NEEDED_COLUMNS:
        return None
    try:
        value = kind(text)
    except ValueError:
        raise CityFileError(f"line {line}, column {column}: {text!r} is not a number") from None
    if not low <= value <= high:
        raise CityFileError(f"line {line}, column {column}: {text} should lie between {low} and {high}")
    return value


def search_key(*names: str) -> str:
    """The names of a city folded for searching, each once, a bar between; whole names up to the column's length."""
    key = ""
    for name in dict.fromkeys(fold(legible(one)).replace("|", " ").strip() for one in names):
        if name and len(key) + len(name) + 1 <= LONGEST_KEY:
            key = f"{key}|{name}" if key else name
    return key


def _store(rows: list[dict[str, Any]]) -> int:
    rows = list({row["id"]: row for row in rows}.values())
    if rows:
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        insert = dialect.insert(City)
        renewed = {column: insert.excluded[column] for column in rows[0] if column != "id"}
        db.session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=renewed), rows)
    return len(rows)
