"""How the desk and a case are shown: plain values in the reader's language, so that templates decide nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from markupsafe import Markup

from forms.engine import answers as reading
from forms.engine.context import Context
from forms.engine.shown import Change, Shown
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import Case, Submission
from portal.cases.service import pages, route, stages
from portal.core import recipients
from portal.core.actor import Actor, Role
from portal.infra import i18n
from portal.infra.i18n import gettext, ngettext
from portal.review.queries.desk import ALL, MINE, Group
from portal.review.rules import checks
from portal.review.rules.desk import TABS
from portal.standards.show import ClockView, urgent_view
from portal.tenants.models import Tenant
from portal.translation.models import TranslationVersion

OTHERS = ("applicant", "recipient", "translator")


# -- the desk


@dataclass(frozen=True)
class DeskRow:
    """A case in the list."""

    reference: str
    url: str
    title: str
    lang: str
    dir: str
    translated: str
    instrument: str
    place: str
    country: str
    language: str
    language_name: str
    to_language: str
    to_language_name: str
    amount: str
    state: str
    tone: str
    clock: ClockView
    monitor: str


def desk_rows(rows: Iterable[Any], now: datetime, working: list[str], address: tuple[str, str]) -> list[Markup]:
    """The rows of a list as the reader sees them.

    :param now: UTC. :param working: the languages the secretariat works in.
    :param address: what stands before and after the reference in a case's address.
    """
    minute, language = now.replace(second=0, microsecond=0), i18n.locale_code()
    return [_row_markup(row, minute, language, tuple(working), address) for row in rows]


@lru_cache(maxsize=5000)
def _row_markup(row: Any, now: datetime, _language: str, working: tuple[str, ...], address: tuple[str, str]) -> Markup:
    """A row in the language in use, as it stands in this minute: lists show the same rows again and again.

    The row's values are the key, so that a change of the case is seen at once.
    """
    template = current_app.jinja_env.get_template("pages/review/desk_row.html")
    return Markup(template.render(row=_desk_row(row, now, working, address)))  # noqa: S704 - made by an escaping template


def _desk_row(row: Any, now: datetime, working: tuple[str, ...], address: tuple[str, str]) -> DeskRow:
    state = instruments.workflow(row.instrument, row.process, row.workflow_version).states[row.state]
    return DeskRow(
        reference=row.reference,
        url=f"{address[0]}{row.reference}{address[1]}",
        title=row.title or gettext("Without a title"),
        lang=row.language,
        dir=i18n.direction(row.language),
        translated=row.title_translated or "",
        instrument=_kind_name(row),
        place=row.city,
        country=i18n.show_country(row.country),
        language=row.language,
        language_name=i18n.show_language(row.language),
        to_language="" if row.language in working else working[0],
        to_language_name="" if row.language in working else i18n.show_language(working[0]),
        amount=i18n.show_money(row.amount, row.currency),
        state=i18n.show_text(state.name),
        tone="waiting" if row.owner in OTHERS else "plain",
        clock=urgent_view(row, now),
        monitor=row.monitor or "",
    )


def _kind_name(row: Any) -> str:
    """What sort of case a row is: the instrument's name, or the report's."""
    if row.kind == "report":
        return i18n.show_text(instruments.form(row.instrument, row.process, 1).title)
    return i18n.show_text(instruments.instrument(row.instrument).title)


def default_tab(actor: Actor) -> str:
    """The tab with which the desk opens: an officer's own cases, what a manager has to decide, else all."""
    if actor.has(Role.PROGRAMME_OFFICER):
        return MINE
    return "deciding" if actor.has(Role.PROGRAMME_MANAGER) else ALL


def tab_counts(groups: Iterable[Group]) -> dict[str, int]:
    """How many cases each tab holds."""
    counts: dict[str, int] = dict.fromkeys(TABS, 0)
    for group in groups:
        counts[group.tab] = counts.get(group.tab, 0) + group.cases
        counts[MINE] += group.mine
        if group.owner != "nobody":
            counts[ALL] += group.cases
    return counts


