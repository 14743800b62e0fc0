"""What somebody types who writes a call, as values: dates in the call's own zone, amounts, texts by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from forms.engine.numbers import NotANumber, parse_number
from portal.core import local_time, recipients
from portal.core.text import N_, Message

LONGEST = {"title": 200, "summary": 2000}
#: a full proposal is due after so many months at the least and at the most; letters say "within … months"
MONTHS = (2, 12)
MOST_PAGES = 200
ALWAYS = "always"


@dataclass
class Typed:
    """What a form said: the values that could be read, and for each other field what was wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Message] = field(default_factory=dict)


def read(form: Mapping[str, str], chosen: Sequence[str], languages: Sequence[str], locale: str) -> Typed:
    """Read the form of a call.

    :param chosen: the languages that were ticked; :param languages: those that may be.
    :param locale: the reader's language, in which numbers are typed.
    """
    typed = Typed()
    for name, most in LONGEST.items():
        typed.values[name] = _texts(form, name, languages, most, typed.problems)
    typed.values["languages"] = [code for code in languages if code in chosen]
    zone = form.get("zone", "").strip()
    if zone not in available_timezones():
        typed.problems["zone"] = N_("Choose a zone from the list, such as Africa/Maputo.")
        zone = "UTC"
    typed.values["zone"] = zone
    for name, needed in (("opens_at", True), ("closes_at", form.get("term") != ALWAYS), ("questions_until", False)):
        if name == "closes_at" and not needed:
            typed.values[name] = None
        else:
            _keep(typed, name, lambda name=name, needed=needed: instant(form.get(name, ""), zone, needed=needed))
    _keep(typed, "eligible_on", lambda: _day(form.get("eligible_on", "")))
    _keep(typed, "envelope", lambda: amount(form.get("envelope", ""), locale))
    _keep(typed, "amount_limit", lambda: amount(form.get("amount_limit", ""), locale))
    _keep(typed, "page_limit", lambda: whole(form.get("page_limit", ""), 1, MOST_PAGES))
    _keep(typed, "next_months", lambda: whole(form.get("next_months", ""), *MONTHS) or MONTHS[0])
    typed.values["all_countries"] = form.get("all_countries") == "1"
    typed.values["next_instrument"] = form.get("next_instrument", "").strip()
    return typed


class WrongError(ValueError):
    """Something typed cannot be read; ``message`` says how to mend it."""

    def __init__(self, message: Message) -> None:
        """:param message: for people."""
        super().__init__(str(message))
        self.message = message


def instant(text: str, zone: str, *, needed: bool = False) -> datetime | None:
    """An instant typed as local day and time in a zone, in UTC (see ``core.local_time``); None for nothing.

    :raises WrongError: when it cannot be read, or the clocks leave that hour out.
    """
    if not text.strip():
        if needed:
            raise WrongError(N_("Give a day and a time."))
        return None
    try:
        return local_time.instant(text, zone)
    except local_time.LocalTimeError as error:
        raise WrongError(error.message) from None


def amount(text: str, locale: str) -> Decimal | None:
    """An amount of money above nothing, with cents at most; None for nothing typed.

    :raises WrongError: when it is none.
    """
    if not text.strip():
        return None
    try:
        found = parse_number(text, locale)
    except NotANumber:
        raise WrongError(N_("Give an amount, such as 250000.")) from None
    if not 0 < found < Decimal(10) ** 14 or found != found.quantize(Decimal("0.01")):
        raise WrongError(N_("Give an amount above nothing, without fractions of a cent."))
    return found


def whole(text: str, low: int, high: int) -> int | None:
    """A whole number from ``low`` to ``high``; None for nothing typed.

    :raises WrongError: when it is none.
    """
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7 and low <= int(text) <= high):
        raise WrongError(N_("Give a whole number from %(low)s to %(high)s.", low=low, high=high))
    return int(text)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise WrongError(N_("Give the day as year-month-day, such as 2026-12-24.")) from None
    try:
        recipients.list_on(found)
    except recipients.RecipientListError:
        raise WrongError(N_("The list of aid recipients is not known for that day. Give a later one.")) from None
    return found


def _keep(typed: Typed, name: str, how: Any) -> None:
    try:
        typed.values[name] = how()
    except WrongError as error:
        typed.problems[name] = error.message


def _texts(
    form: Mapping[str, str], name: str, languages: Sequence[str], most: int, problems: dict[str, Message]
) -> dict[str, str]:
    found = {}
    for code in languages:
        text = form.get(f"{name}-{code}", "").replace("\r\n", "\n").strip()
        if len(text) > most:
            problems[f"{name}-{code}"] = N_("Say it in at most %(number)s characters.", number=most)
        if text:
            found[code] = text
    return found
