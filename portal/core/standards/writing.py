"""From a standard to plain data, such that reading it again gives an equal standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from portal.core.standards.standard import Allowance, Applies, EventMatch, Pause, Standard, StartShift, WarnPoint

ALWAYS = ("code", "name", "promise", "side", "start", "stop", "amount", "unit")
EVENTS = frozenset({"start", "stop", "restart", "reset", "lose", "void", "revive"})


def to_data(standard: Standard) -> dict[str, object]:
    """The standard as plain data (JSON); settings at their default are left out."""
    blank = Standard("", {}, {}, "secretariat", (), (), 1, "business_days")
    data: dict[str, object] = {}
    for item in fields(Standard):
        value = getattr(standard, item.name)
        if item.name in ALWAYS or value != getattr(blank, item.name):
            data[item.name] = _plain(item.name, value)
    return data


def _plain(name: str, value: Any) -> object:
    if name in EVENTS:
        return _events(value)
    if name in _PLAIN:
        return _PLAIN[name](value)
    return dict(value) if isinstance(value, Mapping) else value


def _events(matches: tuple[EventMatch, ...]) -> list[object]:
    return [m.kind if not m.where else {"kind": m.kind, "where": _where(m.where)} for m in matches]


def _where(where: Mapping[str, tuple[object, ...]]) -> dict[str, list[object]]:
    return {key: list(values) for key, values in where.items()}


def _day(day: date | tuple[int, int]) -> str:
    return day.isoformat() if isinstance(day, date) else f"{day[0]:02}-{day[1]:02}"


def _shift(shift: StartShift) -> dict[str, object]:
    data: dict[str, object] = {"until": _day(shift.until), "counts_from": _day(shift.counts_from)}
    if shift.since is not None:
        data["since"] = _day(shift.since)
    return data | ({"where": _where(shift.where)} if shift.where else {})


def _pause(item: Pause) -> dict[str, object]:
    data: dict[str, object] = {"from": _events(item.begin), "to": _events(item.end)}
    return data | ({"at_most": {"amount": item.at_most, "unit": item.unit}} if item.at_most else {})


def _allowance(item: Allowance) -> dict[str, object]:
    data: dict[str, object] = {"on": _events(item.on), "unit": item.unit}
    if item.amount_from is not None:
        data["amount_from"] = item.amount_from
    elif item.by is not None:
        data |= {"by": item.by, "amounts": dict(item.amounts)}
    else:
        data["amount"] = item.amount
    data |= {key: True for key in ("before_start", "once") if getattr(item, key)}
    return data | ({"reason": dict(item.reason)} if item.reason else {})


def _warn(point: WarnPoint) -> dict[str, object]:
    return {"share": point.share} if point.share is not None else {"before": point.before, "unit": point.unit}


def _applies(applies: Applies) -> dict[str, object]:
    data: dict[str, object] = {
        key: list(getattr(applies, key)) for key in ("instruments", "routes", "programmes") if getattr(applies, key)
    }
    for key in ("amount_over", "amount_up_to"):
        if getattr(applies, key) is not None:
            data[key] = str(getattr(applies, key))
    return data


_PLAIN: dict[str, Callable[[Any], object]] = {
    "start_shift": lambda shifts: [_shift(s) for s in shifts],
    "cut_off": lambda hour: hour.isoformat("minutes" if not hour.second and not hour.microsecond else "auto"),
    "pauses": lambda pauses: [_pause(p) for p in pauses],
    "allowances": lambda items: [_allowance(a) for a in items],
    "cap": lambda cap: {"amount": cap.amount, "unit": cap.unit},
    "tiers": lambda tiers: [{"percent": t.percent, "amount": t.amount} for t in tiers],
    "warn": lambda points: [_warn(p) for p in points],
    "escalation": lambda steps: [{"role": e.role, "after": e.after} for e in steps],
    "applies": _applies,
}
