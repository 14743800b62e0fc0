"""How many questions the pages of a case ask the database, in every stage: a figure that may not creep up."""

from __future__ import annotations

import pytest

from portal.infra.pages import shelf
from portal.standards import queries as standards
from portal.tenants import queries as tenants
from tests.integration.pages.test_every_page import DRAFTS, email
from tests.integration.pages.town import Town, statements

PAGES = {
    "vilankulo.lead": "/alpha/cases/{}/",
    "vilankulo.viewer": "/alpha/cases/{}/",
    "officer": "/alpha/desk/{}/",
    "manager": "/alpha/desk/{}/",
}
STATUS, MOST = 6, 8
#: what is being written asks for answers, files and conflicts
BEYOND_STATUS = DRAFTS | {"report_due"}
#: what the panel recommended, and the rules of the day of submission
A_MANAGER_DECIDES = {("manager", "deciding"): 10}


def asked(town: Town, person: str, path: str) -> list[str]:
    """What a page asks that is made anew in a process that knows its standards and calendars."""
    client = town.client(email(town, person))
    assert client.get(path).status_code == 200, path
    shelf.clear()
    with statements(town) as sent:
        assert client.get(path).status_code == 200, path
    kept = ("BEGIN", "ROLLBACK", "COMMIT", "PRAGMA", "SET ", "SELECT SET_CONFIG")
    return [statement for statement in sent if not statement.lstrip().upper().startswith(kept)]


@pytest.fixture(autouse=True)
def _what_a_process_knows_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: tenants, standards and calendars are kept for seconds only."""
    monkeypatch.setattr(tenants, "KEEP_SECONDS", 3600.0)
    monkeypatch.setattr(standards, "KEEP_SECONDS", 3600.0)


@pytest.mark.parametrize("person", PAGES)
def test_the_page_of_a_case_asks_little_in_every_stage(sqlite_town: Town, person: str) -> None:
    client = person.startswith("vilankulo")
    stages = {stage: key for stage, key in sqlite_town.references.items() if client or stage not in DRAFTS}
    found = {stage: asked(sqlite_town, person, PAGES[person].format(reference)) for stage, reference in stages.items()}
    usual = {stage: STATUS if client and stage not in BEYOND_STATUS else MOST for stage in found}
    limits = {stage: A_MANAGER_DECIDES.get((person, stage), most) for stage, most in usual.items()}
    assert len(found) > 10
    assert min(len(sent) for sent in found.values()) >= 3, "nothing was counted"
    too_many = {stage: sent for stage, sent in found.items() if len(sent) > limits[stage]}
    lines = [f"{stage}, {len(sent)}: {line}" for stage, sent in too_many.items() for line in _briefly(sent)]
    assert not lines, "\n".join(lines)


def _briefly(sent: list[str]) -> list[str]:
    return [" ".join(statement[statement.find("FROM ") :].split())[:120] for statement in sent]
