"""Files and documents of a case, and what changed between two submissions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from flask import g, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from forms.engine import answers as reading
from portal.applications import queries as lists
from portal.applications import show
from portal.applications.views.base import blueprint, client_case, form_language
from portal.cases import queries
from portal.cases.models import Document
from portal.cases.rules.access import is_answer_file, may_read_as_staff
from portal.cases.service.context import form_context
from portal.cases.service.move import form_of
from portal.cases.show import document_name, file_name
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.infra import pdf, storage
from portal.infra.access import requires
from portal.infra.storage import StoredFile


@blueprint.get("/<tenant>/cases/<reference>/files/<uuid:file_id>/")
@requires(Permission.CASE_READ_OWN, Permission.DESK_READ)
def file(reference: str, file_id: UUID) -> Response:
    """A file handed in with a case, to be saved; for both sides, once the case was found to be theirs to read."""
    case = queries.by_reference(g.actor, reference)
    row = lists.file_of(case.id, file_id)
    if not is_answer_file(row.question):
        raise NotFound
    return _send(row)


@blueprint.get("/<tenant>/cases/<reference>/documents/<uuid:document_id>/")
@requires(Permission.CASE_READ_OWN, Permission.DESK_READ)
def document(reference: str, document_id: UUID) -> Response | str:
    """A typeset document of a case; while it is being made a page that says so and looks again by itself."""
    case = queries.by_reference(g.actor, reference)
    found = queries.document(case.id, document_id)
    if found is None or not _may_read(found, staff=may_read_as_staff(g.actor, case)):
        raise NotFound
    if found.file_id is not None:
        return _send(lists.file_of(case.id, found.file_id), file_name(found, case.reference))
    mine = g.actor.in_organisation(case.organisation_id)
    back = url_for("applications.case", reference=reference) if mine else f"/{g.tenant.slug}/desk/{reference}/"
    return render_template(
        "pages/applications/document.html",
        name=document_name(found, case.reference),
        case=case,
        can_render=pdf.available(),
        back=back,
    )


def _may_read(found: Document, *, staff: bool) -> bool:
    return staff or (found.audience == "applicant" and found.void_at is None)


def _send(row: StoredFile, name: str = "") -> Response:
    """Only ever as something to be saved: a browser must not run what somebody handed in."""
    try:
        stream = storage.store().open(row.storage_key)
    except storage.NoSuchContent:
        raise NotFound(N_("The content of this file is missing. Please tell the secretariat.")) from None
    response: Response = send_file(
        stream, mimetype=row.media_type, as_attachment=True, download_name=name or row.name, max_age=0, etag=False
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<tenant>/cases/<reference>/changes/")
@requires(Permission.CASE_READ_OWN)
def changes(reference: str) -> str:
    """What changed from one submission to the next."""
    case = client_case(reference)
    snapshots = queries.submissions_of(case.id)
    asked = request.args.get("number", str(len(snapshots)))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 0
    if not 2 <= number <= len(snapshots):
        raise NotFound(N_("There is no second submission to compare with."))
    old, new = snapshots[number - 2], snapshots[number - 1]
    definition = form_of(case)
    language = form_language(case, definition)
    context = replace(form_context(case, language, datetime.now(UTC)), language=case.language)
    return render_template(
        "pages/applications/changes.html",
        case=case,
        kind=show.kind_name(case),
        old=old,
        new=new,
        changes=reading.diff(definition, old.answers, new.answers, language, context),
        numbers=range(2, len(snapshots) + 1),
    )
