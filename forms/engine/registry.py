"""All definitions of a folder, read once and checked at start; and the lock of what is published."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from forms.definitions import HOME

from .definition import DefinitionError, FormDefinition
from .parse import LANGUAGE, checksum, parse_form
from .text import Text

LOCK = "published.lock"
_FILE = re.compile(r"(?P<name>[a-z][a-z0-9-]*)\.v(?P<version>[1-9][0-9]*)\.toml")
_OWN = {
    "code",
    "title",
    "summary",
    "languages",
    "applicant_kinds",
    "forms",
    "workflow",
    "standards",
    "documents",
    "reports",
}


@dataclass(frozen=True, eq=False)
class Instrument:
    """A kind of application: its texts, and which file and version of form, workflow and standards it starts with.

    *documents* is a tree of tables and lists whose leaves are texts; *reports* says what a grantee owes; *extra* holds
    every further key of the file, so that a later need is data.
    """

    code: str
    title: Text
    summary: Text
    languages: tuple[str, ...]
    applicant_kinds: tuple[str, ...]
    forms: Mapping[str, tuple[str, int]]
    workflow: int
    standards: int
    documents: Mapping[str, Any]
    reports: tuple[Mapping[str, Any], ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Registry:
    """The instruments of a folder and every version of their forms."""

    home: Path
    instruments: Mapping[str, Instrument]
    forms: Mapping[tuple[str, str, int], FormDefinition]

    def instrument(self, code: str) -> Instrument:
        """Return the instrument called *code*; KeyError when there is none."""
        return self.instruments[code]

    def form(self, instrument: str | Instrument, role: str, version: int | None = None) -> FormDefinition:
        """Return the form of *role* ("application", "review", "report-progress"); KeyError when there is none.

        Without *version* it is the one the instrument starts new cases with.
        """
        code = instrument.code if isinstance(instrument, Instrument) else instrument
        file, current = self.instruments[code].forms.get(role, (role, 1))
        return self.forms[code, file, current if version is None else version]

    def raw(self, instrument: str | Instrument, name: str, version: int) -> dict[str, Any]:
        """Return the parsed "<name>.v<version>.toml" (a workflow, standards); DefinitionError when there is none."""
        code = instrument.code if isinstance(instrument, Instrument) else instrument
        return _toml(self.home / code / f"{name}.v{version}.toml", self.home)[0]

    def versions(self, instrument: str, name: str) -> list[int]:
        """Return the versions there are of a file, oldest first."""
        found = (_FILE.fullmatch(path.name) for path in (self.home / instrument).glob(f"{name}.v*.toml"))
        return sorted(int(match["version"]) for match in found if match)


@cache
def _load(home: Path) -> Registry:
    instruments: dict[str, Instrument] = {}
    forms: dict[tuple[str, str, int], FormDefinition] = {}
    for folder in sorted(path.parent for path in home.glob("*/instrument.toml")):
        instrument = _instrument(folder, home)
        instruments[instrument.code] = instrument
        for file in sorted({file for file, _ in instrument.forms.values()}):
            for path in sorted(folder.glob(f"{file}.v*.toml")):
                found = _FILE.fullmatch(path.name)
                if found:
                    key, version = f"{folder.name}/{file}", int(found["version"])
                    data, source = _toml(path, home)
                    name = str(path.relative_to(home))
                    forms[folder.name, file, version] = parse_form(data, source, name, key, version)
        for role, (file, version) in instrument.forms.items():
            if (folder.name, file, version) not in forms:
                name = f"{folder.name}/instrument.toml"
                raise DefinitionError(
                    name, f"forms.{role}", f"{file}.v{version}.toml is not there", "add it or mend the name"
                )
    return Registry(home, instruments, forms)


def load(path: Path | str | None = None) -> Registry:
    """Read and check every definition in *path* (default: this library's own), once per process.

    DefinitionError names the file, the question and how to mend it.
    """
    return _load(Path(path or HOME).resolve())


def _toml(path: Path, home: Path) -> tuple[dict[str, Any], bytes]:
    name = str(path.relative_to(home))
    try:
        source = path.read_bytes()
        return tomllib.loads(source.decode()), source
    except FileNotFoundError:
        raise DefinitionError(name, "the file", "is not there", "add it or mend the version") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(name, "the file", f"is not TOML: {error}", "mend the line named") from error


def _instrument(folder: Path, home: Path) -> Instrument:
    data, _ = _toml(folder / "instrument.toml", home)
    name = f"{folder.name}/instrument.toml"
    for key in ("code", "title", "summary", "languages", "applicant_kinds", "forms", "workflow", "standards"):
        if key not in data:
            raise DefinitionError(name, key, "is missing", f"add {key}")
    if data["code"] != folder.name:
        raise DefinitionError(name, "code", f"is {data['code']!r} in the folder {folder.name!r}", "make them the same")
    forms: dict[str, tuple[str, int]] = {}
    for role, version in data["forms"].items():
        named = version if isinstance(version, Mapping) else {"file": role, "version": version}
        forms[role] = (str(named["file"]), int(named["version"]))
    texts = {
        key: _tree(data.get(key, {}), tuple(data["languages"]), name, key) for key in ("title", "summary", "documents")
    }
    return Instrument(
        data["code"], texts["title"], texts["summary"], tuple(data["languages"]), tuple(data["applicant_kinds"]), forms,
        int(data["workflow"]), int(data["standards"]), texts["documents"], tuple(data.get("reports", ())),
        {key: value for key, value in data.items() if key not in _OWN},
    )  # fmt: skip


def _tree(data: Any, languages: tuple[str, ...], file: str, place: str) -> Any:
    """Turn each table of languages in *data* into a Text; it must have every language and the same placeholders."""
    if isinstance(data, list):
        return tuple(_tree(item, languages, file, f"{place}[{n}]") for n, item in enumerate(data))
    if not isinstance(data, Mapping):
        return data
    if not data or not all(LANGUAGE.fullmatch(key) and isinstance(value, str) for key, value in data.items()):
        return {key: _tree(value, languages, file, f"{place}.{key}") for key, value in data.items()}
    lacking = [code for code in languages if not data.get(code, "").strip()]
    if lacking:
        raise DefinitionError(file, place, f"has no wording in {', '.join(lacking)}", "add the missing languages")
    text = Text({key: value.strip() for key, value in data.items()})
    if len(set(text.placeholders.values())) > 1:
        raise DefinitionError(file, place, "does not use the same {placeholders} in every language", "make them equal")
    return text


def read_lock(home: Path) -> dict[str, str]:
    """Return the checksums of the published files by path."""
    path = home / LOCK
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines if line.strip())}


def changed(home: Path) -> list[str]:
    """Return the published files that are no longer what they were when they were published."""
    locked = read_lock(home)
    return [name for name, digest in locked.items() if not _same(home / name, digest)]


def _same(path: Path, digest: str) -> bool:
    return path.exists() and checksum(path.read_bytes()) == digest


def lock(home: Path, only: Sequence[str] = ()) -> list[str]:
    """Publish: add every versioned file that is not in the lock (or only those whose name begins with one of *only*).

    Returns the paths added. DefinitionError when a published file was changed: a change is a new version.
    """
    for name in changed(home):
        raise DefinitionError(name, "the file", "was published and has changed", "restore it and add the next version")
    locked = read_lock(home)
    found = [path for path in sorted(home.glob("*/*.toml")) if _FILE.fullmatch(path.name)]
    chosen = [path for path in found if not only or any(path.name.startswith(f"{start}.v") for start in only)]
    added = [str(path.relative_to(home)) for path in chosen if str(path.relative_to(home)) not in locked]
    locked |= {name: checksum((home / name).read_bytes()) for name in added}
    (home / LOCK).write_text("".join(f"{locked[name]}  {name}\n" for name in sorted(locked)))
    return added


def main(arguments: Sequence[str]) -> int:
    """Run "lock [name …]" or "check" on the library's own definitions; returns the exit status."""
    if not arguments or arguments[0] not in ("lock", "check"):
        sys.stderr.write("usage: python -m forms.engine.registry lock [name …] | check\n")
        return 2
    try:
        load()
        if arguments[0] == "lock":
            for name in lock(HOME, arguments[1:]):
                sys.stdout.write(f"published {name}\n")
        for name in changed(HOME):
            sys.stderr.write(f"{name} was published and has changed: restore it and add the next version\n")
        return 1 if changed(HOME) else 0
    except DefinitionError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
