"""Ask for a typeset document; a job makes the PDF and keeps it with its digest. What was sent does not change."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select, update

from forms.engine import answers as reading
from forms.engine.context import Context
from forms.engine.definition import Answers
from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.models import Case, Document, Submission
from portal.cases.rules.chain import canonical
from portal.cases.rules.papers import TITLES
from portal.infra import i18n, jobs, pdf, storage
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.organisations.models import Organisation
from portal.tenants import queries as tenants

RENDER = "render_document"
DOCUMENTS = Path(__file__).parents[3] / "templates" / "documents"

#: who wants to see a document of a kind once it is typeset: called in the transaction that keeps it
Rendered = Callable[[Document, bytes, datetime], None]
_AFTER: dict[str, Rendered] = {}
#: who wants to know that a document of a kind cannot be typeset: called in the transaction that says so
Missed = Callable[[Document, datetime], None]
_MISSED: dict[str, Missed] = {}


def after_rendering(kind: str) -> Callable[[Rendered], Rendered]:
    """Register who is told when a document of this kind has been typeset."""

    def register(function: Rendered) -> Rendered:
        _AFTER[kind] = function
        return function

    return register


def without_rendering(kind: str) -> Callable[[Missed], Missed]:
    """Register who is told when a document of this kind cannot be typeset, because PDFs cannot be made."""

    def register(function: Missed) -> Missed:
        _MISSED[kind] = function
        return function

    return register


def request(
    case: Case,
    kind: str,
    key: str,
    language: str,
    source: Mapping[str, Any],
    now: datetime,
    *,
    audience: str,
) -> Document:
    """Freeze what a document is made from and ask for its PDF.

    :param kind: a folder of ``templates/documents``; :param key: which one of its kind in this case, ``letter-1``.
    :param source: plain JSON values only; the template gets nothing else.
    :param audience: ``applicant`` (both sides read it) or ``staff`` until it is sent.
    """
    with i18n.in_language(language):
        title = gettext(TITLES[kind].id) % {"reference": case.reference}
    frozen = dict(source)
    row = Document(
        case_id=case.id,
        kind=kind,
        key=key,
        language=language,
        title=title,
        source=frozen,
        source_sha256=hashlib.sha256(canonical(frozen)).hexdigest(),
        audience=audience,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    jobs.enqueue(RENDER, {"document": str(row.id)}, tenant_id=case.tenant_id, now=now, unique_key=f"document:{row.id}")
    return row


def request_submission(case: Case, snapshot: Submission, now: datetime) -> Document:
    """Ask for the PDF of a submission, in the applicant's language."""
    source = _submission_source(
        case,
        snapshot.form_version,
        snapshot.answers,
        now,
        number=snapshot.number,
        sha256=snapshot.sha256,
        submitted_at=snapshot.submitted_at.isoformat(),
        signed_by=snapshot.signed_by_name,
    )
    kind = "submission" if case.kind == "application" else "report"
    return request(case, kind, f"{kind}-{snapshot.number}", case.language, source, now, audience="applicant")


def draft_source(case: Case, sha256: str, now: datetime) -> dict[str, Any]:
    """What the PDF of a draft would be made from if it were submitted as it stands."""
    return _submission_source(
        case,
        case.form_version,
        queries.answers_of(case.id),
        now,
        number=1,
        sha256=sha256,
        submitted_at=now.isoformat(),
        signed_by="",
    )


def _submission_source(case: Case, version: int, answers: Answers, now: datetime, **said: Any) -> dict[str, Any]:
    definition = instruments.form(case.instrument, case.process, version)
    context = Context(today=now.date(), currency=case.currency, locale=case.language, language=case.language)
    with i18n.in_language(case.language):
        sections = [asdict(s) for s in reading.show(definition, answers, case.language, context)]
    return {
        **facts(case),
        "sections": plain(sections),
        "form_title": definition.title.get(case.language),
        **said,
    }


def facts(case: Case) -> dict[str, Any]:
    """What every document of a case knows: reference, title, organisation, place, tenant's letterhead."""
    tenant = tenants.by_id(case.tenant_id)
    organisation = db.session.scalars(select(Organisation).where(Organisation.id == case.organisation_id)).one()
    return {
        "reference": case.reference,
        "title": case.title,
        "language": case.language,
        "instrument": dict(instruments.instrument(case.instrument).title.by_language),
        "organisation": organisation.name,
        "organisation_address": organisation.address,
        "country": case.country,
        "city": case.city,
        "amount": str(case.amount) if case.amount is not None else None,
        "currency": case.currency,
        "tenant": dict(tenant.name_texts),
        "tenant_short": tenant.short_name,
        "letterhead": tenant.letterhead,
        "brand": tenant.brand,
        "zone": tenant.zone,
    }


def plain(value: Any) -> Any:
    """Tuples as lists and everything else as JSON knows it, so that the digest is of what is stored."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


@jobs.handler(RENDER, lease_seconds=120, max_attempts=5)
def render_document(run: jobs.Run) -> None:
    """Make the PDF of a document and keep it; a document that has one is left alone."""
    document_id = UUID(str(run.payload["document"]))
    row = db.session.scalars(select(Document).where(Document.id == document_id)).one()
    if row.file_id is not None or row.void_at is not None:
        return
    if not pdf.available():
        if row.kind in _MISSED:
            _MISSED[row.kind](row, run.now)
        raise jobs.CannotBeDone(pdf.why_not())
    kind, language, source, name = row.kind, row.language, dict(row.source), f"{row.title}.pdf"
    created = row.created_at
    run.release()
    with i18n.in_language(language):
        html = current_app.jinja_env.get_template(f"documents/{kind}/document.html").render(
            source=source, lang=language, dir=i18n.direction(language), created_at=created
        )
        content = pdf.render(html, css=[DOCUMENTS / "document.css"], language=language)
    row = db.session.scalars(select(Document).where(Document.id == document_id).with_for_update()).one()
    file = storage.save(
        io.BytesIO(content),
        name=name,
        media_type="application/pdf",
        limit=None,
        now=run.now,
        case_id=row.case_id,
    )
    row.file_id, row.pdf_sha256, row.rendered_at = file.id, file.sha256, run.now
    if kind in _AFTER:
        _AFTER[kind](row, content, run.now)
    # Pages that show the case are kept while it does not change: now there is a document to download.
    db.session.execute(update(Case).where(Case.id == row.case_id).values(changed_at=run.now))