def tab_label(tab: str) -> str:
    """The name of a tab; one that a workflow brought is called as its state."""
    if tab in TABS:
        return i18n.show_message(TABS[tab])
    for code in instruments.all_instruments():
        for process in instruments.processes(code):
            states = instruments.workflow(code, process, 1).states
            if tab in states:
                return i18n.show_text(states[tab].name)
    return tab


def state_choices() -> dict[str, str]:
    """Every state of every workflow by its code, under the name the secretariat knows; the first workflow names it."""
    return _state_choices(i18n.locale_code())


@lru_cache(maxsize=256)
def sorted_choices(choices: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Values and labels in the order of the labels; the same few lists come again and again."""
    return sorted(choices, key=lambda item: item[1])


@lru_cache(maxsize=32)
def _state_choices(_language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code in instruments.all_instruments():
        for process in instruments.processes(code):
            for state in instruments.workflow(code, process, 1).states.values():
                if state.code != "draft":
                    found.setdefault(state.code, i18n.show_text(state.name))
    return found


def figures(groups: list[Group], kept: tuple[int, int], is_officer: bool) -> list[dict[str, Any]]:
    """The four numbers on top of the desk."""
    ours = sum(g.cases for g in groups if g.owner == "secretariat")
    mine = sum(g.mine for g in groups if g.owner == "secretariat")
    late = sum(g.late for g in groups)
    due = sum(g.mine_due for g in groups)
    waiting = {owner: sum(g.cases for g in groups if g.owner == owner) for owner in OTHERS}
    clients = waiting["applicant"] + waiting["recipient"]
    met, whole = kept
    number = i18n.show_number
    clients_words = ngettext(
        "%(number)s applicant or recipient", "%(number)s applicants or recipients", clients, number=number(clients)
    )
    translators = waiting["translator"]
    translators_words = ngettext(
        "%(number)s translator", "%(number)s translators", translators, number=number(translators)
    )
    return [
        {
            "label": gettext("Mine to do") if is_officer else gettext("For the secretariat to do"),
            "value": number(mine if is_officer else ours),
            "note": ngettext("%(number)s due today or late", "%(number)s due today or late", due, number=number(due))
            if is_officer
            else "",
        },
        {
            "label": gettext("Late"),
            "value": number(late),
            "note": gettext("in the whole secretariat"),
            "meaning": "late" if late else "plain",
        },
        {
            "label": gettext("Waiting for others"),
            "value": number(sum(waiting.values())),
            "note": f"{clients_words} · {translators_words}",
        },
        {
            "label": gettext("Promises kept this quarter"),
            "value": i18n.show_percent(met / whole) if whole else "–",
            "note": ngettext("%(number)s promise ended", "%(number)s promises ended", whole, number=number(whole)),
        },
    ]


def day_end(now: datetime, zone: str) -> datetime:
    """The instant at which the present day ends in a zone."""
    here = now.astimezone(ZoneInfo(zone))
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


# -- a case


@dataclass(frozen=True)
class ShownAnswer:
    """An answer as the officer reads it, with the original beside the translation where there is one.

    :param original: as it was written, when the application is read in translation.
    :param translated: whether a translator wrote it (a choice or a figure needs no translation).
    :param changed: differs from the submission before.
    """

    code: str
    label: str
    answer: Shown
    original: Shown | None
    translated: bool
    changed: bool


@dataclass(frozen=True)
class ShownPart:
    """A section of the application as the officer reads it."""

    code: str
    title: str
    answers: tuple[ShownAnswer, ...]
    returned_for: str


def plain_context(case: Case, locale: str, now: datetime) -> Context:
    """What showing answers needs to know; names of organisations and files stand in the answers themselves."""
    return Context(today=now.date(), currency=case.currency, locale=locale, language=case.language)


def parts(
    case: Case,
    snapshot: Submission,
    before: Submission | None,
    version: TranslationVersion | None,
    locale: str,
    now: datetime,
) -> tuple[list[ShownPart], list[Change]]:
    """The application section by section, and what changed since the submission before.

    :param version: the translation that is shown beside the original, if there is one.
    :param locale: the reader's language, in which labels and figures are written.
    """
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    context = plain_context(case, locale, now)
    changes: list[Change] = []
    if before is not None and before.form_version == snapshot.form_version:
        changes = reading.diff(definition, before.answers, snapshot.answers, locale, context)
    changed = {(change.section, change.code) for change in changes}
    texts = dict(version.texts) if version else {}
    originals: dict[tuple[str, str], Shown] = {}
    if texts:
        own = plain_context(case, case.language, now)
        written = reading.show(definition, snapshot.answers, case.language, own)
        originals = {(section.code, shown.code): shown for section in written for shown in section.questions}
    translated = {".".join(path.split(".")[:2]) for path in texts}
    answers = reading.with_translation(definition, snapshot.answers, texts) if texts else snapshot.answers
    found = []
    for section in reading.show(definition, answers, locale, context):
        shown_answers = tuple(
            ShownAnswer(
                shown.code,
                shown.label,
                shown,
                originals.get((section.code, shown.code)),
                f"{section.code}.{shown.code}" in translated,
                (section.code, shown.code) in changed,
            )
            for shown in section.questions
        )
        found.append(
            ShownPart(section.code, section.title, shown_answers, case.returned_sections.get(section.code, ""))
        )
    return found, changes


def machine_checks(case: Case, snapshot: Submission, call: Call | None, tenant: Tenant) -> list[dict[str, str]]:
    """What the machine has looked at, in the reader's language."""
    rules = route.policy_of(case, call)
    listed = call is not None and rules.eligible_from_oda_list
    on: date | None = call.eligible_on if call else None
    about = checks.Circumstances(
        eligible=recipients.recipients(call.eligible_on) if call is not None and listed else None,
        eligible_on=on,
        limit=stages.limit_of(case, rules),
        currency=case.currency,
        sponsors_needed=rules.sponsors_needed,
        language=case.language,
        working_languages=tuple(tenant.working_languages),
    )
    told = checks.screening(route.told_by_screening(case.instrument, snapshot.answers))
    return [
        {"text": i18n.show_message(check.text), "meaning": check.meaning}
        for check in (*checks.run(snapshot.answers, about), *checks.length(pages.said_of(case, snapshot.number)), *told)
    ]


def translation_state(version: TranslationVersion | None) -> str:
    """What a translation is, in a few words."""
    if version is None:
        return str(gettext("Not translated"))
    if version.state == "accepted":
        return str(
            gettext(
                "Translated by %(who)s, checked by %(checker)s on %(day)s",
                who=version.translator_name,
                checker=version.accepted_by_name,
                day=i18n.show_date(version.accepted_at),
            )
        )
    if version.state == "filed":
        return str(
            gettext(
                "Translated by %(who)s, filed on %(day)s, not checked yet",
                who=version.translator_name,
                day=i18n.show_date(version.filed_at),
            )
        )
    return str(gettext("Draft by %(who)s, not finished", who=version.translator_name))


def next_title(case: Case, clock: ClockView, can_act: bool) -> tuple[str, str]:
    """What the card on top of a case says, and its colour."""
    if not case.is_open:
        return str(gettext("This case has ended; nothing is to be done.")), "plain"
    if can_act and clock.code and clock.state in ("running", "late"):
        return f"{clock.name} · {clock.pill}", clock.tone if clock.tone != "plain" else "plain"
    if can_act:
        return str(gettext("Your step")), "plain"
    waits = {
        "applicant": gettext("Waiting for the applicant"),
        "recipient": gettext("Waiting for the recipient"),
        "translator": gettext("Waiting for the translator"),
        "secretariat": gettext("Waiting for a colleague in the secretariat"),
        "member": gettext("Waiting for the members"),
    }
    return waits.get(case.owner, gettext("Nothing is to be done by you now")), "waiting"
