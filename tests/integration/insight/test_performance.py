"""The published figures: the page, the table, the data, the feed; and the list of broken promises behind them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from portal.infra import tenancy
from portal.infra.db import db
from portal.insight.queries import performance as queries
from portal.insight.rules.quarters import Quarter, quarter_of
from portal.insight.show_performance import COLUMNS
from portal.standards import queries as standards
from portal.standards.models import Clock, ClockTally, StandardVersion
from portal.standards.rules.reasons import REASONS
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.insight.clocks import clock
from tests.integration.public.test_public import make_case

Clients = Callable[[str | None], FlaskClient]
ATOM = "{http://www.w3.org/2005/Atom}"
#: The promises of one process, each with its picture.
OF = "of=preparatory_grant-application"


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def this_quarter() -> Quarter:
    """The running quarter of the first tenant."""
    return quarter_of(datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date())


def tally(quarter: Quarter, state: str, taken: int, count: int, code: str = "CHK", **more: object) -> None:
    """So many promises that ended alike."""
    facts: dict[str, object] = {"paused_days": 0, "reason": "", "process": "application"}
    db.session.add(
        ClockTally(
            instrument="preparatory_grant",
            code=code,
            quarter=quarter.code,
            state=state,
            taken=taken,
            count=count,
            **(facts | more),
        )
    )


@pytest.fixture
def figures(place: Place, world: World) -> World:
    """Two quarters of a checked application in one tenant, one in the other."""
    with place.app.app_context():
        with tenancy.scope(world["alpha"].id):
            last, before = this_quarter().step(-1), this_quarter().step(-2)
            tally(last, "met", 4, 17)
            tally(last, "met", 8, 4, paused_days=12)
            tally(last, "missed", 14, 2, reason="volume")
            tally(last, "missed", 19, 2)
            tally(last, "lost", 0, 1)
            tally(before, "met", 6, 3)
            tally(last, "missed", 20, 5, code="FIX")
            tally(this_quarter().step(-7), "met", 5, 11)
            db.session.commit()
        with tenancy.scope(world["beta"].id):
            tally(this_quarter().step(-1), "met", 1, 777)
            db.session.commit()
        db.session.remove()
    return world


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def record(page: str, code: str = "chk") -> str:
    """What the page says of one standard."""
    return page.split(f'id="preparatory_grant-application-{code}"')[1].partition("</article>")[0]


# -- the page


def test_a_standard_without_cases_says_so_and_never_shows_zero(world: World, client_for: Clients) -> None:
    page = client_for(None).get("/alpha/performance/").get_data(as_text=True)
    assert "no cases" in page
    assert not re.search(r"(?<![0-9])0%", page.split('id="counting"')[0])
    assert '<svg class="trend"' not in page


def test_four_quarters_are_added_up_and_told_apart(figures: World, client_for: Clients) -> None:
    page = client_for(None).get(f"/alpha/performance/?lang=en&{OF}").get_data(as_text=True)
    told = text_of(record(page))
    assert "kept in time: 24 of 28" in told
    assert "86%" in told
    assert "target 80% within 10 working days" in told
    assert "Half took at most 4 working days" in told  # 4×17, 6×3, 8×4, 14×2, 19×2: the 14th and the 26th of 28
    assert "Nine in ten took at most 14 working days" in told
    assert "4 of 28; half of these at most 12 days" in told
    assert "More work than usual: 2 Not explained yet: 2" in told
    assert "1 case, not counted" in told
    assert "Of 28 promises of ours that ended in this time, 24 were kept" in text_of(page), "others' time is not ours"
    assert "777" not in page


def test_one_quarter_may_be_asked_for_and_few_cases_are_marked(figures: World, client_for: Clients) -> None:
    client = client_for(None)
    last, before = this_quarter().step(-1).code, this_quarter().step(-2).code
    assert "kept in time: 21 of 25" in text_of(record(client.get(f"/alpha/performance/?quarter={last}&{OF}").text))
    told = text_of(record(client.get(f"/alpha/performance/?quarter={before}&{OF}").text))
    assert "kept in time: 3 of 3 (few cases)" in told
    assert client.get(f"/alpha/performance/?quarter={this_quarter().step(-7).code}").status_code == 200


def test_a_process_is_asked_for_by_its_name(figures: World, client_for: Clients) -> None:
    client = client_for(None)
    page = client.get("/alpha/performance/?lang=en").text
    links = [link for link in re.findall(r'class="cell-title" href="([^"]+)"', page) if "-application#" in link]
    assert links, "every promise leads to its record"
    for link in links:
        address, _, anchor = link.replace("&amp;", "&").partition("#")
        answer = client.get(address)
        assert f'id="{anchor}"' in answer.text
        assert len(answer.data) < 60 * 1024
    assert client.get("/alpha/performance/?of=no-such").status_code == 404


@pytest.mark.parametrize("asked", ["2026", "1999-Q1", "2999-Q1", "2026-Q9", "x" * 500, "%00"])
def test_no_such_quarter(figures: World, client_for: Clients, asked: str) -> None:
    assert client_for(None).get(f"/alpha/performance/?quarter={asked}").status_code == 404


def test_the_picture_has_its_words_and_its_table(figures: World, client_for: Clients) -> None:
    page = record(client_for(None).get(f"/alpha/performance/?lang=en&{OF}").text)
    words = re.search(r"<desc[^>]*>(.*?)</desc>", page, re.DOTALL)
    assert words is not None
    assert words[1].count("no cases") == 2
    assert "84% of 25" in words[1]
    assert "target 80%" in words[1]
    assert page.count('<path class="kept') == 2
    assert page.count("is-few") == 1, "the quarter of three cases is drawn otherwise"
    table = text_of(page.split("<table")[1])
    assert table.count("no cases") == 2
    assert "25 21 4 84%" in table


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_every_language_shows_every_quarter(figures: World, client_for: Clients, language: str) -> None:
    for who in (None, figures.email("alpha", "vilankulo.lead")):
        assert client_for(who).get(f"/alpha/performance/?lang={language}").status_code == 200
        assert client_for(who).get(f"/beta/performance/?lang={language}").status_code == 200


def test_what_runs_and_what_is_late_is_told_and_counted_once_a_minute(
    place: Place, world: World, client_for: Clients
) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        for number, due in enumerate((NOW, NOW, datetime.now(UTC) + timedelta(days=3)), start=1):
            clock(make_case(world, "alpha", number, "checking"), "running", due_at=due)
        db.session.commit()
    now = datetime.now(UTC)
    which = ("preparatory_grant", "application", "CHK")
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert queries.running(now)[which] == (3, 2)
        db.session.execute(update(Clock).values(is_open=False, state="met"))
        assert queries.running(now)[which] == (3, 2), "kept for a minute"
        queries.forget()
        assert which not in queries.running(now)
    with place.app.app_context(), tenancy.scope(world["beta"].id):
        assert queries.running(now) == {}


def test_versions_that_applied(place: Place, figures: World) -> None:
    with place.app.app_context(), tenancy.scope(figures["alpha"].id):
        one = next(one for one in queries.published() if one.code == "CHK" and one.process == "application")
        row = one.versions[0][0]
        second = StandardVersion(
            instrument=row.instrument, process=row.process, code=row.code, version=row.version + 1,
            definition={**row.definition, "amount": 8}, published_at=NOW + timedelta(days=30),
        )  # fmt: skip
        db.session.add(second)
        db.session.flush()
        one = next(one for one in queries.published() if one.code == "CHK" and one.process == "application")
        day = timedelta(days=1)
        numbers = [v.version for v, _ in one.applied(NOW + day, NOW + 60 * day)]
        assert numbers == [row.version, row.version + 1]
        assert [v.version for v, _ in one.applied(NOW + 40 * day, NOW + 60 * day)] == [row.version + 1]
        assert [v.version for v, _ in one.applied(NOW + day, NOW + 20 * day)] == [row.version]
        assert one.applied(NOW - 9 * day, NOW - day) == []
        assert one.at(NOW - day)[0].version == row.version, "the first one stands in before there was any"
        assert one.at(NOW + 60 * day)[1].amount == 8


def test_the_page_never_reads_a_clock_that_ended(place: Place, figures: World, client_for: Clients) -> None:
    client = client_for(None)
    client.get("/alpha/performance/?lang=en")  # made anew, and what runs is counted
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "clock" in statement.lower():
            seen.append(statement)

    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for path in ("performance/?quarter=", "performance.csv", "performance.json", "performance.atom"):
            assert client.get(f"/alpha/{path}").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen
    assert not [statement for statement in seen if "FROM clock_tally" not in statement]


# -- the home page


def test_home_tells_what_is_true_or_nothing(figures: World, client_for: Clients) -> None:
    told = text_of(client_for(None).get("/alpha/?lang=en").text)
    assert "Last quarter we kept 21 of 25 promises in time." in told
    assert "777 of 777" in text_of(client_for(None).get("/beta/?lang=en").text)


def test_home_without_figures_links_only(world: World, client_for: Clients) -> None:
    page = client_for(None).get("/alpha/?lang=en").text
    assert "Last quarter" not in page
    assert 'href="/alpha/performance/"' in page


# -- the data


def test_the_table_has_a_row_for_each_standard_and_quarter(figures: World, client_for: Clients) -> None:
    answer = client_for(None).get("/alpha/performance.csv?lang=en")
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(
        r'attachment; filename="alpha-performance-[0-9-]{10}\.csv"', answer.headers["Content-Disposition"]
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == COLUMNS
    keys = [(row["instrument"], row["process"], row["code"], row["quarter"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert len({key[3] for key in keys}) == 8, "from the first quarter with figures to the running one"
    row = rows[keys.index(("preparatory_grant", "application", "CHK", this_quarter().step(-1).code))]
    expected = {
        "tenant": "alpha", "volume": "25", "met": "21", "missed": "4", "lost": "1", "met_percent": "84.0",
        "target_percent": "80", "target_amount": "10", "target_unit": "business_days", "median": "4", "p90": "14",
        "paused_volume": "4", "paused_median": "12", "reason_volume": "2", "reason_not_explained": "2", "few": "false",
        "complete": "true", "side": "secretariat",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    empty = rows[keys.index(("preparatory_grant", "application", "ACK", this_quarter().code))]
    assert (empty["volume"], empty["met_percent"], empty["median"], empty["complete"]) == ("0", "", "", "false")
    assert all(f"reason_{code}" in COLUMNS for code in REASONS)


def test_a_name_that_looks_like_a_formula_is_harmless(place: Place, world: World, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        row = db.session.scalars(select(StandardVersion).where(StandardVersion.code == "CHK")).first()
        assert row is not None
        name = dict.fromkeys(row.definition["name"], '=HYPERLINK("http://x.example","A")')
        db.session.add(
            StandardVersion(
                instrument=row.instrument, process=row.process, code=row.code, version=row.version + 1,
                definition={**row.definition, "name": name}, published_at=NOW,
            )
        )  # fmt: skip
        db.session.commit()
    standards.forget()
    rows = list(csv.DictReader(io.StringIO(client_for(None).get("/alpha/performance.csv").text)))
    names = {row["name"] for row in rows}
    assert any(name.startswith("'=HYPERLINK") for name in names)
    assert not any(name.startswith("=") for name in names)


def test_the_same_as_json(figures: World, client_for: Clients) -> None:
    answer = client_for(None).get("/alpha/performance.json")
    data = answer.json
    assert data is not None
    assert data["tenant"] == {"slug": "alpha", "name": "Alpha Fund"}
    assert datetime.fromisoformat(data["generated_at"]).tzinfo is not None
    assert data["columns"] == list(COLUMNS)
    assert {row["quarter"] for row in data["rows"]} == {one["quarter"] for one in data["periods"]}
    row = next(r for r in data["rows"] if r["code"] == "ACK" and r["quarter"] == this_quarter().code)
    assert row["met_percent"] is None
    assert row["few"] is False


def test_data_is_kept_for_minutes_and_asked_for_by_its_mark(figures: World, client_for: Clients) -> None:
    for name in ("performance.csv", "performance.json", "performance.atom"):
        client = client_for(None)
        answer = client.get(f"/alpha/{name}")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        again = client.get(f"/alpha/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        other = client.get(f"/alpha/{name}?lang=fr", headers={"If-None-Match": answer.headers["ETag"]})
        assert other.status_code == 200
        assert other.headers["Cache-Control"].startswith("private")


# -- the feed


def test_the_feed_has_an_entry_for_each_quarter_that_ended(figures: World, client_for: Clients) -> None:
    client = client_for(None)
    answer = client.get("/alpha/performance.atom?lang=en")
    assert answer.mimetype == "application/atom+xml"
    root = ET.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    for owner in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(owner.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(owner.findtext(f"{ATOM}updated") or "").tzinfo is not None
        assert (owner.findtext(f"{ATOM}id") or "").startswith("tag:127.0.0.1,2026:alpha/performance")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Alpha Fund"
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"self", "alternate"}
    entries = root.findall(f"{ATOM}entry")
    codes = [(entry.findtext(f"{ATOM}id") or "").rpartition("/")[2] for entry in entries]
    assert codes == [this_quarter().step(-place).code for place in range(1, 8)]
    assert entries[0].findtext(f"{ATOM}summary") == "21 of 25 promises were kept in time (84%)."
    assert entries[0].findtext(f"{ATOM}updated") == this_quarter().step(-1).ends_at("America/New_York").isoformat()
    assert "<li>" in (entries[0].findtext(f"{ATOM}content") or "")
    assert "No cases" in (entries[2].findtext(f"{ATOM}summary") or "")
    assert entries[2].find(f"{ATOM}content") is None
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    where = urlsplit(link.get("href") or "")
    assert client.get(f"{where.path}?{where.query}").status_code == 200
    other = ET.fromstring(client.get("/alpha/performance.atom?lang=ar").data)
    assert other.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert other.findtext(f"{ATOM}id") == root.findtext(f"{ATOM}id"), "one feed, whatever the language"


def test_a_feed_without_figures_is_a_feed_all_the_same(world: World, client_for: Clients) -> None:
    answer = client_for(None).get("/alpha/performance.atom")
    root = ET.fromstring(answer.data)
    assert not root.findall(f"{ATOM}entry")
    assert root.findtext(f"{ATOM}updated") == this_quarter().step(-1).ends_at("America/New_York").isoformat()


def test_the_page_says_where_its_feed_is(world: World, client_for: Clients) -> None:
    page = client_for(None).get("/alpha/performance/?lang=fr").text
    assert re.search(r'<link rel="alternate" type="application/atom\+xml" [^>]*performance\.atom\?lang=fr"', page)
