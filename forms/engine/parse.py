"""A definition's TOML read into `FormDefinition`, refusing whatever would surprise somebody later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from . import kinds_choice, kinds_place, kinds_text  # noqa: F401 (importing a module of kinds enters them into the table)
from .checks import COUNT, OPTIONS, PATH, SUM
from .conditions import parse_condition
from .definition import Check, Choice, Condition, DefinitionError, FormDefinition, Question, Section
from .kinds import COMMON, KINDS
from .kinds_rows import contact_parts
from .text import Text

CODE = re.compile(r"[a-z][a-z0-9_]{0,40}")
# Attributes of the form class, and names that the page itself posts.
RESERVED = frozenset({"data", "errors", "meta", "form_errors", "validate", "process", "populate_obj", "csrf_token"})
KNOWN_OPERANDS = (
    'write "section.question", "sum(section.table.column)", "count(section.table)", "context.amount_limit", '
    '"policy.<name>" or a figure'
)
LANGUAGE = re.compile(r"[a-z]{2,3}")


class Reader:
    """Reads one file; every refusal names the file and the place in it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.languages: tuple[str, ...] = ()

    def refuse(self, place: str, wrong: str, mend: str) -> DefinitionError:
        """Return the error to raise."""
        return DefinitionError(self.file, place, wrong, mend)

    def text(self, data: Mapping[str, Any], key: str, place: str, *, needed: bool = True) -> Text | None:
        """Read a text; it must be there in every language of the form."""
        found = data.get(key)
        if found is None and not needed:
            return None
        if not isinstance(found, Mapping) or not all(isinstance(words, str) for words in found.values()):
            raise self.refuse(place, f'"{key}" is missing or not a text by language', f'write {key} = {{en = "…", …}}')
        lacking = [code for code in self.languages if not str(found.get(code, "")).strip()]
        if lacking:
            raise self.refuse(place, f'"{key}" has no wording in {", ".join(lacking)}', "add the missing languages")
        unknown = [code for code in found if code not in self.languages]
        if unknown:
            raise self.refuse(
                place, f'"{key}" has {", ".join(unknown)}', 'list the language under "languages" or drop it'
            )
        return Text(dict(found))

    def need(self, data: Mapping[str, Any], key: str, place: str) -> Text:
        """Read a text that must be there."""
        found = self.text(data, key, place)
        if found is None:
            raise self.refuse(place, f'"{key}" is missing', f'write {key} = {{en = "…", …}}')
        return found

    def code(self, data: Mapping[str, Any], place: str) -> str:
        """Read a stable code."""
        code = data.get("code")
        if not isinstance(code, str) or not CODE.fullmatch(code) or code in RESERVED:
            raise self.refuse(place, f"the code {code!r} cannot be used", "use lower-case letters, digits and _")
        return code

    def known(self, data: Mapping[str, Any], keys: frozenset[str], place: str) -> None:
        """Refuse keys that nobody reads."""
        strange = sorted(set(data) - keys)
        if strange:
            raise self.refuse(place, f"does not know {', '.join(strange)}", f"use only {', '.join(sorted(keys))}")

    def question(self, data: Mapping[str, Any], section: str, place: str, depth: int = 0) -> Question:
        """Read one question, column or part."""
        code = self.code(data, place)
        place = f"{place} {code}"
        kind = KINDS.get(str(data.get("kind")))
        if kind is None:
            raise self.refuse(
                place, f"the kind {data.get('kind')!r} is not known", f"use one of {', '.join(sorted(KINDS))}"
            )
        self.known(data, COMMON | kind.options, place)
        if depth and kind.name in ("table", "group"):
            raise self.refuse(place, f"a {kind.name} inside another is not supported", "make it a question of its own")
        return Question(
            code=code,
            kind=kind.name,
            label=self.need(data, "label", place),
            help=self.text(data, "help", place, needed=False),
            required=bool(data.get("required", True)),
            show_if=self._condition(data, section, place) if not depth else None,
            promote=data.get("promote"),
            **self._limits(data, place),
            choices=self._choices(data, kind.name, place),
            parts=self._parts(data, kind.name, section, place),
            read_only=bool(data.get("read_only", False)),
            total=bool(data.get("total", False)),
            computed=self._computed(data, place),
            needs=tuple(data.get("needs", ())),
            country_from=data.get("country_from"),
            row_label=self.text(data, "row_label", place, needed=False),
            unit=self.text(data, "unit", place, needed=False),
            statements=self._statements(data, place),
            translate=bool(data.get("translate", True)),
        )

    def _limits(self, data: Mapping[str, Any], place: str) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        for key in ("max_words", "max_chars", "decimals", "min_rows", "max_rows"):
            if key in data:
                if not isinstance(data[key], int) or isinstance(data[key], bool) or data[key] < 0:
                    raise self.refuse(place, f'"{key}" is not a whole number', f"write {key} = 300")
                limits[key] = data[key]
        for key in ("min", "max"):
            if key in data:
                if not isinstance(data[key], int | float) or isinstance(data[key], bool):
                    raise self.refuse(place, f'"{key}" is not a number', f"write {key} = 1")
                limits[key] = Decimal(str(data[key]))
        if data.get("kind") == "money":
            limits.setdefault("min", Decimal(0))
        limits["fixed_rows"] = bool(data.get("fixed_rows", False))
        return limits

    def _condition(self, data: Mapping[str, Any], section: str, place: str) -> Condition | None:
        if "show_if" not in data:
            return None
        try:
            return parse_condition(data["show_if"], section)
        except ValueError as error:
            raise self.refuse(place, "show_if cannot be read", str(error)) from error

    def _choices(self, data: Mapping[str, Any], kind: str, place: str) -> tuple[Choice, ...]:
        if kind not in ("choice", "multichoice"):
            return ()
        found = []
        for item in data.get("choice", ()):
            self.known(item, frozenset({"code", "label", "help"}), place)
            where = f"{place} choice {item.get('code')}"
            help_text = self.text(item, "help", where, needed=False)
            found.append(Choice(self.code(item, place), self.need(item, "label", where), help_text))
        if not found or len({choice.code for choice in found}) < len(found):
            raise self.refuse(
                place, "has no choices, or two of one code", "add [[….choice]] tables with codes of their own"
            )
        return tuple(found)

    def _parts(self, data: Mapping[str, Any], kind: str, section: str, place: str) -> tuple[Question, ...]:
        if kind == "contact":
            return contact_parts()
        key = {"table": "column", "group": "question"}.get(kind)
        if key is None:
            return ()
        parts = tuple(self.question(item, section, place, 1) for item in data.get(key, ()))
        codes = [part.code for part in parts]
        if not parts or len(set(codes)) < len(codes):
            raise self.refuse(
                place, f"has no {key}s, or two of one code", f"add [[….{key}]] tables with codes of their own"
            )
        for part in parts:
            for name in part.computed[1] if part.computed else ():
                if name not in codes:
                    raise self.refuse(
                        place, f"{part.code} is computed from {name}, which is not there", f"name a {key}"
                    )
        return parts

    def _computed(self, data: Mapping[str, Any], place: str) -> tuple[str, tuple[str, ...]] | None:
        found = data.get("computed")
        if found is None:
            return None
        if not isinstance(found, Mapping) or len(found) != 1 or not set(found) <= {"sum", "difference"}:
            raise self.refuse(
                place, "computed cannot be read", 'write computed = {sum = ["a", "b"]} or {difference = …}'
            )
        how, names = next(iter(found.items()))
        return how, tuple(names)

    def _statements(self, data: Mapping[str, Any], place: str) -> tuple[Text, ...]:
        return tuple(self.need({"statement": item}, "statement", place) for item in data.get("statement", ()))

    def section(self, data: Mapping[str, Any], place: str) -> Section:
        """Read one section."""
        code = self.code(data, place)
        place = f"section {code}"
        self.known(data, frozenset({"code", "title", "intro", "question"}), place)
        questions = tuple(self.question(item, code, place) for item in data.get("question", ()))
        codes = [question.code for question in questions]
        if not questions or len(set(codes)) < len(codes):
            raise self.refuse(place, "has no questions, or two of one code", "give each question a code of its own")
        return Section(code, self.need(data, "title", place), self.text(data, "intro", place, needed=False), questions)

    def check(self, data: Mapping[str, Any]) -> Check:
        """Read one check."""
        place = f"check {data.get('code')}"
        kind = str(data.get("kind"))
        if kind not in OPTIONS:
            raise self.refuse(place, f"the kind {kind!r} is not known", f"use one of {', '.join(sorted(OPTIONS))}")
        self.known(data, frozenset({"code", "kind", "at", "message", "level", "show_if"}) | OPTIONS[kind], place)
        lacking = (
            sorted(OPTIONS[kind] - {"rows"} - set(data))
            if kind != "distinct"
            else sorted({"rows", "column"} - set(data))
        )
        if lacking or data.get("level", "error") not in ("error", "warning"):
            raise self.refuse(place, f"lacks {', '.join(lacking) or 'a level'}", "see the other checks for an example")
        options = {key: data[key] for key in OPTIONS[kind] if key in data}
        section = str(data.get("at", "")).partition(".")[0]
        level, message = data.get("level", "error"), self.need(data, "message", place)
        at, condition = str(data.get("at", "")), self._condition(data, section, place)
        return Check(self.code(data, place), kind, at, message, level, condition, options)


