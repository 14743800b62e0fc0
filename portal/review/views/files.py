"""Files and documents of a case for the secretariat: always as a download, after the case was opened."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.rules.access import is_answer_file
from portal.cases.show import document_name, file_name
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.infra import i18n, storage
from portal.infra.access import requires
from portal.infra.db import db
from portal.review.views import blueprint
from portal.review.views.case import only_translates, open_case


def hand_out(file_id: UUID, case_id: UUID, name: str = "") -> Response:
    """A stored file as an attachment.

    :param name: under which it is saved, where not under its own.

    :raises NotFound: when it is gone or belongs to another case.
    """
    row = db.session.scalars(
        select(storage.StoredFile).where(
            storage.StoredFile.id == file_id,
            storage.StoredFile.case_id == case_id,
            storage.StoredFile.deleted_at.is_(None),
        )
    ).first()
    if row is None or not is_answer_file(row.question or ""):
        raise NotFound
    return save_as(row, name)


def save_as(row: storage.StoredFile, name: str = "") -> Response:
    """A stored file as an attachment, for whoever was found to be one of its readers. :raises NotFound: it is gone."""
    try:
        content = storage.store().open(row.storage_key)
    except storage.NoSuchContent:
        raise NotFound from None
    return send_file(content, mimetype=row.media_type, as_attachment=True, download_name=name or row.name)


@blueprint.get("/<tenant>/desk/<reference>/files/<uuid:file_id>/")
@requires(Permission.DESK_READ)
def file(reference: str, file_id: UUID) -> Response:
    """A file the applicant attached to its answers, or a document somebody recorded."""
    return hand_out(file_id, open_case(reference).id)


@blueprint.get("/<tenant>/desk/<reference>/documents/<uuid:document_id>/")
@requires(Permission.DESK_READ)
def document(reference: str, document_id: UUID) -> Response | tuple[str, int]:
    """A typeset document; while its PDF is being made, a page that says so."""
    case = open_case(reference)
    found = cases.document(case.id, document_id)
    if found is None or (only_translates() and found.kind != "submission"):
        raise NotFound
    if found.file_id is None:
        return render_template(
            "pages/review/making.html",
            case=case,
            dir=i18n.direction(case.language),
            name=document_name(found, case.reference),
        ), 202
    return hand_out(found.file_id, case.id, file_name(found, case.reference))
