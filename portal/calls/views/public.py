"""Pages: the calls of a tenant, and one call with what it funds, who may apply, and what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from flask import g, render_template

from portal.calls import queries
from portal.calls.models import Call, Clarification
from portal.calls.rules import instruments
from portal.calls.service import questions
from portal.calls.views.base import Words, amount_limit, blueprint, rules_of, words
from portal.core import recipients
from portal.core.permissions import Permission, holds, holds_in
from portal.core.text import N_, Message
from portal.infra.access import public_page
from portal.infra.i18n import locale_code
from portal.organisations import queries as organisations

KINDS: dict[str, Message] = {
    "city": N_("Cities and municipalities"),
    "association": N_("Associations of cities"),
    "national_government": N_("National governments"),
    "regional_government": N_("Regional governments"),
    "member": N_("Members"),
    "ngo": N_("Non-governmental organisations"),
    "firm": N_("Firms"),
}


@dataclass(frozen=True)
class CallRow:
    """A call as the list shows it."""

    call: Call
    words: Words
    instrument_title: object
    is_open: bool
    amount_limit: Decimal | None


def _row(call: Call, now: datetime) -> CallRow:
    title = instruments.instrument(call.instrument).title
    return CallRow(call, words(call), title, call.is_open(now), amount_limit(call))


@blueprint.get("/<tenant>/calls/")
@public_page
def calls() -> str:
    """Every call: open ones first."""
    now = datetime.now(UTC)
    opened = [_row(call, now) for call in queries.open_calls(now)]
    others = [_row(call, now) for call in queries.other_calls(now)]
    managed = g.actor is not None and holds(g.actor, Permission.CALL_MANAGE)
    return render_template("pages/calls/calls.html", opened=opened, others=others, now=now, managed=managed)


@blueprint.get("/<tenant>/calls/<code>/")
@public_page
def call(code: str) -> str:
    """One call: what it funds, who may apply, what is promised, and where to start."""
    return call_page(queries.by_code(code), {}, {})


def call_page(found: Call, form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    """The page of a call. :param form: a question that could not be taken, with what was wrong with it."""
    now = datetime.now(UTC)
    instrument = instruments.instrument(found.instrument)
    rules = rules_of(found)
    mine = [o for o in organisations.organisations_of(g.actor) if _may_start(o.id)] if g.actor else []
    fitting = [o for o in mine if o.kind in instrument.applicant_kinds]
    is_open = found.is_open(now)
    if not is_open and fitting:  # a late entry is one organisation's alone
        fitting = [o for o in fitting if queries.takes_from(found, o.id, now)]
    languages = [code for code in found.languages if code in instrument.languages]
    return render_template(
        "pages/calls/call.html",
        call=found,
        words=words(found),
        managed=g.actor is not None and holds(g.actor, Permission.CALL_MANAGE),
        instrument=instrument,
        form=instruments.form(found.instrument, instruments.APPLICATION, found.form_version),
        kinds=[KINDS[kind] for kind in instrument.applicant_kinds if kind in KINDS],
        is_open=is_open,
        extensions=queries.extensions(found),
        asked=form,
        problems=problems,
        answered=[shown_answer(row) for row in queries.answered(found)],
        may_ask=bool(mine),
        no_questions=questions.why_not(found, now),
        waiting=queries.waiting_of(found, g.actor.person_id) if mine else 0,
        begins_later=found.opens_at > now,
        amount_limit=amount_limit(found),
        pages=rules.page_limits.get(found.instrument),
        eligible=len(recipients.recipients(found.eligible_on)) if rules.eligible_from_oda_list else None,
        next_instrument=instruments.instrument(found.next_instrument) if found.next_instrument else None,
        promises=queries.promises(found.instrument),
        organisations=fitting,
        has_organisations=bool(mine),
        call_languages=languages,
        chosen_language=_language_for(languages, fitting[0].language if fitting else ""),
    )


@dataclass(frozen=True)
class Answered:
    """A question with its answer, in the one language a reader gets both in; who asked is not told."""

    number: int
    question: str
    answer: str
    language: str
    foreign: bool
    at: datetime


def shown_answer(row: Clarification) -> Answered:
    """A question with its answer as the reader gets both: in her language, else in one that is there."""
    language = next((code for code in (locale_code(), "en", *row.answer) if code in row.answer), locale_code())
    foreign = language != locale_code()
    at = row.answered_at or row.asked_at
    return Answered(row.number, row.public_question[language], row.answer[language], language, foreign, at)


def _may_start(organisation_id: object) -> bool:
    return holds_in(g.actor, Permission.CASE_START, organisation_id)


def _language_for(languages: list[str], own: str) -> str:
    """The language offered first: the organisation's, else the reader's, else the call's first."""
    return next((code for code in (own, locale_code()) if code in languages), languages[0] if languages else "")
