"""The stories of the demonstration as typed facts: one case, what happens in it and what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.demo import case_answers
from portal.demo.case_answers import Answers
from portal.demo.papers import Paper
from portal.demo.people import Data, DemoOrganisation


@dataclass(frozen=True, slots=True)
class Milestone:
    """An event of a case's story: its kind, the subject (`tranche-1`) if any, calendar days before today (≤ 0)."""

    kind: str
    subject: str | None
    day: int


@dataclass(frozen=True, slots=True)
class Note:
    """A message between secretariat and applicant, or a note inside the secretariat, on a day (≤ 0)."""

    day: int
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Return:
    """Sections sent back with the reason; `subject` names the report when it is a report's."""

    sections: tuple[str, ...]
    reason: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, on which grounds, under which conditions (one on each line)."""

    person: str
    grounds: str
    conditions: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Words of one person in a move: a reason for withdrawing, a ground for not being eligible, a query.

    `code` is the coded reason where the move asks for one.
    """

    person: str
    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What is said about a case among secretariat and members on a day (≤ 0).

    :param kind: ``comment``, ``answer`` (to a member's comment), ``stance``, ``concurrence``, ``invite``, ``confirm``.
    :param member: the member concerned, by code; empty for what the country says.
    :param code: the stance, the kind of answer or the outcome, where the verb asks for one.
    """

    day: int
    kind: str
    member: str
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens on a day (≤ 0) among several stories; `order` tells apart what happens on one day."""

    day: int
    what: Callable[[], None]
    order: int = 0


@dataclass(frozen=True, slots=True)
class DemoReport:
    """A progress report with its documents; its answers depend on the day on which the demonstration is set up."""

    subject: str
    paper: Paper
    _case: Data
    _data: Data
    _organisation: DemoOrganisation

    def answers(self, today: date) -> Answers:
        """The stored answers (report-progress form, version 1) with the reporting period counted from `today`."""
        return case_answers.progress_report(self._case, self._data, self._organisation, today)


@dataclass(frozen=True, slots=True)
class DemoCase:
    """One application of the demonstration: its answers, the state to bring it to, and the story that leads there."""

    code: str
    tenant: str
    organisation: str
    language: str
    title: str
    monitor: str
    target_state: str
    story: str
    amount: Decimal
    milestones: tuple[Milestone, ...]
    answers: Answers
    stored_questions: tuple[str, ...] | None
    papers: tuple[Paper, ...]
    translation: Mapping[str, str] | None
    assessed_by: str | None
    assessment: Answers | None
    decision: Decision | None
    returns: tuple[Return, ...]
    not_eligible: Statement | None
    withdrawal: Statement | None
    translation_query: Statement | None
    messages: tuple[Note, ...]
    notes: tuple[Note, ...]
    reports: tuple[DemoReport, ...]
    instrument: str = "preparatory_grant"
    call: str = "preparatory-grant"
    words: tuple[Word, ...] = ()

    @property
    def answers_to_store(self) -> Answers:
        """What the set-up stores: everything, or only `stored_questions` of a draft that is completed by hand."""
        if self.stored_questions is None:
            return self.answers
        kept: Answers = {}
        for path in self.stored_questions:
            section, question = path.split(".")
            kept.setdefault(section, {})[question] = self.answers[section][question]
        return kept
