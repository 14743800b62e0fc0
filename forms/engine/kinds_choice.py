"""Kinds in which one picks from a list, or confirms a statement."""

from __future__ import annotations

from collections.abc import Iterator

from .context import Context
from .definition import Answer, Choice, Question
from .inputs import Env, Inputs
from .kinds import PLAIN, Exported, Found, Kind, cut, register, say
from .kinds import raw as raw_of
from .text import N_, Message

RADIOS = 6  # up to so many choices are shown at once


def label_of(question: Question, code: object, locale: str) -> str:
    """Return the wording of the choice *code*, or the code when the list does not have it."""
    found: Choice | None = next((choice for choice in question.choices if choice.code == code), None)
    return found.label.get(locale) if found else str(code or "")


@register
class ChoiceKind(Kind):
    """One of a list; stored as the choice's code."""

    name = "choice"
    control = "choice"
    options = frozenset({"choice"})

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        if not typed:
            return None
        return typed if any(choice.code == typed for choice in question.choices) else cut(typed)

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if not self.empty(question, value) and all(choice.code != value for choice in question.choices):
            yield path, N_("Choose one of the answers offered for “%(label)s”.", label=_label(question, context))

    def ask(self, question: Question, context: Context) -> Message:
        return N_("Choose an answer to “%(label)s”.", label=_label(question, context))

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        return value if isinstance(value, str) else raw_of(value)

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return label_of(question, raw_of(value) or value, locale)

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        yield from ()


@register
class MultiChoiceKind(ChoiceKind):
    """Any number of a list; stored as a list of codes in the order of the definition."""

    name = "multichoice"
    control = "checkboxes"

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        if question.read_only or not inputs.present:
            return stored
        return [choice.code for choice in question.choices if choice.code in inputs.values]

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        codes = {choice.code for choice in question.choices}
        if value is not None and not (
            isinstance(value, list) and all(isinstance(v, str) and v in codes for v in value)
        ):
            yield path, N_("Choose among the answers offered for “%(label)s”.", label=_label(question, context))

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        codes = value if isinstance(value, list) else []
        return ("، " if locale.startswith("ar") else "; ").join(label_of(question, code, locale) for code in codes)


@register
class ConfirmKind(Kind):
    """Statements that the applicant confirms with one tick; stored as true."""

    name = "confirm"
    control = "confirm"
    options = frozenset({"statement"})

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        if question.read_only or not inputs.present:
            return stored
        return True if any(inputs.values) else None

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        if value not in (None, True, False):
            yield path, N_("Tick the box to confirm “%(label)s”.", label=_label(question, context))

    def empty(self, question: Question, value: Answer) -> bool:
        return value is not True

    def ask(self, question: Question, context: Context) -> Message:
        return N_("Tick the box to confirm “%(label)s”.", label=_label(question, context))

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        return "true" if value is True else ""

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        return say("confirmed", locale) if value is True else ""

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        return {"": self.text(question, value, locale, PLAIN) or None}


def _label(question: Question, context: Context) -> str:
    return question.label.get(context.locale)
