"""Kinds whose answer is a figure or a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.dates import format_date, format_skeleton

from .cleaning import clean_line
from .context import Context
from .definition import Answer, Question
from .kinds import Exported, Found, Kind, cut, is_raw, raw, register, unreadable
from .numbers import NotANumber, latin_digits, locale_of, money_places, parse_number, show_money, show_number
from .text import N_

GREATEST = Decimal(999999999999)  # beyond this a figure is a slip of the hand
_DAY_FIRST = {"fr", "pt", "es", "ru", "sw", "ar"}


def decimal_of(value: Answer) -> Decimal | None:
    """Return a stored figure as Decimal, None when there is none or it cannot be read."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number) <= GREATEST * 1000 else None


@register
class NumberKind(Kind):
    """A figure between *min* and *max*; whole (stored as int) unless *decimals* is given (stored as decimal text)."""

    name = "number"
    options = frozenset({"min", "max", "decimals", "total", "unit", "computed"})
    is_numeric = True

    def places(self, question: Question, context: Context) -> int:
        """Return how many decimals are allowed."""
        return question.decimals or 0

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        typed = clean_line(typed)
        if not typed:
            return None
        try:
            number = parse_number(typed, context.locale)
        except NotANumber:
            return cut(typed)
        places = self.places(question, context)
        if abs(number) > GREATEST or number != round(number, places):
            return cut(typed)
        return str(number.quantize(Decimal(1).scaleb(-places))) if self._as_text(question) else int(number)

    def _as_text(self, question: Question) -> bool:
        return bool(question.decimals)

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        number, places = decimal_of(value), self.places(question, context)
        if number is None and is_raw(value):
            yield path, self._why_raw(raw(value), places, context)
        elif number is None:
            yield unreadable(path)
        elif number != round(number, places):
            yield path, self._too_fine(places)
        elif question.min is not None and number < question.min:
            yield path, N_("Enter %(least)s or more.", least=show_number(question.min, context.locale))
        elif question.max is not None and number > question.max:
            yield path, N_("Enter %(most)s or less.", most=show_number(question.max, context.locale))

    def _why_raw(self, typed: str, places: int, context: Context) -> Any:
        try:
            number = parse_number(typed, context.locale)
        except NotANumber:
            example = show_number(Decimal("1250.5") if places else Decimal(12), context.locale)
            return N_("Write the number in digits only, such as %(example)s.", example=example)
        if abs(number) > GREATEST:
            return N_("This number is too large. Check the number of digits.")
        return self._too_fine(places)

    def _too_fine(self, places: int) -> Any:
        if not places:
            return N_("Write a whole number, without decimals.")
        return N_("Write at most %(places)s decimals.", places=places)

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        if is_raw(value):
            return raw(value)
        number = decimal_of(value)
        return "" if number is None else show_number(number, context.locale)

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        number = decimal_of(value)
        if number is None:
            return raw(value)
        text = show_number(number, locale)
        return f"{text}\u00a0{question.unit.get(locale)}" if question.unit else text

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        return {"": decimal_of(value)}

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        number = decimal_of(value)
        least, most = question.min, question.max
        wrong = number is not None and ((least is not None and number < least) or (most is not None and number > most))
        return {str(question.promote): None if wrong else number}

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        yield from ()


@register
class MoneyKind(NumberKind):
    """An amount in the form's currency; kept as decimal text, such as "72000.00"; not negative unless *min* says so."""

    name = "money"
    options = frozenset({"min", "max", "total", "computed"})

    def places(self, question: Question, context: Context) -> int:
        return money_places(context.currency)

    def _as_text(self, question: Question) -> bool:
        return True

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        stripped = re.sub(rf"^{re.escape(context.currency)}\b|\b{re.escape(context.currency)}$", "", clean_line(typed))
        found = super().parse(question, stripped, context)
        return cut(clean_line(typed)) if is_raw(found) else found

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        number = decimal_of(value)
        if number is None:
            return raw(value)
        return show_money(number, context.currency, locale) if context.currency else show_number(number, locale)


def parse_day(typed: str, locale: str) -> dt.date | None:
    """Read a day typed as year-month-day, or as day/month/year in the languages that write so; None if neither."""
    digits = re.split(r"[-/.\s\u5e74\u6708\u65e5]+", latin_digits(clean_line(typed)).strip("\u65e5 "))
    if len(digits) != 3 or not all(re.fullmatch("[0-9]{1,4}", part) for part in digits):
        return None
    if len(digits[0]) == 4:
        year, month, day = digits
    elif len(digits[2]) == 4 and locale.replace("_", "-").split("-")[0] in _DAY_FIRST:
        day, month, year = digits
    else:
        return None
    try:
        found = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None


@register
class DateKind(Kind):
    """A day; stored as "2026-11-20"."""

    name = "date"
    control = "date"

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        typed = clean_line(typed)
        found = parse_day(typed, context.locale)
        return found.isoformat() if found else (cut(typed) if typed else None)

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if not self.empty(question, value) and _day(value) is None:
            yield path, N_("Write a day of the calendar as year-month-day, such as 2027-03-15.")

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        return raw(value) or str(value or "")

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        day = _day(value)
        return format_date(day, "long", locale=locale_of(locale)) if day else raw(value)

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        return {"": value if _day(value) else None}

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        yield from ()


@register
class MonthKind(DateKind):
    """A month of a year; stored as "2026-11"."""

    name = "month"
    control = "month"

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        typed = clean_line(typed)
        parts = re.split(r"[-/.\s\u5e74\u6708]+", latin_digits(typed).strip("\u6708 "))
        if len(parts) == 2 and len(parts[1]) == 4:
            parts.reverse()
        shaped = len(parts) == 2 and all(re.fullmatch("[0-9]{1,4}", part) for part in parts)
        day = parse_day(f"{parts[0]}-{parts[1]}-1", "en") if shaped else None
        return f"{day:%Y-%m}" if day else (cut(typed) if typed else None)

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if not self.empty(question, value) and _month(value) is None:
            yield path, N_("Write the month as year-month, such as 2027-03.")

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        month = _month(value)
        return str(format_skeleton("yMMMM", month, locale=locale_of(locale))) if month else raw(value)

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        return {"": value if _month(value) else None}


def _day(value: Answer) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _month(value: Answer) -> dt.date | None:
    return _day(f"{value}-01") if isinstance(value, str) and len(value) == 7 else None
