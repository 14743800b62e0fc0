"""The applicant's pages as plain values: tasks, the next step, the timeline, conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, url_for

from forms.engine.answers import SectionState
from forms.engine.context import Context
from forms.engine.definition import FormDefinition, Question
from forms.engine.kinds import kind_of
from portal.applications.rules.made import APPROVED, MADE
from portal.calls.queries import Promise, promised_by
from portal.calls.rules import instruments
from portal.cases.models import APPLICATION, AnswerConflict, Case, Document, Event
from portal.cases.rules import labels
from portal.core.role_names import role_name
from portal.core.text import Text
from portal.core.workflow import State, Workflow
from portal.infra import i18n
from portal.infra.i18n import gettext, ngettext
from portal.standards import queries as standards
from portal.standards import show as clocks
from portal.standards.rules.ahead import kinds_ahead
from portal.standards.show import ClockView

FAR = datetime.max.replace(tzinfo=UTC)
STAFF_ROLES = frozenset({"programme_officer", "programme_manager", "translator", "finance_officer", "administrator"})


@dataclass(frozen=True)
class Task:
    """A section of a form in the task list."""

    code: str
    name: str
    url: str | None
    pill: str
    meaning: str
    done: bool
    current: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the timeline (see ``templates/components/timeline.html``)."""

    what: str
    when: str
    instant: str | None = None
    by: str | None = None
    ahead: bool = False
    tone: str | None = None
    url: str | None = None
    link: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Row:
    """A case in the list of one's own cases."""

    reference: str
    title: str
    language: str
    kind: str
    state: str
    tone: str
    who_has_it: str
    next_step: str
    is_mine: bool
    url: str
    clock: ClockView
    amount: str
    is_granted: bool


@dataclass(frozen=True)
class Conflict:
    """Two values of one answer, to be looked at side by side."""

    id: str
    section: str
    section_title: str
    label: str
    now: str
    other: str
    by: str
    at: datetime


@dataclass(frozen=True)
class NextStep:
    """What is to be done now, by whom, by when; ``buttons``: (label, address, primary)."""

    title: str
    text: str = ""
    meaning: str = "plain"
    buttons: tuple[tuple[str, str, bool], ...] = ()


def made_page(case: Case, state: State) -> tuple[str, str] | None:
    """Label and address of the page of what an approval made of a case; None before there is one."""
    made = MADE[instruments.makes(case.instrument)]
    known = made.page in current_app.view_functions
    if not known or case.kind != APPLICATION or case.decided_at is None or state.public not in APPROVED:
        return None
    return i18n.show_message(made.open), url_for(made.page, reference=case.reference)


# -- the draft


def tasks(
    case: Case,
    definition: FormDefinition,
    states: Mapping[str, SectionState],
    state: State,
    *,
    writes: bool,
    current: str = "",
) -> list[Task]:
    """The sections of a form with how far each is; a section that is closed has no address.

    :param writes: whether the reader may write for the organisation.
    """
    made = []
    for section in definition.sections:
        is_open = state.editable == "all" or (state.editable == "returned" and section.code in case.returned_sections)
        found = states[section.code]
        pill, meaning = _pill(found)
        url = url_for("applications.section", reference=case.reference, section=section.code)
        made.append(
            Task(
                section.code,
                i18n.show_text(section.title),
                url if is_open and writes else None,
                pill if is_open else gettext("Closed"),
                meaning if is_open else "plain",
                _is_done(found),
                section.code == current,
                case.returned_sections.get(section.code, ""),
            )
        )
    return made


def _is_done(state: SectionState) -> bool:
    return state.status == "complete" or state.optional


def _pill(state: SectionState) -> tuple[str, str]:
    if state.status == "error":
        number = i18n.show_number(state.problems)
        return ngettext("%(number)s to mend", "%(number)s to mend", state.problems, number=number), "late"
    if state.status == "complete":
        return gettext("Complete"), "kept"
    if state.status == "started":
        number = i18n.show_number(state.missing)
        return ngettext("%(number)s answer missing", "%(number)s answers missing", state.missing, number=number), "soon"
    return (gettext("Optional"), "plain") if state.optional else (gettext("To fill in"), "plain")


