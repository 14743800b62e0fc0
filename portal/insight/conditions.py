"""The conditions under which a standard listens to an event, and the values it takes from one, in the reader's words.

A definition names them by the keys and codes of an event's data (``outcome: declined``). Those that the portal's own
features write are known here by name; of any other the code is quoted and said to be a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portal.calls.rules import instruments
from portal.cases.rules import tracks
from portal.core.routes import ROUTE_NAMES
from portal.core.text import N_, Message, Text
from portal.core.workflow import Workflow
from portal.infra.i18n import gettext, show_language, show_list, show_message, show_number, show_text
from portal.review.rules.outcomes import OUTCOMES

#: key of an event's data → the condition on it, the values filled in
KEYS: dict[str, Message] = {
    "outcome": N_("the outcome is %(values)s"),
    "track": N_("it is about %(values)s"),
    "to": N_("the case goes to the step %(values)s"),
    "from": N_("the case comes from the step %(values)s"),
    "language": N_("the language is %(values)s"),
    "route": N_("the way of deciding is %(values)s"),
}
#: key of a date in an event's data → which day it is
DATES: dict[str, Message] = {
    "deadline": N_("the last day of the call"),
    "period_end": N_("the last day of the period reported on"),
}
#: keys of a number in an event's data that “as many as it says” tells well enough
NUMBERS = frozenset({"days", "more_months"})


def said(where: Mapping[str, object], workflow: Workflow, *, staff: bool = True) -> str:
    """Conditions on an event's data as the rest of a sentence after “only if”: “the outcome is “Declined””.

    :param workflow: that of the event's case; it names the states and what its moves ask.
    :param staff: False for everybody's eyes: states by their public names.
    """
    return show_list(_condition(key, values, workflow, staff) for key, values in where.items())


def _condition(key: str, values: object, workflow: Workflow, staff: bool) -> str:
    listed = values if isinstance(values, list | tuple) else [values]
    names = [name_of(key, value, workflow, staff=staff) for value in listed]
    if key not in KEYS or None in names:
        written = f"{key}: {show_list((str(value) for value in listed), 'or')}"
        return gettext("the condition “%(code)s” holds", code=written)
    quoted = dict.fromkeys(_quoted(str(name)) for name in names)
    return show_message(Message(KEYS[key].id, {"values": show_list(quoted, "or")}))


def _quoted(name: str) -> str:
    return gettext("“%(event)s”", event=name)


def name_of(key: str, value: object, workflow: Workflow, *, staff: bool = True) -> str | None:
    """What a value of an event's data is called; None when nothing here knows it."""
    if not isinstance(value, str):
        return None
    known: Callable[[str], str | None] | None = _NAMES.get(key)
    found = known(value) if known else None
    if found is None and key in ("to", "from") and value in workflow.states:
        state = workflow.states[value]
        found = show_text(state.name if staff else state.public_name)
    if found is None:
        option = _option(key, value, workflow)
        found = show_text(option) if option else None
    return found


def _outcome(code: str) -> str | None:
    return show_message(OUTCOMES[code]) if code in OUTCOMES else None


def _track(code: str) -> str | None:
    return show_message(tracks.NAMES[code]) if code in tracks.NAMES else None


def _route(code: str) -> str | None:
    return show_message(ROUTE_NAMES[code]) if code in ROUTE_NAMES else None


def _language(code: str) -> str | None:
    name = show_language(code)
    return name if name != code else None


_NAMES: dict[str, Callable[[str], str | None]] = {
    "outcome": _outcome,
    "track": _track,
    "route": _route,
    "language": _language,
}


def _option(key: str, value: str, workflow: Workflow) -> Text | None:
    """The wording of a value that a move of the workflow lets people choose under this key."""
    for move in workflow.moves.values():
        for ask in move.asks:
            for option in ask.options if ask.code == key else ():
                if option.code == value:
                    return option.label
    return None


def date_name(key: str) -> str:
    """A date that an event carries, in words."""
    return show_message(DATES[key]) if key in DATES else gettext("the date that is called “%(code)s” there", code=key)


def amounts(by: str, numbers: Mapping[str, int], workflow: Workflow) -> str:
    """Numbers by a value that an event carries: “Arabic: 10 and French: 5”."""
    known = {value: name_of(by, value, workflow) for value in numbers}
    told = show_list(f"{known[value] or _quoted(value)}: {show_number(number)}" for value, number in numbers.items())
    if by in KEYS and None not in known.values():
        return told
    return gettext("by the condition “%(code)s”: %(amounts)s", code=by, amounts=told)


def instrument_names(codes: tuple[str, ...]) -> str:
    """Instruments by their titles."""
    known = instruments.all_instruments()
    return show_list(show_text(known[code].title) if code in known else _quoted(code) for code in codes)


def route_names(codes: tuple[str, ...]) -> str:
    """Ways of deciding by their names."""
    return show_list(_route(code) or _quoted(code) for code in codes)


def programme_codes(codes: tuple[str, ...]) -> str:
    """Programmes, which tenants know by codes of their own, quoted."""
    return show_list(_quoted(code) for code in codes)
