"""What a form is made of. Instances come from `parse`, are checked there, and never change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .text import Message, Text

Answer = Any  # a stored answer: None, str, int, bool, list or dict, always JSON-able
Answers = Mapping[str, Mapping[str, Answer]]


class DefinitionError(Exception):
    """A definition is broken. Names the file, the place in it, what is wrong and how to mend it."""

    def __init__(self, file: str, place: str, wrong: str, mend: str) -> None:
        super().__init__(f"{file}: {place}: {wrong}. {mend}.")
        self.file, self.place, self.wrong, self.mend = file, place, wrong, mend


@dataclass(frozen=True, eq=False)
class Condition:
    """When a question is shown. *op* is equals, in, answered, not, all or any; *path* is "section.question"."""

    op: str
    path: str = ""
    value: Any = None
    parts: tuple[Condition, ...] = ()

    def paths(self) -> Iterator[str]:
        """Yield every question the condition looks at."""
        if self.path:
            yield self.path
        for part in self.parts:
            yield from part.paths()

    def to_data(self) -> dict[str, Any]:
        """Return the condition as plain data, for scripts in the page."""
        if self.parts:
            return {self.op: [part.to_data() for part in self.parts]}
        return {"question": self.path, self.op: self.value}


@dataclass(frozen=True, eq=False)
class Choice:
    """One answer offered by a choice question."""

    code: str
    label: Text
    help: Text | None = None


@dataclass(frozen=True, eq=False)
class Question:
    """One question, or one column of a table, or one part of a group or contact."""

    code: str
    kind: str
    label: Text
    help: Text | None = None
    required: bool = True
    show_if: Condition | None = None
    promote: str | None = None
    max_words: int | None = None
    max_chars: int | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    decimals: int | None = None
    choices: tuple[Choice, ...] = ()
    parts: tuple[Question, ...] = ()
    min_rows: int = 0
    max_rows: int = 50
    fixed_rows: bool = False
    read_only: bool = False
    total: bool = False
    computed: tuple[str, tuple[str, ...]] | None = None
    needs: tuple[str, ...] = ()
    country_from: str | None = None
    row_label: Text | None = None
    unit: Text | None = None
    statements: tuple[Text, ...] = ()
    translate: bool = True

    @property
    def columns(self) -> tuple[Question, ...]:
        """The columns of a table; empty for other kinds."""
        return self.parts if self.kind == "table" else ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions repeated in a group; empty for other kinds."""
        return self.parts if self.kind == "group" else ()

    def part(self, code: str) -> Question | None:
        """Return the column or part called *code*."""
        return next((part for part in self.parts if part.code == code), None)


@dataclass(frozen=True, eq=False)
class Section:
    """A page of questions."""

    code: str
    title: Text
    intro: Text | None
    questions: tuple[Question, ...]

    def question(self, code: str) -> Question:
        """Return the question called *code*; KeyError when there is none."""
        for question in self.questions:
            if question.code == code:
                return question
        raise KeyError(code)


@dataclass(frozen=True, eq=False)
class Check:
    """A rule between answers. *kind* names its function in `checks`; *level* is error or warning."""

    code: str
    kind: str
    at: str
    message: Text
    level: str = "error"
    show_if: Condition | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FormDefinition:
    """One published version of one form. *key* is "<instrument>/<file>", *checksum* the SHA-256 of its file."""

    key: str
    version: int
    title: Text
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]
    checksum: str

    def section(self, code: str) -> Section:
        """Return the section called *code*; KeyError when there is none."""
        for section in self.sections:
            if section.code == code:
                return section
        raise KeyError(code)

    def question(self, path: str) -> Question:
        """Return the question at "section.question"; KeyError when there is none."""
        section, _, code = path.partition(".")
        return self.section(section).question(code)

    def each(self) -> Iterator[tuple[Section, Question]]:
        """Yield every question with its section, in order."""
        for section in self.sections:
            for question in section.questions:
                yield section, question


@dataclass(frozen=True)
class Problem:
    """Something to mend. *path* is the name (and anchor) of the input it belongs to."""

    section: str
    question: str
    path: str
    message: Message
