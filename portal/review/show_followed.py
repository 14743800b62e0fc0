"""What an approval asks for, as pages show it: in the words of the reader's side, with how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for

from portal.cases.models import Case
from portal.cases.service import route
from portal.core.routes import OBLIGATION_NAMES
from portal.core.text import N_, Message
from portal.infra import i18n
from portal.infra.i18n import gettext
from portal.review.models import Condition
from portal.review.queries import followed
from portal.tenants import queries as tenants

STATES: dict[str, tuple[Message, str]] = {
    "open": (N_("Still open"), "soon"),
    "claimed": (N_("Evidence given, to be checked"), "waiting"),
    "met": (N_("Met"), "kept"),
    "waived": (N_("Waived"), "plain"),
}


@dataclass(frozen=True)
class Followed:
    """A condition or an obligation with how far it is.

    :param text: what is asked for; :param lang: the language it is written in, empty when nobody knows.
    :param note: the evidence, or the reason it was waived or refused, by :param by: at :param at: (UTC).
    :param file: the document that shows it: its name and its address, empty when there is none.
    :param due: the day by which it is due, in words; :param due_on: the same as ISO date.
    """

    id: str
    number: str
    text: str
    lang: str
    why: str
    is_obligation: bool
    code: str
    state: str
    tone: str
    note: str
    by: str
    at: datetime
    due: str
    due_on: str
    is_late: bool
    is_settled: bool
    file: tuple[str, str]


def shown(case: Case, rows: Iterable[Condition], now: datetime, *, client: bool) -> list[Followed]:
    """The conditions and obligations of a case in the reader's language.

    :param client: in the words of the letter that the applicant got, where it has its own. :param now: UTC.
    """
    found = list(rows)
    own = followed.client_words(case, found) if client else {}
    why = (
        {one.code: one.reason for one in route.obligations_of(case)}
        if any(r.kind == "obligation" for r in found)
        else {}
    )
    today = now.astimezone(ZoneInfo(tenants.by_id(case.tenant_id).zone)).date()
    page = "review.own_evidence" if client else "review.evidence"
    links = {
        key: (file.name, url_for(page, reference=case.reference, condition_id=key))
        for key, file in followed.evidence(found).items()
    }
    return [
        _one(row, own, why, links.get(row.id, ("", "")), late=row.due_on is not None and row.due_on < today)
        for row in found
    ]


def _one(
    row: Condition,
    own: Mapping[int, tuple[str, str]],
    why: Mapping[str, Message],
    file: tuple[str, str],
    *,
    late: bool,
) -> Followed:
    state, tone = STATES[row.state]
    settled = row.state in ("met", "waived")
    is_obligation = row.kind == "obligation"
    text, lang = own.get(row.number, (row.body, ""))
    if is_obligation and row.code in OBLIGATION_NAMES:
        text, lang = i18n.show_message(OBLIGATION_NAMES[row.code]), i18n.locale_code()
    return Followed(
        str(row.id),
        i18n.show_number(row.number),
        text,
        lang,
        i18n.show_message(why[row.code]) if row.code in why else "",
        is_obligation,
        row.state,
        i18n.show_message(state) if not (late and not settled) else gettext("Late"),
        "late" if late and not settled else tone,
        row.evidence,
        row.changed_by_name if row.evidence else "",
        row.changed_at,
        i18n.show_date(row.due_on) if row.due_on else "",
        row.due_on.isoformat() if row.due_on else "",
        late and not settled,
        settled,
        file,
    )
