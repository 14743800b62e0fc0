"""Draw up a partnership agreement from what was approved: its years, and its text in every language it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from forms.engine import answers as reading
from forms.engine.context import Context
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case, Document, Submission
from portal.cases.rules.articles import articles
from portal.cases.service import agreements, document, signatories
from portal.cases.service.steps import Step, effect
from portal.core.errors import NotNow
from portal.core.text import N_
from portal.infra import i18n
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.partnerships import queries
from portal.partnerships.models import Partnership
from portal.review.queries.record import standing_decision
from portal.review.service.decide import APPROVALS
from portal.tenants import queries as tenants
from portal.translation import queries as translations


@effect("prepare_agreement")
def prepare_agreement(step: Step) -> None:
    """With an approving decision: make the partnership from the last submission and have its agreement typeset.

    :raises NotNow: when nothing was decided or submitted, or the approved proposal names no period.
    """
    decision = standing_decision(step.case.id)
    if decision is None:
        raise NotNow(N_("There is no decision yet to send a letter about."))
    step.facts.setdefault("outcome", decision.outcome)
    if decision.outcome not in APPROVALS:
        return
    snapshot = cases.last_submission(step.case.id)
    if snapshot is None:
        raise NotNow(N_("Nothing was submitted that could be agreed on."))
    partnership = _partnership(step, snapshot)
    key = f"{queries.KIND}-{_made(step.case) + 1}"
    for language in agreements.languages_of(step.case):
        source = source_of(step.case, partnership, snapshot, decision.conditions, language, step.now)
        document.request(step.case, queries.KIND, key, language, source, step.now, audience="staff")


def _partnership(step: Step, snapshot: Submission) -> Partnership:
    """The case's partnership, new or made anew: a reopened case may be approved a second time, for other years."""
    case = step.case
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    years = Decimal(reading.promote(definition, snapshot.answers).get("years") or 0)
    if years < 1 or years != int(years):
        raise NotNow(N_("The approved proposal names no period in whole years; an agreement cannot be made of it."))
    partnership = queries.locked(case.id) or Partnership(case_id=case.id)
    if partnership.accepted_at is not None:
        raise NotNow(N_("The agreement of this partnership was accepted already; it is changed by an amendment."))
    for paper in queries.agreements_of(case.id):
        paper.void_at = step.now
    partnership.submission_number, partnership.years, partnership.created_at = snapshot.number, int(years), step.now
    partnership.signatory_id, partnership.signatory_name, partnership.sent_at = None, "", None
    db.session.add(partnership)
    db.session.flush()
    return partnership


def _made(case: Case) -> int:
    """How often an agreement was drawn up for a case, void ones too."""
    keys = func.count(func.distinct(Document.key))
    found = db.session.scalar(select(keys).where(Document.case_id == case.id, Document.kind == queries.KIND))
    return found or 0


def source_of(
    case: Case, partnership: Partnership, snapshot: Submission, conditions: str, language: str, now: datetime
) -> dict[str, Any]:
    """The plain values an agreement in one language is made of."""
    answers = translations.read_in(case, snapshot, language)
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    promoted = reading.promote(definition, answers)
    texts = instruments.instrument(case.instrument).documents["agreement"]
    tenant, facts = tenants.by_id(case.tenant_id), document.facts(case)
    signatory = signatories.signatory_of(case)
    title = str(promoted.get("title") or case.title)
    recipient = str(promoted.get("recipient") or facts["organisation"])
    with i18n.in_language(language):
        values = {
            "reference": case.reference,
            "organisation": facts["organisation"],
            "recipient": recipient,
            "city": case.city or i18n.show_country(case.country),
            "title": title,
            "tenant": tenant.name.get(language),
            "date": i18n.show_date(now, zone=tenant.zone),
            "years": i18n.show_number(partnership.years),
            "conditions": conditions.strip(),
        }
        context = Context(today=now.date(), currency=case.currency, locale=language, language=language)
        shown = reading.show(definition, answers, language, context)
        asked = {f"{part.code}.{one.code}": asdict(one) for part in shown for one in part.questions if not one.empty}
        annexes = _annexes(texts.get("annexes", ()), asked, language)
    source: dict[str, Any] = document.plain(
        {
            **facts,
            "heading": texts["title"].fill(language, values),
            "title": title,
            "recipient": recipient,
            "years": partnership.years,
            "date": now.astimezone(ZoneInfo(tenant.zone)).date().isoformat(),
            "articles": articles(texts.get("articles", ()), values, language),
            "annexes": annexes,
            "submission": snapshot.number,
            "sha256": snapshot.sha256,
            "signed_by": snapshot.signed_by_name,
            "signatory": signatory.plain() if signatory else None,
        }
    )
    return source


def _annexes(rows: Iterable[Any], asked: dict[str, dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """What the approved proposal says, under the headings of the instrument (call inside the language).

    A question without an answer is left out, and so is an annex without any.

    :param rows: ``heading`` and ``questions`` (as "section.question") of each annex.
    """
    found: list[dict[str, Any]] = []
    for row in rows:
        questions = [asked[path] for path in row["questions"] if path in asked]
        if questions:
            what, number = row["heading"].get(language), i18n.show_number(len(found) + 1)
            heading = gettext("Annex %(number)s: %(what)s", number=number, what=what)
            found.append({"heading": heading, "questions": questions})
    return found