def parse_form(data: Mapping[str, Any], source: bytes, file: str, key: str, version: int) -> FormDefinition:
    """Read a whole form. *source* are the bytes of its file, for the checksum. DefinitionError when it is broken."""
    reader = Reader(file)
    reader.known(data, frozenset({"title", "languages", "section", "check"}), "the form")
    reader.languages = tuple(data.get("languages", ()))
    if not reader.languages or not all(LANGUAGE.fullmatch(str(code)) for code in reader.languages):
        raise reader.refuse("the form", "does not say its languages", 'write languages = ["en", "fr"]')
    sections = tuple(reader.section(item, "a section") for item in data.get("section", ()))
    codes = [section.code for section in sections]
    if not sections or len(set(codes)) < len(codes):
        raise reader.refuse("the form", "has no sections, or two of one code", "give each section a code of its own")
    checks = tuple(reader.check(item) for item in data.get("check", ()))
    title = reader.need(data, "title", "the form")
    definition = FormDefinition(key, version, title, reader.languages, sections, checks, checksum(source))
    _resolve(reader, definition)
    return definition


def checksum(source: bytes) -> str:
    """Return the SHA-256 of a definition's file, the same on systems that end lines differently."""
    return hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest()


def _resolve(reader: Reader, definition: FormDefinition) -> None:
    """Refuse references to questions that are not there."""
    for section, question in definition.each():
        for path in question.show_if.paths() if question.show_if else ():
            _there(reader, definition, path, f"section {section.code} {question.code}")
    for check in definition.checks:
        place = f"check {check.code}"
        _there(reader, definition, check.at, place)
        for path in check.show_if.paths() if check.show_if else ():
            _there(reader, definition, path, place)
        for name in ("left", "right", "rows", "question"):
            _operand(reader, definition, check, name)
        for column in _columns(check):
            _there(reader, definition, column[0], place, column[1])


