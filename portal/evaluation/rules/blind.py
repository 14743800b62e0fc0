"""What a blind reader sees of a form and of its answers: nothing that names who applies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from forms.engine.definition import FormDefinition, Question

#: Kinds of questions whose answers say who applies, or may.
NAMING = frozenset({"contact", "organisation", "city", "file", "email", "phone"})
#: kinds of questions that are answered in words of one's own
WRITTEN = frozenset({"text", "longtext"})
MASK = "[…]"
SHORTEST = 3
#: addresses of mail and of the web: their domain names who writes
ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:https?://|www\.)\S+", re.IGNORECASE)
#: what divides a name into parts by which it is known too
PARTED = re.compile(r"\s*[,،;()\[\]/]\s*|\s+[–—-]\s+")
ARABIC = re.compile(r"[\u0600-\u06ff]")


def number(round_id: UUID, case_id: UUID) -> str:
    """What a case is called in a blind round: the same each time, and nothing can be learnt from it."""
    return "B-" + sha256(f"{round_id}:{case_id}".encode()).hexdigest()[:6].upper()


def without_names(definition: FormDefinition) -> FormDefinition:
    """The form without the questions that name: by their kind, and the title, which often names the city."""
    sections = tuple(
        replace(section, questions=tuple(one for q in section.questions if (one := _plain(q)) is not None))
        for section in definition.sections
    )
    return replace(definition, sections=tuple(section for section in sections if section.questions))


def _plain(question: Question) -> Question | None:
    if question.kind in NAMING or question.promote == "title":
        return None
    if question.kind not in ("group", "table"):
        return question
    parts = tuple(one for part in question.parts if (one := _plain(part)) is not None)
    return replace(question, parts=parts) if parts else None


def names_in(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every name given in the answers to the questions that name."""
    return [name for kind, name in _named(definition, answers) if kind != "city_id"]


def organisations_in(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The organisations that the answers name as parties, each once."""
    return list(dict.fromkeys(name for kind, name in _named(definition, answers) if kind == "organisation"))


def people_in(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The people that the answers name as contacts, each once."""
    return list(dict.fromkeys(name for kind, name in _named(definition, answers) if kind == "person"))


def cities_in(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[int]:
    """The cities of the gazetteer that the answers name, by their number in it."""
    return [int(number) for kind, number in _named(definition, answers) if kind == "city_id"]


def _named(definition: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for section, question in definition.each():
        _collect(question, answers.get(section.code, {}).get(question.code), found)
    return found


def _collect(question: Question, value: Any, found: list[tuple[str, str]]) -> None:
    if question.kind in ("group", "table") and isinstance(value, list):
        for row in value:
            for part in question.parts:
                _collect(part, row.get(part.code), found)
    elif question.kind == "contact" and isinstance(value, dict):
        kinds = {"name": "person", "organisation": "organisation", "email": "address", "phone": "address"}
        found += [(kind, str(value[key])) for key, kind in kinds.items() if value.get(key)]
    elif question.kind in ("organisation", "city") and isinstance(value, dict) and value.get("name"):
        found.append((question.kind, str(value["name"])))
        if question.kind == "city" and str(value.get("id") or "").isdecimal():
            found.append(("city_id", str(value["id"])))


def masked(
    definition: FormDefinition,
    answers: Mapping[str, Mapping[str, Any]],
    names: Iterable[str],
    people: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """The answers with every one of these names replaced wherever it is written, and every address of web or mail.

    An organisation is also found by what stands in its name before a comma or in brackets, and by its initials. A name
    is found whatever its case and its marks (Sao Tome is São Tomé), and in Arabic with what is written onto it
    (and, in, for, like, the).

    :param people: names of people, of whom a part alone also tells (“Mrs Sitoe”); a part counts only where it is
        written as a name is, so that a name that is also a word takes no words away.
    """
    known = [name.strip() for name in names]
    long = {part for name in known for part in (name, *PARTED.split(name)) if len(part.strip()) >= SHORTEST}
    parts = {part for name in people for part in name.split() if len(part) >= SHORTEST and not part[:1].islower()}
    parts |= {short for short in map(_initials, known) if len(short) >= SHORTEST}
    patterns = [pattern for pattern in (_pattern(long, re.IGNORECASE), _pattern(parts, 0)) if pattern is not None]
    found = {section: dict(values) for section, values in answers.items()}
    for section, question in definition.each():
        if found.get(section.code, {}).get(question.code):
            values = found[section.code]
            values[question.code] = _masked(question, values[question.code], patterns)
    return found


def _initials(name: str) -> str:
    """What people shorten a name to: the first letters of the words that are written large."""
    return "".join(word[0] for word in re.findall(r"\w+", name) if word[0].isupper())


def _masked(question: Question, value: Any, patterns: list[re.Pattern[str]]) -> Any:
    if question.kind in WRITTEN and isinstance(value, str):
        text = ADDRESS.sub(MASK, unicodedata.normalize("NFC", value))
        for pattern in patterns:
            text = _replaced(text, pattern)
        return text
    if question.kind in ("group", "table") and isinstance(value, list):
        known = {part.code: part for part in question.parts}
        return [
            {code: _masked(known[code], one, patterns) if code in known else one for code, one in row.items()}
            for row in value
        ]
    return value


def _pattern(names: Iterable[str], flags: int) -> re.Pattern[str] | None:
    found = sorted({_plainly(name) for name in names}, key=lambda name: (-len(name), name))
    return re.compile("|".join(_worded(name) for name in found), flags) if found else None


def _worded(name: str) -> str:
    before = r"(?<!\w)(?:[وفبلك]{0,2}(?:ال)?)" if ARABIC.match(name) else r"(?<!\w)"
    return f"{before}{re.escape(name)}(?!\\w)"


def _plainly(text: str) -> str:
    """A text without marks on its letters, sign by sign: as long as it was, so that what is found can be replaced."""
    return "".join((unicodedata.normalize("NFKD", sign) or sign)[0] for sign in text)


def _replaced(text: str, pattern: re.Pattern[str]) -> str:
    pieces, at = [], 0
    for found in pattern.finditer(_plainly(text)):
        pieces += [text[at : found.start()], MASK]
        at = found.end()
    return "".join([*pieces, text[at:]])
