"""Service standards: what is promised and how it was kept, for everybody and for the secretariat."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

from flask import g, render_template

from portal.calls.rules import instruments
from portal.core.permissions import Permission
from portal.infra.access import public_page, requires
from portal.public import queries
from portal.public.views.base import blueprint


@blueprint.get("/<tenant>/performance/")
@public_page
def performance() -> str:
    """What we promise and how we kept it in the last year."""
    return render_template("pages/public/performance.html", groups=_groups())


@blueprint.get("/<tenant>/admin/standards/")
@requires(Permission.STANDARDS_READ)
def standards() -> str:
    """The standards in force: version, side, targets and figures."""
    return render_template("pages/public/standards.html", groups=_groups())


def _groups() -> list[dict[str, object]]:
    rows = queries.performance(g.tenant.work_calendar, datetime.now(UTC))
    return [
        {
            "instrument": instruments.instrument(instrument).title,
            "report": process != instruments.APPLICATION,
            "rows": list(members),
        }
        for (instrument, process), members in groupby(rows, key=lambda row: (row.instrument, row.process))
    ]
