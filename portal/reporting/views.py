"""The way to a report: the client's pages for the client, the desk for the secretariat."""

from __future__ import annotations

from flask import Blueprint, g, redirect, url_for
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import REPORT
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.infra.access import requires

blueprint = Blueprint("reporting", __name__)


@blueprint.get("/<tenant>/reports/<reference>/")
@requires(Permission.GRANT_READ)
def report(reference: str) -> Response:
    """Where this report is worked on, for whoever asks."""
    case = cases.by_reference(g.actor, reference)
    if case.kind != REPORT:
        raise NotFound
    client = g.actor.in_organisation(case.organisation_id)
    return redirect(url_for("applications.case" if client else "review.case", reference=reference))
