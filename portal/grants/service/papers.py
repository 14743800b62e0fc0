"""The agreement as documents: one in the recipient's language, one in the tenant's working language, both frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases.models import Case, Document, Submission
from portal.cases.rules import articles as rules
from portal.cases.service import agreements, document, signatories
from portal.core.text import Text
from portal.grants import queries
from portal.grants.models import Grant, GrantLine
from portal.grants.rules import terms
from portal.infra import i18n
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.translation import queries as translations

KIND = "agreement"


def prepare_agreement(case: Case, grant: Grant, snapshot: Submission, conditions: str, now: datetime) -> list[Document]:
    """Freeze the agreement from the approved snapshot and ask for its PDFs; staff read it until it is sent.

    :param conditions: what the decision asks for, one condition a line; empty for none.
    """
    made = db.session.scalar(
        select(func.count(func.distinct(Document.key))).where(Document.case_id == case.id, Document.kind == KIND)
    )
    key = f"{KIND}-{(made or 0) + 1}"
    made_of = {code: source_of(case, grant, snapshot, conditions, code, now) for code in agreements.languages_of(case)}
    return [document.request(case, KIND, key, code, source, now, audience="staff") for code, source in made_of.items()]


def source_of(
    case: Case, grant: Grant, snapshot: Submission, conditions: str, language: str, now: datetime
) -> dict[str, Any]:
    """The plain values an agreement in one language is made of."""
    answers = translations.read_in(case, snapshot, language)
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    promoted = reading.promote(definition, answers)
    facts, signatory = document.facts(case), signatories.signatory_of(case)
    title = str(promoted.get("title") or case.title)
    recipient = str(promoted.get("recipient") or facts["organisation"])
    lines, tranches = queries.lines_of(grant.id), queries.tranches_of(grant.id)
    labels = {line.number: str(row.get("component") or "") for line, row in _paired(lines, answers)}
    categories = queries.category_names(case, snapshot.form_version)
    return {
        **facts,
        "title": title,
        "recipient": recipient,
        "duration": grant.duration_months,
        "amount": str(grant.amount),
        "date": now.astimezone(ZoneInfo(facts["zone"])).date().isoformat(),
        "articles": articles(case, grant, title, recipient, conditions, language, now),
        "lines": [
            {
                "number": line.number,
                "label": labels.get(line.number) or line.label,
                "category": categories.get(line.category, Text({"en": line.category})).get(language),
                "amount": str(line.amount),
            }
            for line in lines
        ],
        "tranches": [
            {"number": part.number, "amount": str(part.amount), "condition": part.condition} for part in tranches
        ],
        "submission": snapshot.number,
        "sha256": snapshot.sha256,
        "signed_by": snapshot.signed_by_name,
        "signatory": signatory.plain() if signatory else None,
    }


def articles(
    case: Case, grant: Grant, title: str, recipient: str, conditions: str, language: str, now: datetime
) -> list[dict[str, Any]]:
    """The articles of the agreement in one language, filled in; one without anything to say is left out."""
    texts = instruments.instrument(case.instrument).documents.get(KIND, {})
    tenant = tenants.by_id(case.tenant_id)
    with i18n.in_language(language):
        values = {
            "reference": case.reference,
            "organisation": recipient,
            "recipient": recipient,
            "city": case.city or i18n.show_country(case.country),
            "title": title,
            "tenant": tenant.name.get(language),
            "date": i18n.show_date(now, zone=tenant.zone),
            "duration": i18n.show_number(grant.duration_months),
            "amount": i18n.show_number(grant.amount),
            "currency": grant.currency,
            "conditions": conditions.strip(),
            "grounds": "",
        }
    return rules.articles(texts.get("articles", ()), values, language)


def _paired(
    lines: list[GrantLine], answers: Mapping[str, Mapping[str, Any]]
) -> list[tuple[GrantLine, Mapping[str, Any]]]:
    """Each line with the budget row it was made of: the rows with money of the grant, in their order."""
    rows = reading.table_rows(answers, "budget.budget")
    return list(zip(lines, [row for row in rows if terms.money(row.get("grant")) > 0], strict=False))
