"""Between the fields of a plain form and the definition of a standard.

A field is named like the key it fills (``tiers.0.percent`` → ``tiers``, first row, ``percent``). Reading never refuses:
what cannot be a number stays as it was typed and is kept with the draft; ``parse_standard`` says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from portal.core.text import legible

#: events that mean something to the whole clock, in the order of the form
EVENT_KEYS = ("start", "stop", "restart", "reset", "lose", "void", "revive")
FLAGS = ("roll_forward", "roll_start")
#: lists of rows: key → the fields whose content makes a row worth keeping
ROWS: dict[str, tuple[str, ...]] = {
    "warn": ("number",),
    "pauses": ("from", "to"),
    "allowances": ("on", "amount", "amount_from", "by", "amounts"),
    "tiers": ("percent", "amount"),
    "escalation": ("role",),
    "start_shift": ("since", "until", "counts_from"),
}
LONGEST_TEXT = 2000
MOST_ROWS = 20


class Fields(Protocol):
    """What was typed: the fields of a form, each with one or several values."""

    def getlist(self, key: str) -> list[str]:
        """Every value typed under a name."""
        ...

    def __iter__(self) -> Iterator[str]: ...


def read_form(form: Fields, before: Mapping[str, Any], languages: Sequence[str], drop: str = "") -> dict[str, Any]:
    """The definition that a form says.

    :param before: the draft's definition so far; what the form cannot say is taken from there.
    :param languages: those in which name, promise and reasons are asked.
    :param drop: a row to leave out, such as ``warn.1``.
    """
    data: dict[str, Any] = {key: before[key] for key in ("calendar",) if key in before}
    data["code"] = before.get("code", "")
    for key in ("name", "promise"):
        data[key] = _wording(form, key, languages, before.get(key))
    for key in ("side", "unit", "per", "start_pick", "first_day"):
        _set(data, key, _text(form, key))
    for key in EVENT_KEYS:
        _set(data, key, _events(form, key))
    for key in ("amount", "target_percent"):
        _set(data, key, _whole(form, key))
    for key in ("cut_off", "zone", "due_from_event_data"):
        _set(data, key, _text(form, key))
    data |= {key: True for key in FLAGS if _text(form, key)}
    for key, telling in ROWS.items():
        numbers = [n for n in _numbers(form, key) if f"{key}.{n}" != drop]
        kept = [n for n in numbers if any(_all(form, f"{key}.{n}.{name}") for name in telling)]
        _set(data, key, [_ROW[key](form, f"{key}.{n}", languages) for n in kept[:MOST_ROWS]])
    if _text(form, "cap.amount"):
        data["cap"] = {"amount": _whole(form, "cap.amount")} | _given(unit=_text(form, "cap.unit"))
    _set(data, "applies", _applies(form, before))
    return data


def _applies(form: Fields, before: Mapping[str, Any]) -> dict[str, Any]:
    old = before.get("applies")
    kept = {"instruments": old["instruments"]} if isinstance(old, Mapping) and old.get("instruments") else {}
    lists = {key: _words(_text(form, f"applies.{key}")) for key in ("routes", "programmes")}
    amounts = {key: _text(form, f"applies.{key}") for key in ("amount_over", "amount_up_to")}
    return kept | _given(**lists, **amounts)


def _set(data: dict[str, Any], key: str, value: Any) -> None:
    if value not in ("", None, [], {}):
        data[key] = value


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", None, [], {})}


def _all(form: Fields, name: str) -> list[str]:
    """What was typed under a name, without characters that no text has."""
    texts = (legible(text, breaks="\n\t").strip() for text in form.getlist(name))
    return [text[:LONGEST_TEXT] for text in texts if text]


def _text(form: Fields, name: str) -> str:
    return next(iter(_all(form, name)), "")


def _whole(form: Fields, name: str) -> int | str:
    """A number, or what was typed in its place."""
    typed = _text(form, name)
    return int(typed) if re.fullmatch(r"-?\d{1,9}", typed) else typed


def _words(typed: str) -> list[str]:
    return [word for word in re.split(r"[,;،\s]+", typed) if word]


def _wording(form: Fields, key: str, languages: Sequence[str], before: object) -> dict[str, str]:
    others = before if isinstance(before, Mapping) else {}
    kept = {str(code): text for code, text in others.items() if code not in languages}
    return {code: _text(form, f"{key}.{code}") for code in languages} | kept


def _events(form: Fields, name: str) -> list[object]:
    found: list[object] = []
    for item in map(_event, _all(form, name)):
        if item not in found:
            found.append(item)
    return found


def _event(value: str) -> object:
    """An event as it is chosen: its kind, or an object with conditions, which the form passes on as it is."""
    if not value.startswith("{"):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return value


def _numbers(form: Fields, key: str) -> list[int]:
    pattern = re.compile(re.escape(key) + r"\.(\d{1,3})\.")
    return sorted({int(found[1]) for name in form if (found := pattern.match(name))})


# -- rows


def _warn_row(form: Fields, at: str, _: Sequence[str]) -> dict[str, Any]:
    number = _whole(form, f"{at}.number")
    if _text(form, f"{at}.how") == "share":
        return {"share": number}
    return {"before": number} | _given(unit=_text(form, f"{at}.unit"))


def _pause_row(form: Fields, at: str, _: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"from": _events(form, f"{at}.from"), "to": _events(form, f"{at}.to")}
    most = _whole(form, f"{at}.at_most.amount")
    if most != "":
        row["at_most"] = {"amount": most} | _given(unit=_text(form, f"{at}.at_most.unit"))
    return row


def _tier_row(form: Fields, at: str, _: Sequence[str]) -> dict[str, Any]:
    return {"percent": _whole(form, f"{at}.percent"), "amount": _whole(form, f"{at}.amount")}


def _escalation_row(form: Fields, at: str, _: Sequence[str]) -> dict[str, Any]:
    return {"role": _text(form, f"{at}.role"), "after": _whole(form, f"{at}.after") or 0}


def _shift_row(form: Fields, at: str, _: Sequence[str]) -> dict[str, Any]:
    days = {key: _text(form, f"{at}.{key}") for key in ("since", "until", "counts_from")}
    where = _event(_text(form, f"{at}.where"))
    return _given(**days) | ({"where": where} if isinstance(where, dict) and where else {})


def _allowance_row(form: Fields, at: str, languages: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"on": _events(form, f"{at}.on")}
    match _text(form, f"{at}.how"):
        case "amount_from":
            row["amount_from"] = _text(form, f"{at}.amount_from")
        case "by":
            row |= {"by": _text(form, f"{at}.by"), "amounts": _amounts(_text(form, f"{at}.amounts"))}
        case _:
            row["amount"] = _whole(form, f"{at}.amount")
    row |= _given(unit=_text(form, f"{at}.unit"))
    row |= {key: True for key in ("before_start", "once") if _text(form, f"{at}.{key}")}
    reason = {code: _text(form, f"{at}.reason.{code}") for code in languages}
    return row | ({"reason": reason} if any(reason.values()) else {})


def _amounts(typed: str) -> dict[str, int | str]:
    """“ar 10, fr 5” as amounts by value."""
    found: dict[str, int | str] = {}
    for part in re.split(r"[,;،\n]+", typed):
        key, _, number = part.strip().replace("=", " ").replace(":", " ").rpartition(" ")
        if part.strip():
            found[key.strip() or part.strip()] = int(number) if re.fullmatch(r"\d{1,9}", number) and key else number
    return found


_ROW = {
    "warn": _warn_row,
    "pauses": _pause_row,
    "allowances": _allowance_row,
    "tiers": _tier_row,
    "escalation": _escalation_row,
    "start_shift": _shift_row,
}


# -- the other way


def shown(definition: Mapping[str, Any], more: str = "") -> dict[str, Any]:
    """The definition as the form shows it: no list without a row, every event as it is chosen.

    Whatever shape the definition has, the result has the form's shape; ``counts`` tells the rows that say something.

    :param more: the list that gets an empty row beside those it has.
    """
    data: dict[str, Any] = {**definition}
    for key in ("name", "promise", "cap"):
        data[key] = _mapping(data.get(key))
    for key in EVENT_KEYS:
        data[key] = chosen(data.get(key))
    said = {key: [_mapping(row) for row in _listed(data.get(key))] for key in ROWS}
    data["counts"] = {key: len(rows) for key, rows in said.items()}
    rows = {key: [*found, {}] if key == more or not found else found for key, found in said.items()}
    data["warn"] = [
        {
            "how": "share" if "share" in row else "before",
            "number": row.get("share", row.get("before", "")),
            "unit": row.get("unit", definition.get("unit", "")),
        }
        for row in rows["warn"]
    ]
    data["pauses"] = [
        {"from": chosen(row.get("from")), "to": chosen(row.get("to")), "at_most": _mapping(row.get("at_most"))}
        for row in rows["pauses"]
    ]
    data["allowances"] = [_shown_allowance(row, definition) for row in rows["allowances"]]
    data["tiers"], data["escalation"] = rows["tiers"], rows["escalation"]
    data["start_shift"] = [
        row | {"where": json.dumps(row["where"], ensure_ascii=False) if row.get("where") else ""}
        for row in rows["start_shift"]
    ]
    applies = _mapping(data.get("applies"))
    data["applies"] = applies | {
        key: ", ".join(map(str, _listed(applies.get(key)))) for key in ("routes", "programmes")
    }
    return data


def _shown_allowance(row: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    amounts = _mapping(row.get("amounts"))
    return {
        **row,
        "on": chosen(row.get("on")),
        "how": next((key for key in ("amount_from", "by") if key in row), "amount"),
        "amounts": ", ".join(f"{key} {number}" for key, number in amounts.items()),
        "unit": row.get("unit", definition.get("unit", "")),
        "reason": _mapping(row.get("reason")),
    }


def chosen(value: object) -> list[str]:
    """Events as the values of a choice: the kind, or the whole object as text when it has conditions."""
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return [_choice(item) for item in items]


def _choice(item: object) -> str:
    if isinstance(item, Mapping):
        where, kind = item.get("where"), item.get("kind", "")
        return str(kind) if not where else json.dumps({"kind": kind, "where": where}, ensure_ascii=False)
    return str(item)


def _mapping(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def field_of(key: str, languages: Sequence[str]) -> str:
    """The field of the form that a key at fault is mended in; empty when only the definition as text can mend it.

    :param key: as ``StandardError`` names it, such as ``pauses.0.from.1.where``.
    """
    parts = key.split(".")
    head = parts[0]
    if head in EVENT_KEYS:
        return head
    if head in ("name", "promise"):
        return f"{head}.{parts[1] if len(parts) > 1 and parts[1] in languages else languages[0]}"
    if head == "applies":
        return key if len(parts) > 1 and parts[1] != "instruments" else ""
    if head == "cap":
        return "cap.unit" if parts[-1] == "unit" else "cap.amount"
    if head in ROWS:
        return head if len(parts) < 2 else _row_field(head, parts, languages)
    plain = {"side", "unit", "amount", "target_percent", "per", "start_pick", "first_day", "cut_off", "zone"}
    return head if head in plain | {*FLAGS, "due_from_event_data"} else ""


def _row_field(head: str, parts: list[str], languages: Sequence[str]) -> str:
    row, name = ".".join(parts[:2]), parts[2] if len(parts) > 2 else ""
    if head == "warn":
        return f"{row}.{'unit' if name == 'unit' else 'number'}"
    if head == "pauses":
        if name == "at_most":
            return f"{row}.at_most.{'unit' if parts[-1] == 'unit' else 'amount'}"
        return f"{row}.{name if name in ('from', 'to') else 'from'}"
    if head == "tiers":
        return f"{row}.{name or 'percent'}"
    if head == "escalation":
        return f"{row}.{name or 'role'}"
    if head == "start_shift":
        return f"{row}.{name if name in ('since', 'counts_from') else 'until'}"
    if name == "reason":
        return f"{row}.reason.{parts[3] if len(parts) > 3 and parts[3] in languages else languages[0]}"
    return f"{row}.{name}" if name in ("on", "unit", "amount", "amount_from", "by", "amounts") else f"{row}.how"
