"""Evaluations as their pages show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from forms.engine import answers as reading
from forms.engine.build import BoundSection, bind_whole, parse_question
from forms.engine.context import Context
from forms.engine.definition import FormDefinition, Problem
from forms.engine.kinds_place import countries
from forms.engine.shown import ShownSection
from portal.applications.show import answer_text, kind_name
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.core.errors import Invalid
from portal.core.text import N_, Message
from portal.evaluation import queries
from portal.evaluation.models import Evaluation, EvaluationRound
from portal.evaluation.rules import blind, conflicts, topics
from portal.infra import i18n
from portal.translation import queries as translations

STATES: dict[str, tuple[Message, str]] = {
    queries.ASSIGNED: (N_("Waits for the declaration"), "soon"),
    queries.DECLARED: (N_("Not begun"), "plain"),
    queries.DRAFT: (N_("Draft"), "plain"),
    queries.FILED: (N_("Filed"), "kept"),
    queries.CONFLICTED: (N_("Conflict of interest"), "late"),
    queries.DECLINED: (N_("Declined"), "waiting"),
    queries.RELEASED: (N_("Released"), "waiting"),
}
HINTS: dict[str, Message] = {
    "city": N_("same city"),
    "country": N_("same country"),
    "organisation": N_("same organisation"),
    "mentor": N_("knows a person behind it"),
}
HONORARIA: dict[str, Message] = {"due": N_("due"), "paid": N_("paid"), "waived": N_("waived")}
PARTS: dict[str, Message] = {
    "ldc": N_("Least developed countries"),
    "lic": N_("Other low-income countries"),
    "lmic": N_("Lower middle income"),
    "umic": N_("Upper middle income"),
    "africa": N_("Africa"),
    "asia": N_("Asia"),
    "americas": N_("Americas"),
    "europe": N_("Europe"),
    "oceania": N_("Oceania"),
    "other": N_("Other"),
}


def state_name(one: Evaluation) -> tuple[str, str]:
    """The name of an evaluation's state, and its tone."""
    name, tone = STATES[one.state]
    return i18n.show_message(name), tone


def label(row: EvaluationRound, case: Case) -> str:
    """What an evaluator knows the case by: its reference, or in a blind round a number that tells nothing."""
    return blind.number(row.id, case.id) if row.blind else case.reference


def facts(one: Evaluation, row: EvaluationRound, case: Case) -> dict[str, Any]:
    """What she may know before she has declared herself: no title, no name, no text."""
    name, tone = state_name(one)
    return {
        "id": one.id,
        "label": label(row, case),
        "country": i18n.show_country(case.country),
        "instrument": kind_name(case),
        "language": i18n.show_language(case.language),
        "round": i18n.show_text(row.title),
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "zone": row.zone,
        "state": name,
        "tone": tone,
    }


def application(case: Case, row: EvaluationRound, language: str, now: datetime) -> list[ShownSection]:
    """The application as the evaluator reads it: in a blind round without names, never with files to open.

    :param language: the language of the answers: the case's own, or that of an accepted translation.
    """
    snapshot = cases.last_submission(case.id)
    if snapshot is None:
        return []
    form = instruments.form(case.instrument, case.process, snapshot.form_version)
    answers: Any = translations.read_in(case, snapshot, language)
    if row.blind:
        answers = blind.masked(form, answers, *queries.names_of(case, snapshot))
        form = blind.without_names(form)
    locale = i18n.locale_code()
    context = Context(today=now.date(), currency=case.currency, locale=locale, language=case.language)
    return [section for section in reading.show(form, answers, locale, context) if section.questions]


def parties(row: EvaluationRound, case: Case) -> list[tuple[str, str]]:
    """Who applies, where and with whom: without these names nobody can say whether she is bound to them.

    Nothing in a blind round: there the portal compares for her.
    """
    if row.blind:
        return []
    subject = queries.subjects([case])[0]
    found = [
        (i18n.gettext("Cities"), i18n.show_list(subject.cities)),
        (i18n.gettext("Organisations named in it"), i18n.show_list(subject.organisations)),
        (i18n.gettext("People named in it"), i18n.show_list(subject.people)),
    ]
    return [(label, names) for label, names in found if names]


def hints_now(row: EvaluationRound, case: Case, found: list[Evaluation]) -> dict[UUID, list[dict[str, str]]]:
    """What hints at a conflict, by evaluation: what was kept when she was asked, and what her profile says since."""
    subject = queries.subjects([case])[0]
    people = {one.person_id: one for one in queries.evaluators(case.tenant_id, row.id)}
    told: dict[UUID, list[dict[str, str]]] = {}
    for one in found:
        kept: list[dict[str, str]] = one.reasons.get("hints", [])
        person = people.get(one.person_id)
        since = [hint.to_data() for hint in conflicts.hints(person, subject)] if person else []
        told[one.id] = [*kept, *(hint for hint in since if hint not in kept)]
    return told


