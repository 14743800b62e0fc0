"""The feed of the answers about a call: public, in the reader's language, and nobody in it who asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient

from portal.calls import queries
from portal.calls.service import questions
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW

ADDRESS = "/alpha/calls/preparatory-grants/questions.atom"
NAMES = {"a": "http://www.w3.org/2005/Atom"}
DAY = timedelta(days=1)


def read(client: FlaskClient, address: str = ADDRESS) -> ET.Element:
    """The feed, as a programme reads it."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    return ET.fromstring(answer.text)


def ask(place: Place, *words: str, answered: bool = True) -> None:
    """Questions of a city's lead, each answered a day after the one before."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        call, lead = queries.by_code("preparatory-grants"), place.world.actor("alpha", "vilankulo.lead")
        for number, question in enumerate(words, start=1):
            row = questions.ask(call, question, "pt", lead, NOW)
            if answered:
                told = {"en": f"Answer to {question} & <b>more</b>"}
                boss = place.world.actor("alpha", "manager")
                questions.answer(call, row, {"en": question}, told, boss, NOW + number * DAY)
        db.session.commit()
        db.session.remove()


def test_everybody_reads_the_answers_the_newest_first(
    place: Place, client_for: Callable[[str | None], FlaskClient]
) -> None:
    nobody = client_for(None)
    empty = read(nobody)
    assert empty.findall("a:entry", NAMES) == []
    assert empty.findtext("a:updated", namespaces=NAMES)
    ask(place, "May towns apply?", "May <villages> apply?" + " And why not?" * 20)
    root = read(nobody, f"{ADDRESS}?lang=fr")
    entries = root.findall("a:entry", NAMES)
    assert [e.findtext("a:id", namespaces=NAMES).rpartition("/")[2] for e in entries] == ["2", "1"]  # type: ignore[union-attr]
    assert root.findtext("a:updated", namespaces=NAMES) == entries[0].findtext("a:updated", namespaces=NAMES)
    assert entries[1].findtext("a:content", namespaces=NAMES) == (
        "May towns apply?\n\nAnswer to May towns apply? & <b>more</b>"
    )
    assert entries[1].get("{http://www.w3.org/XML/1998/namespace}lang") == "en", "not there in French"
    where = entries[0].find("a:link", NAMES)
    assert where is not None
    assert where.get("href", "").endswith("/alpha/calls/preparatory-grants/?lang=fr#question-2")
    text = nobody.get(ADDRESS).text
    assert "Vilankulo" not in text
    assert "@" not in text
    page = nobody.get("/alpha/calls/preparatory-grants/").text
    assert 'id="question-2"' in page
    assert "questions.atom" in page


def test_what_waits_is_not_told_and_what_has_not_changed_not_sent_again(
    place: Place, client_for: Callable[[str | None], FlaskClient]
) -> None:
    ask(place, "Podem as vilas candidatar-se?", answered=False)
    nobody = client_for(None)
    first = nobody.get(ADDRESS)
    assert "vilas" not in first.text
    again = nobody.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert nobody.get(ADDRESS.replace("/alpha/", "/beta/")).status_code in (200, 404)
    assert "vilas" not in nobody.get(ADDRESS.replace("/alpha/", "/beta/")).text
    assert nobody.get("/alpha/calls/no-such-call/questions.atom").status_code == 404
