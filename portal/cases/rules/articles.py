"""The articles of an agreement: an instrument's wording, filled in with what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def articles(rows: Iterable[Mapping[str, Any]], values: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """The articles in one language as plain values; one without anything to say is left out.

    :param rows: ``code``, ``heading`` and ``body`` of each, texts by language, as the instrument has them.
    :param values: what stands for the placeholders, written as the language writes it.
    """
    found = []
    for row in rows:
        paragraphs = [part.strip() for part in filled(row["body"].get(language), values).splitlines()]
        if any(paragraphs):
            found.append(
                {
                    "code": row["code"],
                    "heading": filled(row["heading"].get(language), values),
                    "paragraphs": [part for part in paragraphs if part],
                }
            )
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its placeholders filled in; braces of what people wrote are left as they are."""
    pieces = text.split("{")
    done = [pieces[0]]
    for piece in pieces[1:]:
        name, closed, rest = piece.partition("}")
        done.append(values[name] + rest if closed and name in values else "{" + piece)
    return "".join(done)