def _operand(reader: Reader, definition: FormDefinition, check: Check, name: str) -> None:
    value, place = str(check.options.get(name, "")), f"check {check.code}"
    if found := COUNT.fullmatch(value):
        _there(reader, definition, found.group(1), place)
    elif found := SUM.fullmatch(value):
        _there(reader, definition, found.group(1), place, found.group(2))
    elif PATH.fullmatch(value) and not value.startswith(("context.", "policy.")) and not value[0].isdigit():
        _there(reader, definition, value, place)
    elif value and "rows" not in check.options and not _known(value):
        raise reader.refuse(place, f"{name} is {value!r}", KNOWN_OPERANDS)


def _known(operand: str) -> bool:
    """Whether an operand that names no question is one of the facts around the form, or a figure."""
    if operand == "context.amount_limit" or operand.startswith("policy."):
        return True
    try:
        return Decimal(operand).is_finite()
    except InvalidOperation:
        return False


def _columns(check: Check) -> list[tuple[str, str]]:
    rows = str(check.options.get("rows", ""))
    found = [(rows, str(check.options["column"]))] if "column" in check.options else []
    if rows and "left" in check.options:
        found.append((rows, str(check.options["left"])))
    over = check.options.get("over")
    if isinstance(over, Mapping):
        found += [(str(over.get("rows")), str(over.get(side))) for side in ("value", "of")]
    return found


def _there(reader: Reader, definition: FormDefinition, path: str, place: str, column: str = "") -> None:
    try:
        question = definition.question(path)
    except KeyError:
        raise reader.refuse(place, f"looks at {path!r}, which is not there", 'write "section.question"') from None
    if column and question.part(column) is None:
        raise reader.refuse(place, f"looks at the column {column!r} of {path}, which is not there", "name a column")