def answer_text(question: Question, value: Any, locale: str, context: Context) -> str:
    """An answer as lines of text, for comparing two of them."""
    shown = kind_of(question).show(question, value, locale, context)
    if shown.rows:
        return "\n".join(" · ".join(cell for cell in row if cell) for row in shown.rows)
    if shown.entries:
        return "\n\n".join("\n".join(f"{label}: {text}" for label, text in entry) for entry in shown.entries)
    return shown.text or ""


def conflicts(
    definition: FormDefinition,
    rows: Iterable[AnswerConflict],
    answers: Mapping[str, Mapping[str, Any]],
    locale: str,
    context: Context,
) -> list[Conflict]:
    """Values that lost against newer ones, each beside what stands now."""
    found = []
    for row in rows:
        section = definition.section(row.section)
        question = section.question(row.question)
        now = answers.get(row.section, {}).get(row.question)
        found.append(
            Conflict(
                str(row.id),
                row.section,
                section.title.get(locale),
                question.label.get(locale),
                answer_text(question, now, locale, context),
                answer_text(question, row.value, locale, context),
                row.typed_by_name,
                row.typed_at,
            )
        )
    return found


# -- the list


def row(case: Case, state: State, now: datetime) -> Row:
    """A case as the list of one's own cases shows it."""
    mine = case.is_open and case.owner in ("applicant", "recipient")
    granted = state.public in APPROVED and case.decided_at is not None
    return Row(
        case.reference,
        case.title or gettext("No title yet"),
        case.language if case.title else i18n.locale_code(),
        kind_name(case),
        i18n.show_text(labels.state_name(state, staff=False)),
        labels.tone_of(state),
        i18n.show_message(labels.OWNERS[case.owner]) if case.owner in labels.OWNERS else case.owner,
        _step_words(case, state),
        mine,
        url_for("applications.case", reference=case.reference),
        clocks.urgent_view(case, now),
        i18n.show_money(case.amount, case.currency),
        granted,
    )


def kind_name(case: Case) -> str:
    """What sort of case it is: the instrument's name, or the report's."""
    if case.kind == "report":
        return i18n.show_text(instruments.form(case.instrument, case.process, case.form_version).title)
    return i18n.show_text(instruments.instrument(case.instrument).title)


def _step_words(case: Case, state: State) -> str:
    if state.is_end:
        return gettext("Nothing to do")
    if state.editable == "all":
        return gettext("Write and submit")
    if state.editable == "returned":
        return gettext("Complete the returned sections")
    if state.code == "signing":
        return gettext("Accept the agreement")
    if case.owner == "recipient":
        return i18n.show_message(MADE[instruments.makes(case.instrument)].to_do)
    return gettext("Wait for our answer")


# -- the status page


def timeline(
    case: Case, workflow: Workflow, events: Sequence[Event], documents: Iterable[Document], zone: str
) -> list[Entry]:
    """What happened, newest first, with the next milestones on top."""
    papers = {document.key: document for document in documents}
    past = []
    for event in reversed(events):
        if event.audience != "applicant" or event.kind in labels.QUIET:
            continue
        url, link = None, None
        if "copied_from" in event.data:  # a report's submission is read, and compared, on the page of the report
            link = str(event.data["copied_from"])
            url = url_for("applications.case", reference=link)
        elif event.kind in SUBMITTED and "submission" in event.data:
            url, link = _submission_link(case, int(event.data["submission"]), papers)
        past.append(
            Entry(
                i18n.show_message(labels.event_label(event.kind, staff=False)),
                i18n.show_date(event.at, zone=zone),
                event.at.isoformat(timespec="seconds"),
                _actor_of(event),
                url=url,
                link=link,
                tone="late" if event.kind == "lapsed" else None,
            )
        )
    return [*_ahead(workflow, case.state, events), *past]


SUBMITTED = ("submitted", "resubmitted", "revised", "report_submitted")


def _submission_link(case: Case, number: int, papers: Mapping[str, Document]) -> tuple[str | None, str | None]:
    if number > 1:
        return url_for("applications.changes", reference=case.reference, number=number), gettext("what changed")
    paper = papers.get(f"submission-{number}") or papers.get(f"report-{number}")
    if paper is None:
        return None, None
    return url_for("applications.document", reference=case.reference, document_id=paper.id), gettext("PDF")


