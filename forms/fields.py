"""WTForms fields that show stored answers; reading and checking is the kinds' work, so pages and autosave agree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from wtforms import Field
from wtforms.fields.core import Label, UnboundField
from wtforms.form import BaseForm
from wtforms.utils import unset_value

from .engine.context import Context
from .engine.definition import Answer, Problem, Question
from .engine.kinds import is_raw, kind_of, say
from .engine.kinds_choice import RADIOS
from .engine.kinds_place import countries
from .engine.kinds_rows import CONTACT_NEEDS, computed, new_row_id, records
from .widgets import (
    LineWidget,
    ListWidget,
    PickWidget,
    ProseWidget,
    ReadOnlyWidget,
    TicksWidget,
    UploadWidget,
)

BLANK_ROW = "__n__"  # stands for the row's number in the pattern that scripts copy


class AnswerField(Field):
    """One question on a page. Its language is the reader's, decided when the form is bound."""

    widget: Any = LineWidget()
    visible = True
    shape = "simple"  # which part of components/questions.html lays it out

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__("", **kwargs)
        self.question = question
        self.kind = kind_of(question)
        self.label = Label(self.id, question.label.get(self.locale))
        self.description = question.help.get(self.locale) if question.help else ""
        self.errors: Any = []  # Messages, translated by the template
        if question.read_only or question.computed:
            self.widget = ReadOnlyWidget()

    @property
    def context(self) -> Context:
        """The context the form was bound with."""
        return cast("Context", self.meta.context)

    @property
    def locale(self) -> str:
        """The reader's locale."""
        return self.context.locale

    @property
    def written_in(self) -> str:
        """The language of what is typed."""
        return self.context.written_in

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the stored answer; what was posted has been read before (see `engine.build`)."""
        self.data: Answer = None if data is unset_value else data
        self.object_data = self.data
        self.raw_data = None

    @property
    def typed(self) -> str:
        """What stands in the input."""
        return self.kind.typed(self.question, self.data, self.context)

    @property
    def shown(self) -> str:
        """The answer as text, for what cannot be changed."""
        if self.kind.empty(self.question, self.data):
            return ""
        return self.kind.text(self.question, self.data, self.locale, self.context)

    @property
    def unreadable(self) -> bool:
        """Tell whether the input holds something that could not be read."""
        return is_raw(self.data)

    @property
    def anchor(self) -> str:
        """The id of the element that a problem's link leads to, and that the label belongs to."""
        return str(self.id)

    @property
    def invalid(self) -> bool:
        """Tell whether a message stands beside the input."""
        return bool(self.errors)

    @property
    def described_by(self) -> str:
        """The ids of help, word counter and message, as far as they are on the page."""
        parts = (self.description and "help", self.question.max_words and "words", self.errors and "error")
        return " ".join(f"{self.id}-{part}" for part in parts if part)

    @property
    def required(self) -> bool:
        """Tell whether it must be answered before submission."""
        return self.question.required

    @property
    def autocomplete(self) -> str | None:
        """What browsers may fill in: nothing, since contacts are mostly other people's."""
        return "off" if self.question.kind in ("email", "phone") else None

    @property
    def condition(self) -> str | None:
        """The condition as JSON for the page's script, None when it is always asked."""
        return json.dumps(self.question.show_if.to_data()) if self.question.show_if else None

    @property
    def row_paths(self) -> Iterable[str]:
        """The input names whose problems belong beside this input."""
        return (str(self.name), self.anchor)

    def mark(self, problems: list[Problem]) -> None:
        """Put the messages that belong here beside the input."""
        self.errors = [problem.message for problem in problems if problem.path in self.row_paths]

    def inner(self, question: Question, name: str, data: Answer) -> AnswerField:
        """Return a bound field for a part of this one."""
        in_table = self.question.kind == "table"  # a cell has no room for radio buttons
        field: AnswerField = field_for(question, compact=in_table).bind(cast("BaseForm", None), name, _meta=self.meta)
        field.process(None, data)
        return field


class ProseField(AnswerField):
    """Several lines of text."""

    widget = ProseWidget()


