"""Kinds made of others: a contact, a table with computed columns and totals, a repeating group."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from forms.definitions import word

from .context import Context
from .definition import Answer, Question
from .inputs import Env, Inputs
from .kinds import PLAIN, Exported, Found, Kind, is_raw, kind_of, register, say, unreadable
from .kinds_number import decimal_of
from .shown import Shown
from .text import N_

CONTACT_NEEDS = ("name", "organisation", "email")


@lru_cache(maxsize=1)
def contact_parts() -> tuple[Question, ...]:
    """Return the six parts of a contact."""
    kinds = {"name": "text", "position": "text", "organisation": "text", "email": "email", "phone": "phone"}
    parts = [Question(code, kind, word(code), required=False, translate=False) for code, kind in kinds.items()]
    parts[4] = replace(parts[4], help=word("phone_help"))
    parts.insert(3, Question("address", "longtext", word("address"), required=False, translate=False, max_chars=500))
    return tuple(parts)


class _Composite(Kind):
    """What all kinds with parts share."""

    def _blank(self, question: Question, record: Answer) -> bool:
        """Tell whether nobody has filled in anything of *record* (what is read-only does not count)."""
        if not isinstance(record, Mapping):
            return True
        parts = [part for part in question.parts if not part.computed]
        own = [part for part in parts if not part.read_only] or parts
        return all(kind_of(part).empty(part, record.get(part.code)) for part in own)

    def _pairs(
        self, question: Question, record: Answer, locale: str, context: Context
    ) -> tuple[tuple[tuple[str, str], ...], list[Mapping[str, Any]]]:
        pairs: list[tuple[str, str]] = []
        files: list[Mapping[str, Any]] = []
        for part in question.parts:
            shown = kind_of(part).show(part, record.get(part.code), locale, context)
            files.extend(shown.files)
            inner = "\n".join(", ".join(text for _, text in entry) for entry in shown.entries)
            if shown.text or inner:
                pairs.append((shown.label, shown.text or inner))
        return tuple(pairs), files


@register
class ContactKind(_Composite):
    """A person, with organisation and addresses. *needs* names the parts that must be there."""

    name = "contact"
    control = "record"
    options = frozenset({"needs"})

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        if question.read_only or not inputs.touched:
            return stored
        before = stored if isinstance(stored, Mapping) else {}
        read = {p.code: kind_of(p).read(p, inputs.child(p.code), before.get(p.code), env) for p in question.parts}
        kept = {code: value for code, value in read.items() if value is not None}
        return kept or None

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        if not isinstance(value, Mapping) or is_raw(value):
            yield unreadable(f"{path}-name")
            return
        for part in question.parts:
            yield from kind_of(part).check(part, value.get(part.code), context, f"{path}-{part.code}")

    def complete(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value) and not question.required:
            return
        record = value if isinstance(value, Mapping) else {}
        for part in question.parts:
            if part.code in (question.needs or CONTACT_NEEDS) and kind_of(part).empty(part, record.get(part.code)):
                yield (
                    f"{path}-{part.code}",
                    N_(
                        "%(label)s: fill in “%(part)s”.",
                        label=question.label.get(context.locale),
                        part=part.label.get(context.locale),
                    ),
                )

    def empty(self, question: Question, value: Answer) -> bool:
        return not value or (isinstance(value, Mapping) and not is_raw(value) and self._blank(question, value))

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        pairs, _ = self._pairs(question, value, locale, context) if isinstance(value, Mapping) else ((), [])
        return "; ".join(text for _, text in pairs)

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        pairs, files = self._pairs(question, value, locale, context) if isinstance(value, Mapping) else ((), [])
        label = question.label.get(locale)
        return Shown(question.code, label, self.name, entries=(pairs,) if pairs else (), files=tuple(files))

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        record = value if isinstance(value, Mapping) else {}
        return {
            part.code: kind_of(part).text(part, record.get(part.code), locale, PLAIN) or None for part in question.parts
        }

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        record = value if isinstance(value, Mapping) else {}
        return {str(question.promote): record.get("organisation") or record.get("name")}

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        if isinstance(value, Mapping):
            yield from (str(value[code]) for code in ("name", "organisation") if value.get(code))


class _Rows(_Composite):
    """What tables and groups share: a list of records, each with a stable short id in "_row"."""

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        if question.read_only or not inputs.touched:
            return stored
        before = records(stored)
        by_id = {record.get("_row"): record for record in before}
        read: list[dict[str, Answer]] = []
        seen: set[str] = set()
        for number in inputs.rows():
            row = inputs.child(str(number))
            named = row.child("_row").value
            old = by_id.get(named) or {}
            if question.fixed_rows and not old:
                continue
            key = named if named and named.isalnum() and len(named) <= 16 and named not in seen else new_row_id()
            seen.add(key)
            read.append(self._record(question, row, old, key, env))
        if question.fixed_rows:
            read += [dict(record) for record in before if record.get("_row") not in seen]
        return read

    def _record(self, question: Question, row: Inputs, old: Mapping[str, Any], key: str, env: Env) -> dict[str, Answer]:
        record: dict[str, Answer] = {"_row": key}
        for part in question.parts:
            if not part.computed:
                record[part.code] = kind_of(part).read(part, row.child(part.code), old.get(part.code), env)
        return record

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if value in (None, []):
            return
        if not isinstance(value, list) or not all(isinstance(record, Mapping) for record in value):
            yield unreadable(path)
            return
        if len(value) > question.max_rows:
            yield (
                path,
                N_("Keep at most %(limit)s rows; there are %(count)s.", limit=question.max_rows, count=len(value)),
            )
        for number, record in enumerate(value):
            for part in question.parts:
                if not part.computed:
                    yield from kind_of(part).check(part, record.get(part.code), context, f"{path}-{number}-{part.code}")

    def complete(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        filled = self.filled(question, value)
        least = max(question.min_rows, 1 if question.required else 0)
        if len(filled) < least:
            label = question.label.get(context.locale)
            if least == 1:
                yield path, N_("Add at least one entry to “%(label)s”.", label=label)
            else:
                yield path, N_("Add at least %(least)s entries to “%(label)s”.", least=least, label=label)
        for number, record in filled:
            for part in question.parts:
                if not part.computed:
                    yield from kind_of(part).complete(
                        part, record.get(part.code), context, f"{path}-{number}-{part.code}"
                    )

    def empty(self, question: Question, value: Answer) -> bool:
        return not self.filled(question, value)

    def filled(self, question: Question, value: Answer) -> list[tuple[int, Mapping[str, Any]]]:
        """Return the records in which something is filled in, with their position."""
        return [(n, record) for n, record in enumerate(records(value)) if not self._blank(question, record)]

    def texts(self, question: Question, value: Answer) -> Iterator[tuple[str, Question, str]]:
        for record in records(value):
            for part in question.parts:
                for below, leaf, text in kind_of(part).texts(part, record.get(part.code)):
                    yield ".".join(filter(None, (str(record.get("_row")), part.code, below))), leaf, text

    def with_texts(self, question: Question, value: Answer, texts: Mapping[str, str]) -> Answer:
        changed = []
        for record in records(value):
            copy = dict(record)
            for part in question.parts:
                start = f"{record.get('_row')}.{part.code}"
                own = {path[len(start) :].lstrip("."): text for path, text in texts.items() if _under(path, start)}
                if own and part.code in copy:
                    copy[part.code] = kind_of(part).with_texts(part, copy[part.code], own)
            changed.append(copy)
        return changed if isinstance(value, list) else value

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        filled = self.filled(question, value)
        first: Mapping[str, Any] = filled[0][1] if filled else {}
        found: dict[str, Any] = {}
        for part in question.parts:
            if part.promote:
                found |= kind_of(part).promoted(part, first.get(part.code))
        return found

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        for record in records(value):
            for part in question.parts:
                yield from kind_of(part).words(part, record.get(part.code))


@register
class TableKind(_Rows):
    """Rows and columns; a column may be computed from others, a column of figures may have a total."""

    name = "table"
    control = "table"
    options = frozenset({"column", "min_rows", "max_rows", "fixed_rows", "row_label"})

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        filled = [record for _, record in self._readable(question, value)]
        rows = tuple(tuple(_cell(part, record, locale, context) for part in question.parts) for record in filled)
        return Shown(
            question.code,
            question.label.get(locale),
            self.name,
            header=tuple(part.label.get(locale) for part in question.parts),
            numeric=tuple(kind_of(part).is_numeric for part in question.parts),
            rows=rows,
            totals=self._total_cells(question, filled, locale, context) if rows else (),
        )

    def _readable(self, question: Question, value: Answer) -> list[tuple[int, Mapping[str, Any]]]:
        """Return the rows to show: those filled in, and all of a table whose rows are given."""
        return list(enumerate(records(value))) if question.fixed_rows else self.filled(question, value)

    def _total_cells(
        self, question: Question, filled: list[Mapping[str, Any]], locale: str, context: Context
    ) -> tuple[str, ...]:
        sums = totals(question, filled)
        if not sums:
            return ()
        cells = [
            kind_of(part).text(part, str(sums[part.code]), locale, context) if part.code in sums else ""
            for part in question.parts
        ]
        return (cells[0] or say("total", locale), *cells[1:])

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        filled = [record for _, record in self._readable(question, value)]
        out: Exported = {f"total.{code}": amount for code, amount in totals(question, filled).items()}
        for number, record in enumerate(filled, 1):
            for part in question.parts:
                for suffix, cell in kind_of(part).export(part, computed(part, record), locale).items():
                    out[".".join(filter(None, (str(number), part.code, suffix)))] = cell
        return out


@register
class GroupKind(_Rows):
    """The same few questions, as many times as needed."""

    name = "group"
    control = "group"
    options = frozenset({"question", "min_rows", "max_rows", "row_label"})

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        entries, files = [], []
        for _, record in self.filled(question, value):
            pairs, own = self._pairs(question, record, locale, context)
            entries.append(pairs)
            files.extend(own)
        label = question.label.get(locale)
        return Shown(question.code, label, self.name, entries=tuple(entries), files=tuple(files))

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        out: Exported = {}
        for number, (_, record) in enumerate(self.filled(question, value), 1):
            for part in question.parts:
                for suffix, cell in kind_of(part).export(part, record.get(part.code), locale).items():
                    out[".".join(filter(None, (str(number), part.code, suffix)))] = cell
        return out


def new_row_id() -> str:
    """Return a short id for a new row."""
    return secrets.token_hex(4)


def records(value: Answer) -> list[Mapping[str, Any]]:
    """Return the records of a stored table or group, without anything that is not one."""
    return [record for record in value if isinstance(record, Mapping)] if isinstance(value, list) else []


def computed(column: Question, record: Mapping[str, Any]) -> Answer:
    """Return the value of *column* in *record*: stored, or computed from the other columns (decimal text)."""
    if not column.computed:
        return record.get(column.code)
    how, names = column.computed
    amounts = [decimal_of(record.get(name)) for name in names]
    if all(amount is None for amount in amounts):
        return None
    known = [amount or Decimal(0) for amount in amounts]
    return str(sum(known, Decimal(0)) if how == "sum" else known[0] - sum(known[1:], Decimal(0)))


def totals(question: Question, rows: list[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return the sum of each column that has a total."""
    return {
        part.code: sum((decimal_of(computed(part, record)) or Decimal(0) for record in rows), Decimal(0))
        for part in question.parts
        if part.total
    }


def _cell(part: Question, record: Mapping[str, Any], locale: str, context: Context) -> str:
    value = computed(part, record)
    return "" if kind_of(part).empty(part, value) else kind_of(part).text(part, value, locale, context)


def _under(path: str, start: str) -> bool:
    return path == start or path.startswith(start + ".")