def _actor_of(event: Event) -> str | None:
    """Staff by their role, the applicant's own people by name, the portal not at all."""
    if event.actor_id is None or event.actor_role == "system":
        return None
    if event.actor_role in STAFF_ROLES:
        return i18n.show_message(role_name(event.actor_role))
    return event.actor_name


def _ahead(workflow: Workflow, state: str, events: Sequence[Event]) -> list[Entry]:
    happened = {event.kind for event in events}
    possible = kinds_ahead(workflow, state)
    coming = [kind for kind in labels.MILESTONES if kind in possible and kind not in happened][:2]
    words = [i18n.show_message(labels.event_label(kind, staff=False)) for kind in coming]
    return [Entry(what, gettext("still to come"), ahead=True) for what in reversed(words)]


def next_step(
    case: Case, state: State, views: Sequence[ClockView], moves: Sequence[tuple[str, str]], zone: str
) -> NextStep:
    """The card on top of a case that is no draft.

    :param moves: (label, address) of what the actor may do now besides editing.
    """
    buttons = tuple((label, url, True) for label, url in moves)
    if state.is_end:
        text = "" if buttons else gettext("There is nothing more to do here.")
        return NextStep(gettext("This case has ended"), text, buttons=buttons)
    if state.editable == "returned":
        return _returned_step(case, views, zone)
    if state.owner == "recipient":
        return _recipient_step(case, state, views, zone)
    if moves:
        return NextStep(gettext("A question waits for your answer"), "", "soon", buttons)
    holders = {"translator": gettext("The translator has it now."), "member": gettext("The members have it now.")}
    text = holders.get(state.owner) or gettext("The secretariat has it now.")
    heard = _by_when(views, clocks.OURS, zone)
    return NextStep(gettext("Nothing to do for you now"), f"{text} {heard}".strip())


def _returned_step(case: Case, views: Sequence[ClockView], zone: str) -> NextStep:
    count = len(case.returned_sections)
    title = ngettext(
        "Complete %(number)s section and send it again",
        "Complete %(number)s sections and send them again",
        count,
        number=i18n.show_number(count),
    )
    url = url_for("applications.check", reference=case.reference)
    due = _by_when(views, ("applicant", "recipient"), zone)
    return NextStep(title, due, "soon", ((gettext("Check and send"), url, True),))


def _recipient_step(case: Case, state: State, views: Sequence[ClockView], zone: str) -> NextStep:
    signing = state.code == "signing"
    words = MADE[instruments.makes(case.instrument)]
    title = gettext("The agreement waits for your signatory") if signing else i18n.show_message(words.under_way)
    endpoint = words.agreement if signing else words.page
    label = gettext("Read the agreement") if signing else i18n.show_message(words.open)
    # What is made is a feature above this one: an installation without it simply has no such button.
    known = endpoint in current_app.view_functions
    buttons = ((label, url_for(endpoint, reference=case.reference), True),) if known else ()
    return NextStep(title, _by_when(views, ("recipient",), zone), "soon" if signing else "plain", buttons)


def _by_when(views: Sequence[ClockView], sides: tuple[str, ...], zone: str) -> str:
    """By when whoever has it promised to act."""
    first = min((v for v in views if v.due_at and v.side in sides), key=lambda v: v.due_at or FAR, default=None)
    if first is None or first.due_at is None:
        return ""
    when = clocks.due_words(first.due_at, zone)
    if first.state == "late":
        return gettext("This was promised by %(when)s and is late.", when=when)
    if sides == clocks.OURS:
        return gettext("You will hear from us by %(when)s.", when=when)
    return gettext("Please do it by %(when)s.", when=when)


# -- what a call promises


@promised_by
def published_promises(instrument: str) -> list[Promise]:
    """Our published standards for an application, newest version of each, in the order of the process."""
    order = [row["code"] for row in instruments.standards_data(instrument, instruments.APPLICATION)]
    newest: dict[str, Promise] = {}
    for version in standards.versions(instrument, instruments.APPLICATION):
        standard = standards.parsed(version)
        if standard.side in clocks.OURS and standard.code not in newest:
            newest[standard.code] = Promise(
                standard.code,
                Text(standard.name),
                Text(standard.promise),
                standard.side,
                standard.amount,
                standard.unit,
                clocks.days(standard.amount, standard.unit),
                standard.target_percent,
            )
    return sorted(newest.values(), key=lambda p: order.index(p.code) if p.code in order else len(order))