def noticed(row: EvaluationRound, case: Case, one: Evaluation) -> list[str]:
    """What hints at a conflict, for the evaluator herself; in a blind round only of what sort it is."""
    found = hints_now(row, case, [one])[one.id]
    if not row.blind:
        return hints(found)
    return list(dict.fromkeys(i18n.show_message(HINTS[hint["kind"]]) for hint in found))


def topic_names() -> dict[str, str]:
    """Every subject an evaluator may be an expert in, by code, in the reader's language."""
    return {code: i18n.show_text(name) for code, name in topics.known().items()}


def country_code(written: str) -> str:
    """The code of a country written in the reader's language or as two letters; what is neither comes back as it is."""
    names = {conflicts.folded(name): code for code, name in countries(i18n.locale_code())}
    codes = set(names.values())
    return names.get(conflicts.folded(written)) or (written.upper() if written.upper() in codes else written)


def languages(case: Case) -> list[str]:
    """The languages in which the answers can be read: their own first, then those of accepted translations."""
    accepted = [one.language for one in translations.versions(case.id) if one.accepted_at is not None]
    return list(dict.fromkeys([case.language, *accepted]))


def bound(row: EvaluationRound, case: Case, answers: Any, now: datetime, formdata: Any = None) -> list[BoundSection]:
    """The review form with what was judged so far, and with what was just typed."""
    definition, context = _review(row, case, now)
    return bind_whole(definition, context=context, answers=answers, formdata=formdata)


def judged(row: EvaluationRound, case: Case, answers: Any, now: datetime) -> list[ShownSection]:
    """A filed evaluation ready to be read."""
    definition, context = _review(row, case, now)
    return reading.show(definition, answers, context.locale, context)


def typed(
    row: EvaluationRound, case: Case, answers: Any, code: str, formdata: Any, now: datetime
) -> tuple[tuple[str, str], Any, list[Problem]]:
    """One answer of the review form as it was just typed: where it belongs, its value, what is wrong with its shape.

    The form stands on one page, so a question is known by its code alone.

    :raises Invalid: (``question``) when the form does not ask it.
    """
    definition, context = _review(row, case, now)
    for section in definition.sections:
        if code in {question.code for question in section.questions}:
            stored = answers.get(section.code, {})
            value, problems = parse_question(definition, section.code, code, formdata, context, stored)
            return (section.code, code), value, problems
    raise Invalid({"question": N_("This question is not in this form. Load the page again.")})


def one_answer(row: EvaluationRound, case: Case, path: tuple[str, str], value: Any, now: datetime) -> str:
    """An answer of the review form as lines of text, to be held beside another one."""
    definition, context = _review(row, case, now)
    section, code = path
    return answer_text(definition.section(section).question(code), value, context.locale, context)


def _review(row: EvaluationRound, case: Case, now: datetime) -> tuple[FormDefinition, Context]:
    locale = i18n.locale_code()
    context = Context(today=now.date(), currency=case.currency, locale=locale, language=locale)
    return instruments.form(row.instrument, "review", row.form_version), context


def why(one: Evaluation) -> str:
    """Why she was chosen, in one line of plain facts."""
    reasons = one.reasons
    by = N_("chosen by the rules") if reasons.get("by") == "rule" else N_("chosen by hand")
    bits = [i18n.show_message(by)]
    known, spoken = reasons.get("topics") or [], reasons.get("languages") or []
    if known:
        names = topic_names()
        bits.append(
            i18n.gettext("knows: %(subjects)s", subjects=i18n.show_list(names.get(code, code) for code in known))
        )
    else:
        bits.append(i18n.gettext("no subject of hers"))
    if spoken:
        bits.append(i18n.gettext("reads %(languages)s", languages=i18n.show_list(map(i18n.show_language, spoken))))
    load, most = (i18n.show_number(reasons.get(key, 0)) for key in ("load", "most"))
    bits.append(i18n.gettext("had %(load)s of at most %(most)s cases", load=load, most=most))
    return " · ".join(bits)


def honorarium(one: Evaluation) -> str:
    """Whether an honorarium is due, was paid or was waived; empty when none is owed."""
    return i18n.show_message(HONORARIA[one.honorarium_state]) if one.honorarium_state else ""


def hints(found: list[dict[str, str]]) -> list[str]:
    """What hinted at a conflict, ready to be read."""
    return [
        f"{i18n.show_message(HINTS[hint['kind']])}: "
        f"{i18n.show_country(hint['what']) if hint['kind'] == 'country' else hint['what']}"
        for hint in found
    ]
