"""Funded projects: the list and each of them. Public facts only."""

from __future__ import annotations

from flask import render_template

from portal.cases import queries as cases
from portal.infra.access import public_page
from portal.infra.i18n import show_country, show_message
from portal.infra.pages import kept
from portal.public import queries, rules
from portal.public.views.base import asked, blueprint, page_links


@blueprint.get("/<tenant>/projects/")
@public_page
@kept(cases.whether_anything_happened)
def projects() -> str:
    """The funded projects, the newest first, by words and country."""
    words, country = asked("q"), asked("country", 2)
    listed = queries.projects(words, country, after=asked("after"), before=asked("before"))
    countries = sorted(((code, show_country(code)) for code in queries.project_countries()), key=lambda item: item[1])
    return render_template(
        "pages/public/projects.html",
        rows=[(row, show_message(rules.STATE_NAMES[row.state])) for row in listed.rows],
        form={"q": words, "country": country},
        countries=countries,
        pages=page_links("public.projects", listed, q=words, country=country),
        asked=bool(words or country),
    )


@blueprint.get("/<tenant>/projects/<reference>/")
@public_page
def project(reference: str) -> str:
    """One funded project."""
    row = queries.project(reference)
    return render_template("pages/public/project.html", row=row, state=show_message(rules.STATE_NAMES[row.state]))
