"""What is done with the answers of a whole form: judge, show, compare, translate, promote, export, search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from .checks import failures
from .conditions import answer_at, visible
from .context import Context
from .definition import Answer, Answers, FormDefinition, Problem, Question, Section
from .kinds import kind_of
from .kinds_rows import computed, records
from .kinds_rows import totals as totals_of
from .shown import Change, Shown, ShownSection
from .text import Text

Action = Literal["draft", "submit"]


@dataclass(frozen=True)
class SectionState:
    """How far a section is: *missing* answers, and *problems* with those given."""

    status: Literal["empty", "started", "complete", "error"]
    missing: int
    problems: int

    @property
    def optional(self) -> bool:
        """Tell whether nothing in it has to be answered (an empty section may stay so)."""
        return self.status == "empty" and not self.missing


@dataclass(frozen=True)
class TextItem:
    """A text worth translating. *path* is "section.question", for rows "section.question.<_row>.<column>"."""

    path: str
    section: str
    label: Text
    text: str


def _asked(definition: FormDefinition, answers: Answers) -> Iterator[tuple[Section, Question, Answer]]:
    """Yield every question that is asked, with its answer; hidden ones keep their answers but do not count."""
    for section, question in definition.each():
        if visible(definition, question, answers):
            yield section, question, answer_at(answers, f"{section.code}.{question.code}")


def question_problems(
    section: str, question: Question, value: Answer, context: Context, action: Action
) -> list[Problem]:
    """Return what is wrong with one answer: its shape, and for "submit" also what is missing."""
    kind = kind_of(question)
    found = list(kind.check(question, value, context, question.code))
    if action == "submit":
        wrong = {path for path, _ in found}
        found += [item for item in kind.complete(question, value, context, question.code) if item[0] not in wrong]
    return [Problem(section, question.code, path, message) for path, message in found]


def problems(definition: FormDefinition, answers: Answers, context: Context, action: Action) -> list[Problem]:
    """Return all there is to mend, in the form's order: "draft" checks shape, "submit" completeness and rules too."""
    found: list[Problem] = []
    for section, question, value in _asked(definition, answers):
        found += question_problems(section.code, question, value, context, action)
    if action == "submit":
        found += failures(definition, answers, context, "error")
        order = {(s.code, q.code): n for n, (s, q) in enumerate(definition.each())}
        found.sort(key=lambda problem: order[problem.section, problem.question])
    return found


def warnings(definition: FormDefinition, answers: Answers, context: Context) -> list[Problem]:
    """Return what should be looked at before submission but does not prevent it (checks with level "warning")."""
    return list(failures(definition, answers, context, "warning"))


def states(definition: FormDefinition, answers: Answers, context: Context) -> dict[str, SectionState]:
    """Return how far each section is."""
    missing: dict[str, int] = {section.code: 0 for section in definition.sections}
    wrong = dict(missing)
    filled = dict(missing)
    for section, question, value in _asked(definition, answers):
        if not kind_of(question).empty(question, value):
            filled[section.code] += 1
        shape = question_problems(section.code, question, value, context, "draft")
        whole = question_problems(section.code, question, value, context, "submit")
        wrong[section.code] += len(shape)
        missing[section.code] += len(whole) - len(shape)
    for problem in failures(definition, answers, context, "error"):
        wrong[problem.section] += 1
    return {code: _state(filled[code], missing[code], wrong[code]) for code in missing}


def _state(filled: int, missing: int, wrong: int) -> SectionState:
    if wrong:
        return SectionState("error", missing, wrong)
    if not filled:
        return SectionState("empty", missing, 0)
    return SectionState("started" if missing else "complete", missing, 0)


