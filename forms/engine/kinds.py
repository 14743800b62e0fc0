"""The contract of a question kind, and the table of all kinds.

A kind says everything about one sort of answer: how a post is read into a stored value, what is wrong with a stored
value, how it is shown, exported and translated. To add one: a subclass, its name, and a control in `forms.fields`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from forms.definitions import word

from .context import Context
from .definition import Answer, Question
from .inputs import Env, Inputs
from .shown import Shown
from .text import N_, Message

Found = Iterator[tuple[str, Message]]  # (input name, what to mend)
Exported = dict[str, str | Decimal | None]  # by suffix of the question's name, "" for the question itself

COMMON = frozenset({"code", "kind", "label", "help", "required", "show_if", "promote", "read_only"})


class Kind:
    """One sort of answer. Values that could not be read are kept as {"_raw": what was typed}."""

    name: ClassVar[str] = ""
    control: ClassVar[str] = "input"
    options: ClassVar[frozenset[str]] = frozenset()
    is_prose: ClassVar[bool] = False
    is_numeric: ClassVar[bool] = False

    def read(self, question: Question, inputs: Inputs, stored: Answer, env: Env) -> Answer:
        """Return the stored value for what was posted; *stored* again when the page did not have the question."""
        if question.read_only or not inputs.present:
            return stored
        return self.parse(question, inputs.value, env.context)

    def parse(self, question: Question, typed: str, context: Context) -> Answer:
        """Return the stored value for one typed text, None for nothing, {"_raw": …} for what cannot be read."""
        raise NotImplementedError

    def check(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        """Yield what is wrong with the shape of *value*; an empty value is never wrong."""
        raise NotImplementedError

    def complete(self, question: Question, value: Answer, context: Context, path: str) -> Found:
        """Yield what is still to be done before submission."""
        if question.required and self.empty(question, value):
            yield path, self.ask(question, context)

    def ask(self, question: Question, context: Context) -> Message:
        """Return the sentence that asks for a missing answer."""
        return N_("Fill in “%(label)s”.", label=question.label.get(context.locale))

    def empty(self, question: Question, value: Answer) -> bool:
        """Tell whether there is no answer."""
        return value is None or (isinstance(value, str | list | dict) and not value)

    def typed(self, question: Question, value: Answer, context: Context) -> str:
        """Return what stands in the input for *value*: what was typed if it could not be read."""
        return raw(value) if is_raw(value) else self.text(question, value, context.locale, context)

    def text(self, question: Question, value: Answer, locale: str, context: Context) -> str:
        """Return *value* as one text in *locale*."""
        return raw(value) if is_raw(value) else ("" if value is None else str(value))

    def show(self, question: Question, value: Answer, locale: str, context: Context) -> Shown:
        """Return *value* ready to be read in *locale*."""
        text = "" if self.empty(question, value) else self.text(question, value, locale, context)
        return Shown(question.code, question.label.get(locale), self.name, text=text or None)

    def export(self, question: Question, value: Answer, locale: str) -> Exported:
        """Return flat values: text in *locale*, or Decimal for figures."""
        return {"": None if self.empty(question, value) else self.text(question, value, locale, PLAIN)}

    def texts(self, question: Question, value: Answer) -> Iterator[tuple[str, Question, str]]:
        """Yield (path below the question, the question or part, text) for all that is worth translating."""
        yield from ()

    def with_texts(self, question: Question, value: Answer, texts: Mapping[str, str]) -> Answer:
        """Return *value* with the texts at the paths given replaced."""
        return value

    def promoted(self, question: Question, value: Answer) -> dict[str, Any]:
        """Return the typed values that lists and reports need of an answer, by the name in `promote`."""
        return {str(question.promote): None if self.empty(question, value) or is_raw(value) else value}

    def words(self, question: Question, value: Answer) -> Iterator[str]:
        """Yield the texts by which the answer should be found."""
        if isinstance(value, str):
            yield value


def is_raw(value: Answer) -> bool:
    """Tell whether *value* is something typed that could not be read."""
    return isinstance(value, Mapping) and "_raw" in value


def raw(value: Answer) -> str:
    """Return what was typed."""
    return str(value.get("_raw", "")) if isinstance(value, Mapping) else ""


def cut(typed: str) -> dict[str, str]:
    """Keep what was typed and could not be read, within reason."""
    return {"_raw": typed[:500]}


def unreadable(path: str) -> tuple[str, Message]:
    """Return the problem of a stored value that is not of its kind's shape (it was damaged on its way)."""
    return path, N_("This answer cannot be read. Please enter it again.")


KINDS: dict[str, Kind] = {}


def register(kind: type[Kind]) -> type[Kind]:
    """Enter *kind* into the table; two kinds of one name stop the program."""
    if kind.name in KINDS or not kind.name:
        raise ValueError(f"two kinds are called {kind.name!r}")
    KINDS[kind.name] = kind()
    return kind


def kind_of(question: Question) -> Kind:
    """Return the kind of *question*."""
    return KINDS[question.kind]


def say(code: str, locale: str) -> str:
    """Return one of the library's own words (definitions/words.toml) in *locale*."""
    return word(code).get(locale)


def _plain_context() -> Context:
    import datetime as dt

    return Context(today=dt.date.min, currency="")


PLAIN = _plain_context()
