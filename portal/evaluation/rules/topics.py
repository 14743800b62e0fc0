"""What an evaluator may be an expert in: the instruments, and the kinds of activity their forms know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms.engine.definition import FormDefinition, Question
from forms.engine.text import Text
from portal.calls.rules import instruments

ACTIVITY = "activity_type"
#: the answer that stands for every other answer of its question
BOTH = "both"


def known() -> dict[str, Text]:
    """Every subject an evaluator may name: code → name."""
    every = instruments.all_instruments()
    found = {code: one.title for code, one in every.items()}
    for code, one in every.items():
        if "application" not in one.forms:
            continue
        form = instruments.form(code, "application", one.forms["application"][1])
        for _section, question in _asked(form):
            for choice in question.choices:
                if choice.code != BOTH:
                    found.setdefault(choice.code, choice.label)
    return found


def of(instrument: str, form: FormDefinition, answers: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The subjects of an application: its instrument, and the kind of activity it answers with."""
    found = {instrument}
    for section, question in _asked(form):
        answer = str(answers.get(section, {}).get(question.code) or "")
        offered = {choice.code for choice in question.choices}
        if answer == BOTH:
            found |= offered - {BOTH}
        elif answer in offered:
            found.add(answer)
    return frozenset(found)


def _asked(form: FormDefinition) -> Iterator[tuple[str, Question]]:
    return ((section.code, question) for section, question in form.each() if question.promote == ACTIVITY)
