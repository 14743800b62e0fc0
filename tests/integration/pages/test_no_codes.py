"""The pages that explain standards and workflows show words, never the codes that the definitions are written in."""

from __future__ import annotations

import re

import html5lib
import pytest
from flask.testing import FlaskClient

from portal.calls.rules import instruments
from tests.integration.pages.town import Town

#: a word with an underscore, or a condition as a definition has it
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(?:outcome|track|to|language): [a-z]+")
ADMIN = "/alpha/admin"


def addresses() -> list[str]:
    """Every page that tells a standard or a workflow."""
    found = [f"{ADMIN}/standards/", f"{ADMIN}/workflows/", f"{ADMIN}/manual/", "/alpha/performance/"]
    for code in instruments.all_instruments():
        for process in instruments.processes(code):
            found.append(f"{ADMIN}/workflows/{code}/{process}/")
            found += [
                f"{ADMIN}/standards/{code}/{process}/{row['code']}/"
                for row in instruments.standards_data(code, process)
            ]
    return found


def words_of(client: FlaskClient, address: str) -> str:
    """What can be read in the main part of a page; names of columns of a download, which are codes, left out."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    tree = html5lib.parse(answer.text, namespaceHTMLElements=False)
    main = next(tree.iter("main"))
    for offers in [section for section in main.iter("section") if "data-offers" in (section.get("class") or "")]:
        offers.clear()
    return " ".join("".join(main.itertext()).split())


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_about_standards_or_workflows_shows_a_code(sqlite_town: Town, language: str) -> None:
    client = sqlite_town.client(sqlite_town.place.world.email("alpha", "administrator"))
    told = {address: CODE.findall(words_of(client, f"{address}?lang={language}")) for address in addresses()}
    assert {address: codes for address, codes in told.items() if codes} == {}
    assert len(told) > 60
