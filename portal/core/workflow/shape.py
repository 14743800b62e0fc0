"""Of what sort each value of a definition must be: looked at before anything is read, so that nothing is misread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: what a sort is called, and whether a value is of it
Sort = tuple[str, Callable[[Any], bool]]

WORD: Sort = ("a word in quotes", lambda value: isinstance(value, str))
NUMBER: Sort = (
    "a whole number from 1 on",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
)
YES_OR_NO: Sort = ("true or false", lambda value: isinstance(value, bool))
WORDS: Sort = (
    "a list of words",
    lambda value: isinstance(value, list | tuple) and all(isinstance(word, str) for word in value),
)
TEXT: Sort = (
    "a text by language",
    lambda value: isinstance(value, Mapping) and all(isinstance(words, str) for words in value.values()),
)
TABLES: Sort = (
    "a list of tables",
    lambda value: isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value),
)
WAYS: Sort = ("a state or a list of tables", lambda value: WORD[1](value) or TABLES[1](value))

FILE = {"version": NUMBER, "start": WORD, "state": TABLES, "move": TABLES}
STATE = {
    "code": WORD, "owner": WORD, "public": WORD, "name": TEXT, "public_name": TEXT, "editable": WORD,
    "no_clock": WORD, "tab": WORD, "veiled": YES_OR_NO,
}  # fmt: skip
MOVE = {
    "code": WORD, "label": TEXT, "from": WORDS, "to": WAYS, "who": WORDS, "event": WORD, "guards": WORDS,
    "effects": WORDS, "ask": TABLES, "mails": TABLES, "then": WORD, "tone": WORD, "hint": TEXT, "place": WORD,
}  # fmt: skip
TARGET = {"state": WORD, "when": WORD, "event": WORD}
MAIL = {"template": WORD, "to": WORD}
ASK = {"code": WORD, "kind": WORD, "label": TEXT, "help": TEXT, "required": YES_OR_NO, "options": TABLES}
OPTION = {"code": WORD, "label": TEXT}


def misshapen(data: Mapping[str, Any]) -> Iterator[str]:
    """Every value of a definition that is of another sort than it must be, each naming its state or move.

    Keys that are not known are told where the parts are read.
    """
    yield from _values("file", data, FILE)
    for key in FILE:
        if key not in data:
            yield f"file: {key} is missing"
    for raw in _rows(data, "state"):
        yield from _values(f"state {raw.get('code', '?')}", raw, STATE)
    for raw in _rows(data, "move"):
        where = f"move {raw.get('code', '?')}"
        yield from _values(where, raw, MOVE)
        for inner, sorts, name in (("to", TARGET, "to"), ("mails", MAIL, "mail")):
            for row in _rows(raw, inner):
                yield from _values(f"{where} {name}", row, sorts)
        for ask in _rows(raw, "ask"):
            place = f"{where} ask {ask.get('code', '?')}"
            yield from _values(place, ask, ASK)
            for option in _rows(ask, "options"):
                yield from _values(f"{place} option", option, OPTION)


def _rows(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The tables under a key; nothing when something else stands there, which is a fault of its own."""
    value = raw.get(key, [])
    return list(value) if TABLES[1](value) else []


def _values(where: str, raw: Mapping[str, Any], sorts: Mapping[str, Sort]) -> Iterator[str]:
    for key, (name, fits) in sorts.items():
        if key in raw and not fits(raw[key]):
            yield f"{where}: {key} must be {name}"
