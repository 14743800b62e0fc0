"""A section of a definition as a WTForms form: built once, bound to stored answers and to what was posted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from wtforms import Form

from forms.fields import AnswerField, field_for

from .answers import Action, question_problems
from .conditions import visible
from .context import Context
from .definition import Answer, Answers, FormDefinition, Problem, Question, Section
from .inputs import Env, Inputs, plain
from .kinds import kind_of
from .kinds_rows import new_row_id, records


class SectionForm(Form):
    """The base of every generated form; its meta carries the context and the definition's section."""


@lru_cache(maxsize=256)
def form_class(definition: FormDefinition, section_code: str) -> type[SectionForm]:
    """Return the form class of a section: one per definition, whatever the language."""
    section = definition.section(section_code)
    return type("SectionForm", (SectionForm,), {question.code: field_for(question) for question in section.questions})


class BoundSection:
    """A section with its answers, ready for a template and for saving."""

    def __init__(
        self, definition: FormDefinition, section: Section, context: Context, values: dict[str, Answer],
        answers: Answers, only: frozenset[str] | None, rows_changed: bool,
    ) -> None:  # fmt: skip
        self.definition, self.section, self.context = definition, section, context
        self.rows_changed = rows_changed
        self._values, self._answers, self._only = values, answers, only
        self.form = form_class(definition, section.code)(data=values, meta={"context": context})
        for question in section.questions:
            if only is not None and question.code not in only:
                del self.form[question.code]
        for field in self.fields:
            field.visible = visible(definition, field.question, self.answers)

    @property
    def answers(self) -> dict[str, Mapping[str, Answer]]:
        """The whole form's answers with this section as it now stands."""
        return {**self._answers, self.section.code: self._values}

    @property
    def fields(self) -> list[AnswerField]:
        """The fields in order."""
        return [field for field in self.form if isinstance(field, AnswerField)]

    def stored(self) -> dict[str, Answer]:
        """Return question code → value to keep, JSON-able; what could not be read is kept as {"_raw": …}."""
        return {code: value for code, value in self._values.items() if value is not None}

    def validate(self, action: Action) -> list[Problem]:
        """Check the section and put each message beside its input; `answers.problems` judges rules between answers."""
        found: list[Problem] = []
        for field in self.fields:
            own: list[Problem] = []
            if field.visible:
                value = self._values.get(field.question.code)
                own = question_problems(self.section.code, field.question, value, self.context, action)
            field.mark(own)
            found += own
        return found

    def mark(self, problems: list[Problem]) -> None:
        """Put the messages of *problems* (of the whole form) beside the inputs of this section."""
        for field in self.fields:
            field.mark([p for p in problems if p.section == self.section.code and p.question == field.question.code])


def bind(
    definition: FormDefinition,
    section_code: str,
    *,
    context: Context,
    stored: Mapping[str, Answer] | None,
    formdata: Any = None,
    only: Any = None,
    answers: Answers | None = None,
) -> BoundSection:
    """Bind a section to its *stored* answers (question → value) and, when posted, to *formdata* (any multi-dict).

    *only* limits reading and showing to some question codes; *answers* are those of the other sections, for conditions.
    The buttons _add ("<question>") and _remove ("<question>:<row>") change rows; then `rows_changed` is true
    and the page should be shown again. KeyError when the section does not exist.
    """
    section = definition.section(section_code)
    before = dict(stored or {})
    codes = None if only is None else frozenset([only] if isinstance(only, str) else only)
    rows_changed = False
    values = dict(before)
    if formdata is not None:
        data = plain(formdata)
        env = _env(section, before, data, context)
        for question in section.questions:
            if codes is None or question.code in codes:
                values[question.code] = _read(question, data, before, env)
        rows_changed = _change_rows(section, values, data, codes)
    return BoundSection(definition, section, context, values, answers or {}, codes, rows_changed)


def bind_whole(
    definition: FormDefinition, *, context: Context, answers: Answers, formdata: Any = None
) -> list[BoundSection]:
    """Bind every section of a form that stands on one page; each one sees what was just typed in those before it."""
    whole: dict[str, Mapping[str, Answer]] = dict(answers)
    found = []
    for section in definition.sections:
        stored = whole.get(section.code, {})
        bound = bind(definition, section.code, context=context, stored=stored, formdata=formdata, answers=whole)
        whole[section.code] = bound.stored()
        found.append(bound)
    return found


def parse_question(
    definition: FormDefinition,
    section_code: str,
    question_code: str,
    formdata: Any,
    context: Context,
    stored: Mapping[str, Answer] | None,
) -> tuple[Answer, list[Problem]]:
    """Read one question from a post that has (at least) its inputs, for saving while typing.

    *stored* are the section's answers so far. Returns the value to keep and the problems of its shape. Never raises for
    what was posted; KeyError when the question does not exist.
    """
    section = definition.section(section_code)
    question = section.question(question_code)
    before, data = dict(stored or {}), plain(formdata)
    value = _read(question, data, before, _env(section, before, data, context))
    return value, question_problems(section_code, question, value, context, "draft")


def _read(question: Question, data: Mapping[str, list[str]], before: Mapping[str, Answer], env: Env) -> Answer:
    return kind_of(question).read(question, Inputs(data, question.code), before.get(question.code), env)


def _env(section: Section, before: Mapping[str, Answer], data: Mapping[str, list[str]], context: Context) -> Env:
    def sibling(code: str) -> Answer:
        found = next((question for question in section.questions if question.code == code), None)
        if found is None or code not in data:
            return before.get(code)
        return kind_of(found).parse(found, Inputs(data, code).value, context)

    return Env(context, sibling)


def _change_rows(
    section: Section, values: dict[str, Answer], data: Mapping[str, list[str]], codes: frozenset[str] | None
) -> bool:
    """Do what the pressed button asks for; a button that names no rows of this section does nothing."""
    by_code = {question.code: question for question in section.questions if codes is None or question.code in codes}
    changed = False
    for code in data.get("_add", []):
        question = by_code.get(code)
        if question and _may_change(question) and len(records(values.get(code))) < question.max_rows:
            values[code] = [*records(values.get(code)), {"_row": new_row_id()}]
            changed = True
    for pressed in data.get("_remove", []):
        code, _, row = pressed.partition(":")
        question = by_code.get(code)
        if question and _may_change(question):
            rows = records(values.get(code))
            gone = next((n for n, r in enumerate(rows) if r.get("_row") == row), None)
            if gone is None and row.isascii() and row.isdigit() and len(row) < 4 and int(row) < len(rows):
                gone = int(row)
            if gone is not None:
                values[code] = [r for n, r in enumerate(rows) if n != gone]
                changed = True
    return changed


def _may_change(question: Question) -> bool:
    return question.kind in ("table", "group") and not question.fixed_rows and not question.read_only
