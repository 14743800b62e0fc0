"""What a move asks, checked: every answer there, of its kind, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core import local_time
from portal.core.errors import Invalid
from portal.core.text import N_, Message
from portal.core.workflow import Ask, Move

MOST_CHARACTERS = 20_000


def check_inputs(move: Move, given: Mapping[str, Any], sections: tuple[str, ...]) -> dict[str, Any]:
    """The answers to what a move asks, cleaned.

    :param given: code → str; for ``sections`` a mapping section → reason; for ``confirm`` anything true.
    :param sections: the sections of the case's form, the only ones that may be returned.
    :raises Invalid: one message for each answer that is missing or wrong.
    """
    problems: dict[str, Message] = {}
    values: dict[str, Any] = {}
    for ask in move.asks:
        value, problem = _CHECKS.get(ask.kind, _text)(ask, given.get(ask.code), sections)
        if problem is not None:
            problems[ask.code] = problem
        values[ask.code] = value
    if problems:
        raise Invalid(problems)
    return values


def _text(ask: Ask, value: Any, _sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    text = clean(str(value or ""))
    if ask.required and not text:
        return text, N_("Please answer this; it is kept with the move.")
    if len(text) > MOST_CHARACTERS:
        return text, N_("Please shorten this to at most %(most)s characters.", most=MOST_CHARACTERS)
    return text, None


def _secret(_ask: Ask, value: Any, _sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    text = str(value or "")
    return text, None if text else N_("Enter your password to confirm that it is you.")


def _choice(ask: Ask, value: Any, _sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    code = str(value or "")
    if code in {option.code for option in ask.options} or (not code and not ask.required):
        return code, None
    return code, N_("Choose one of the answers offered.")


def _days(ask: Ask, value: Any, sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    """A number of days chosen from those offered; a number, because clocks reckon with it."""
    code, problem = _choice(ask, value, sections)
    return (code, problem) if problem is not None or not code else (int(code), None)


def _instant(ask: Ask, value: Any, _sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    """A day and an hour as a browser writes them, without a zone: whoever reads it says where it is meant."""
    text = str(value or "").strip()
    if not text and not ask.required:
        return "", None
    try:
        return local_time.read(text).strftime(local_time.FORM), None
    except local_time.LocalTimeError as error:
        return text, error.message


def _confirm(ask: Ask, value: Any, _sections: tuple[str, ...]) -> tuple[Any, Message | None]:
    agreed = bool(value)
    return agreed, None if agreed or not ask.required else N_("Tick the box to confirm.")


def _sections(_ask: Ask, value: Any, known: tuple[str, ...]) -> tuple[Any, Message | None]:
    chosen = {str(code): clean(str(reason or "")) for code, reason in dict(value or {}).items()}
    if not chosen:
        return chosen, N_("Choose at least one section to be mended.")
    if set(chosen) - set(known):
        return chosen, N_("One of these sections does not exist in this form.")
    if any(not reason for reason in chosen.values()):
        return chosen, N_("Say for each chosen section what is to be mended.")
    if any(len(reason) > MOST_CHARACTERS for reason in chosen.values()):
        return chosen, N_("Please shorten this to at most %(most)s characters.", most=MOST_CHARACTERS)
    return chosen, None


_CHECKS = {
    "text": _text,
    "longtext": _text,
    "choice": _choice,
    "days": _days,
    "confirm": _confirm,
    "instant": _instant,
    "password": _secret,
    "sections": _sections,
}


def clean(text: str) -> str:
    """Text without control characters and lone surrogates, with plain line ends, stripped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127))
    return kept.encode("utf-8", "ignore").decode("utf-8").strip()
