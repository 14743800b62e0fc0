"""Which entry of the main navigation is marked: one and the right one, on every page that belongs to an entry."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

ADMIN, MANAGER, OFFICER, AUDITOR = (
    f"{who}@alpha.example" for who in ("administrator", "manager", "officer", "auditor")
)
MARKED = re.compile(r'<li><a href="[^"]*" aria-current="page">([^<]+)</a></li>')
PLACES = [
    (ADMIN, "admin/calls/", "Calls"),
    (MANAGER, "admin/calls/preparatory-grants/", "Calls"),
    (MANAGER, "admin/calls/preparatory-grants/questions/", "Calls"),
    (MANAGER, "calls/", "Calls"),
    (ADMIN, "admin/standards/", "Standards"),
    (ADMIN, "admin/calendar/", "Standards"),
    (ADMIN, "admin/workflows/", "Standards"),
    (ADMIN, "admin/manual/", "Standards"),
    (ADMIN, "admin/rules/", "Standards"),
    (ADMIN, "circulars/members/", "Standards"),
    (OFFICER, "circulars/members/", "Circulars"),
    (ADMIN, "admin/people/", "People"),
    (AUDITOR, "admin/people/", "People"),
    (ADMIN, "admin/mail/", "Mail"),
    (ADMIN, "admin/breaches/", "Desk"),
    (OFFICER, "admin/workflows/", "Desk"),
    (OFFICER, "admin/evaluation/", "Evaluation"),
    (OFFICER, "desk/", "Desk"),
    (OFFICER, "partnerships/", "Grants"),
]


def navigation(page: str) -> str:
    """The main navigation as it stands on a wide page."""
    return page.split('<nav class="top-nav"')[1].split("</ul>", maxsplit=1)[0]


def test_where_the_reader_is(client_for: Callable[[str], FlaskClient]) -> None:
    """One entry is marked, whoever reads."""
    clients = {who: client_for(who) for who, _, _ in PLACES}
    for who, path, entry in PLACES:
        page = clients[who].get(f"/alpha/{path}")
        assert page.status_code == 200, path
        assert MARKED.findall(navigation(page.text)) == [entry], f"{who} at {path}"


def test_no_entry_for_what_belongs_to_none(client_for: Callable[[str | None], FlaskClient]) -> None:
    """The front page is the name of the portal itself."""
    assert MARKED.findall(navigation(client_for(None).get("/alpha/").text)) == []
