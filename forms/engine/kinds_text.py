"""Kinds whose answer is text: one line, prose, an e-mail address, a telephone number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from email_validator import EmailNotValidError, validate_email

from .cleaning import clean_line, clean_lines, count_words
from .context import Context
from .definition import Answer, Question
from .kinds import Found, Kind, is_raw, raw, register, unreadable
from .numbers import latin_digits
from .shown import Shown
from .text import N_


@register
class TextKind(Kind):
    """One line of text, at most *max_chars* characters (200 unless told)."""

    name = "text"
    options = frozenset({"max_chars", "max_words", "translate"})
    longest = 200

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        return clean_line(typed) or None

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        if not isinstance(value, str):
            yield unreadable(path)
            return
        words = count_words(value)
        if question.max_words and words > question.max_words:
            yield path, N_("Write at most %(limit)s words; this has %(count)s.", limit=question.max_words, count=words)
        limit = question.max_chars or self.longest
        if len(value) > limit:
            yield path, N_("Write at most %(limit)s characters; this has %(count)s.", limit=limit, count=len(value))

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        text = self.text(question, value, locale, context) or None
        label = question.label.get(locale)
        return Shown(question.code, label, self.name, text, is_prose=self.is_prose)

    def texts(self, question: Question, value: Answer) -> Iterator[tuple[str, Question, str]]:
        if question.translate and isinstance(value, str) and any(c.isalpha() for c in value):
            yield "", question, value

    def with_texts(self, question: Question, value: Answer, texts: Mapping[str, str]) -> Answer:
        return texts.get("", value)


@register
class LongTextKind(TextKind):
    """Prose in paragraphs, with a limit in words."""

    name = "longtext"
    control = "textarea"
    longest = 20_000
    is_prose = True

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        return clean_lines(typed) or None


class _Address(Kind):
    """A text that has a shape but is nobody's prose: neither translated nor searched."""

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return raw(value) if is_raw(value) else str(value or "")

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        yield from ()


@register
class EmailKind(_Address):
    """An e-mail address (syntax only; whether it is read shows when it is written to)."""

    name = "email"

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        return clean_line(typed)[:320] or None

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        try:
            validate_email(str(value), check_deliverability=False)
        except (EmailNotValidError, ValueError):
            yield path, N_("Write a complete e-mail address, such as name@city.gov.mz.")


@register
class PhoneKind(_Address):
    """A telephone number with its country code."""

    name = "phone"

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        return latin_digits(clean_line(typed))[:60] or None

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if self.empty(question, value):
            return
        digits = sum(c.isdigit() for c in str(value))
        if not re.fullmatch(r"\+?[0-9 ()./\u00a0,;extEXT-]+", str(value)) or not 6 <= digits <= 20:
            yield path, N_("Write the telephone number in digits with its country code, such as +258 293 82 000.")