def show(definition: FormDefinition, answers: Answers, locale: str, context: Context) -> list[ShownSection]:
    """Return the answers ready to be read in *locale*: every question that is asked, answered or not."""
    by_section: dict[str, list[Shown]] = {section.code: [] for section in definition.sections}
    for section, question, value in _asked(definition, answers):
        by_section[section.code].append(kind_of(question).show(question, value, locale, context))
    return [ShownSection(s.code, s.title.get(locale), tuple(by_section[s.code])) for s in definition.sections]


def diff(definition: FormDefinition, old: Answers, new: Answers, locale: str, context: Context) -> list[Change]:
    """Return the questions whose visible answer differs between two versions."""
    changes = []
    for section, question in definition.each():
        path = f"{section.code}.{question.code}"
        kind = kind_of(question)
        values = [answer_at(a, path) if visible(definition, question, a) else None for a in (old, new)]
        before, after = (kind.show(question, value, locale, context) for value in values)
        if before != after:
            title = section.title.get(locale)
            changes.append(Change(section.code, title, question.code, before.label, before, after))
    return changes


def translatable(definition: FormDefinition, answers: Answers) -> list[TextItem]:
    """Return the texts worth translating, in the order of the form."""
    found = []
    for section, question, value in _asked(definition, answers):
        for below, leaf, text in kind_of(question).texts(question, value):
            path = f"{section.code}.{question.code}" + (f".{below}" if below else "")
            found.append(TextItem(path, section.code, leaf.label, text))
    return found


def with_translation(
    definition: FormDefinition, answers: Answers, texts: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return a copy of *answers* in which the texts at the paths of `translatable` are replaced."""
    copy = {code: dict(section) for code, section in answers.items()}
    for section, question in definition.each():
        start = f"{section.code}.{question.code}"
        own = {p[len(start) :].lstrip("."): t for p, t in texts.items() if p == start or p.startswith(start + ".")}
        if own and question.code in copy.get(section.code, {}):
            value = copy[section.code][question.code]
            copy[section.code][question.code] = kind_of(question).with_texts(question, value, own)
    return copy


def promote(definition: FormDefinition, answers: Answers) -> dict[str, Any]:
    """Return what lists and reports need, typed: title, amount (Decimal), country, city, city_id, recipient, ….

    The keys are those that the definition's questions name in "promote"; the value is None when there is no answer.
    """
    found: dict[str, Any] = {}
    for section, question in definition.each():
        if question.promote or any(part.promote for part in question.parts):
            shown = visible(definition, question, answers)
            value = answer_at(answers, f"{section.code}.{question.code}") if shown else None
            found |= kind_of(question).promoted(question, value)
    return found


def export(definition: FormDefinition, answers: Answers, locale: str) -> dict[str, str | Decimal | None]:
    """Return one flat row: "section.question[.part]" → text in *locale*, or Decimal for figures."""
    flat: dict[str, str | Decimal | None] = {}
    for section, question, value in _asked(definition, answers):
        for suffix, cell in kind_of(question).export(question, value, locale).items():
            flat[".".join(filter(None, (section.code, question.code, suffix)))] = cell
    return flat


def search_text(definition: FormDefinition, answers: Answers) -> str:
    """Return the words by which the answers should be found (no addresses, e-mails or telephone numbers)."""
    found: list[str] = []
    for _, question, value in _asked(definition, answers):
        found += kind_of(question).words(question, value)
    return "\n".join(dict.fromkeys(text for text in found if text))


def table_rows(answers: Answers, path: str, definition: FormDefinition | None = None) -> list[dict[str, Any]]:
    """Return the rows of the table or group at "section.question"; with *definition* also its computed columns."""
    rows = [dict(record) for record in records(answer_at(answers, path))]
    for column in definition.question(path).parts if definition else ():
        for record in rows if column.computed else ():
            record[column.code] = computed(column, record)
    return rows


def table_totals(definition: FormDefinition, answers: Answers, path: str) -> dict[str, Decimal]:
    """Return the sum of each column with a total of the table at "section.question"."""
    return totals_of(definition.question(path), records(answer_at(answers, path)))