class SelectField(AnswerField):
    """A closed list too long for radio buttons."""

    widget = ListWidget()

    @property
    def empty_label(self) -> str:
        """The first line of the list, which stands for no answer."""
        return say("choose", self.locale)

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(heading or nothing, [(code, label)])."""
        return [("", [(choice.code, choice.label.get(self.locale)) for choice in self.question.choices])]


class CountryField(SelectField):
    """The countries by name in the reader's language; those that are eligible first."""

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(heading or nothing, [(code, name)])."""
        pairs, eligible = countries(self.locale), self.context.eligible_countries
        if eligible is None:
            return [("", list(pairs))]
        listed = [pair for pair in pairs if pair[0] in eligible]
        others = [pair for pair in pairs if pair[0] not in eligible]
        return [(say("listed", self.locale), listed), (say("unlisted", self.locale), others)]


class TicksField(AnswerField):
    """Radio buttons or check boxes with a common legend."""

    shape = "ticks"
    widget = TicksWidget("radio")

    @property
    def options(self) -> list[tuple[str, str, bool, str]]:
        """(code, label, ticked, hint) of each button."""
        chosen = self.data if isinstance(self.data, list) else [self.data]
        return [
            (c.code, c.label.get(self.locale), c.code in chosen, c.help.get(self.locale) if c.help else "")
            for c in self.question.choices
        ]


class BoxesField(TicksField):
    """Any number of a list."""

    widget = TicksWidget("checkbox")


class ConfirmField(TicksField):
    """One box under the statements it confirms."""

    shape = "confirm"
    widget = TicksWidget("checkbox")

    @property
    def statements(self) -> list[str]:
        """What is confirmed."""
        return [text.get(self.locale) for text in self.question.statements]

    @property
    def options(self) -> list[tuple[str, str, bool, str]]:
        """The one box."""
        return [("true", str(self.label.text), self.data is True, "")]


class PickField(AnswerField):
    """A city or organisation by name."""

    widget = PickWidget()

    @property
    def anchor(self) -> str:
        """The id of the visible input."""
        return f"{self.id}-name"

    @property
    def suggestions(self) -> list[str]:
        """Names to offer without asking a server."""
        return [name for _, name in self.context.find_members()] if self.question.kind == "organisation" else []

    @property
    def picker_url(self) -> str:
        """The address at which scripts ask for cities."""
        return self.context.city_picker_url if self.question.kind == "city" else ""

    @property
    def known_id(self) -> str:
        """The id of the answer, when it has one."""
        known = self.data.get("id") if isinstance(self.data, dict) else None
        return "" if known is None else str(known)


class UploadField(AnswerField):
    """A file."""

    shape = "file"
    widget = UploadWidget()

    @property
    def file(self) -> dict[str, Any] | None:
        """The file that is there already."""
        return self.data if isinstance(self.data, dict) and self.data.get("id") else None


class RecordField(AnswerField):
    """A contact: several inputs under one legend; also one row of a table or group."""

    shape = "record"

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the stored record and bind a field for each part."""
        super().process(formdata, data)
        record = self.data if isinstance(self.data, dict) and not is_raw(self.data) else {}
        self.row_id = str(record.get("_row") or new_row_id())
        self.parts = [
            self.inner(self._asked(part), f"{self.name}-{part.code}", computed(part, record))
            for part in self.question.parts
        ]

    def _asked(self, part: Question) -> Question:
        """A part of a contact as this question asks it: those it needs are not labelled as optional."""
        if self.question.kind != "contact":
            return part
        return replace(part, required=part.code in (self.question.needs or CONTACT_NEEDS))

    def mark(self, problems: list[Problem]) -> None:
        """Put the messages beside the parts."""
        super().mark(problems)
        for part in self.parts:
            part.mark(problems)


class RowsField(AnswerField):
    """A table or a group: its rows, a blank one when there are none, and the pattern for a new one."""

    shape = "group"

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the stored rows and bind a record for each; a table that may grow shows at least one."""
        super().process(formdata, data)
        stored = [dict(record) for record in records(self.data)]
        blank = 0 if self.question.fixed_rows else max(1, self.question.min_rows) - len(stored)
        self.rows = [self._record(str(n), record) for n, record in enumerate([*stored, *({} for _ in range(blank))])]

    def _record(self, number: str, record: dict[str, Answer]) -> RecordField:
        field = UnboundField(RecordField, self.question).bind(
            cast("BaseForm", None), f"{self.name}-{number}", _meta=self.meta
        )
        field.process(None, record)
        return field

    @property
    def pattern(self) -> RecordField:
        """A blank row whose number is the placeholder that scripts replace."""
        return self._record(BLANK_ROW, {"_row": BLANK_ROW})

    @property
    def totals(self) -> tuple[str, ...]:
        """The cells of the line of totals, empty when there is none."""
        return self.kind.show(self.question, self.data, self.locale, self.context).totals

    @property
    def has_totals(self) -> bool:
        """Tell whether a column has a total."""
        return any(part.total for part in self.question.parts)

    @property
    def row_label(self) -> str:
        """What one row is called."""
        return self.question.row_label.get(self.locale) if self.question.row_label else say("row", self.locale)

    @property
    def can_change(self) -> bool:
        """Tell whether rows may be added and removed."""
        return not (self.question.fixed_rows or self.question.read_only)

    @property
    def can_add(self) -> bool:
        """Tell whether one more row fits."""
        return self.can_change and len(self.rows) < self.question.max_rows

    def mark(self, problems: list[Problem]) -> None:
        """Put the messages beside the cells, and those of the whole beside the heading."""
        super().mark(problems)
        for row in self.rows:
            row.mark(problems)


class TableField(RowsField):
    """A table."""

    shape = "table"


CONTROLS: dict[str, type[AnswerField]] = {
    "input": AnswerField,
    "textarea": ProseField,
    "checkboxes": BoxesField,
    "confirm": ConfirmField,
    "country": CountryField,
    "date": AnswerField,
    "month": AnswerField,
    "pick": PickField,
    "file": UploadField,
    "record": RecordField,
    "table": TableField,
    "group": RowsField,
}


def field_for(question: Question, *, compact: bool = False) -> UnboundField:
    """Return the unbound field for *question*: up to six choices are radio buttons, more are a list."""
    control = kind_of(question).control
    if control == "choice":
        few = len(question.choices) <= RADIOS and not compact
        return UnboundField(TicksField if few else SelectField, question)
    return UnboundField(CONTROLS[control], question)
