"""Counts and lists do not betray what there is: every page without a case answers alike before and after there is one.

Each reader who may not see a case fetches every list, inbox, desk, export, feed and search of a fund; then another
city's applications go their whole way; then she fetches all of it again. Not a figure may have changed. What anybody
may read (the public figures of how long things take) is public on purpose and told apart by what the page declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.infra import access, tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.integration.cases import stories
from tests.integration.evaluation import panels
from tests.integration.members import people

#: who reads, and in whose pages
READERS = {
    "another city's lead": ("aleppo.lead@alpha.example", "alpha"),
    "a stranger": ("stranger@alpha.example", "alpha"),
    "a member": ("gavea@alpha.example", "alpha"),
    "an evaluator": ("one@experts.example", "alpha"),
    "another fund's officer": ("officer@beta.example", "alpha"),
    "another fund's manager at home": ("manager@beta.example", "beta"),
    "another fund's administrator at home": ("administrator@beta.example", "beta"),
}
#: what a search or a filter may be asked for
ASKED = ("", "q=strategy", "q=Vilankulo", "q=AL-2026", "page=2")


def pages(place: Place) -> list[Rule]:
    """Every page of a fund that names no case, public ones apart."""
    found = []
    for rule in place.app.url_map.iter_rules():
        public = access.declared(place.app, rule.endpoint) == access.PUBLIC
        if "GET" in (rule.methods or ()) and rule.arguments <= {"tenant"} and not public:
            found.append(rule)
    return found


def read(place: Place, client: FlaskClient, tenant: str, feed: str) -> dict[str, str]:
    """Everything a reader is told, by address, without what differs from one request to the next."""
    told = {}
    adapter = place.app.url_map.bind("localhost")
    for rule in pages(place):
        values = {"tenant": tenant} if rule.arguments else {}
        base = adapter.build(rule.endpoint, values)
        for asked in ASKED:
            url = f"{base}?{asked}" if asked else base
            answer = FlaskClient.open(client, url, buffered=True)  # how pages are made is looked at elsewhere
            told[url] = f"{answer.status_code} {plain(answer.get_data(as_text=True))}"
    if feed:
        told[feed] = plain(client.get(feed).get_data(as_text=True))
    return told


def plain(text: str) -> str:
    """A page without tokens, request numbers, the time it was made and the bars that move with it."""
    text = re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "", text)
    text = re.sub(r"DTSTAMP:\S+", "", text)
    return re.sub(r"\b\d{1,2}:\d\d(:\d\d)?\b", "", text)


def feed_of(client: FlaskClient, tenant: str) -> str:
    """The address of the reader's own calendar, where she may have one."""
    page = client.get(f"/{tenant}/feeds/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    kind = re.search(r'name="kind" value="([^"]+)"', page.get_data(as_text=True))
    if page.status_code != 200 or token is None or kind is None:
        return ""
    made = client.post(f"/{tenant}/feeds/", data={"csrf_token": token[1], "kind": kind[1]})
    found = re.search(rf"/{tenant}/feeds/[^\"<\s/]+\.ics", made.get_data(as_text=True))
    return found[0] if found else ""


def applied(place: Place, now: datetime) -> None:
    """Vilankulo's applications: a draft, one under assessment, one decided, a grant under way, a report."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        stories.start_draft(place.world, "alpha", "vilankulo", now=now)
        for verbs in ((), stories.TO_ASSESSING, stories.TO_DECIDED, stories.TO_UNDER_WAY):
            case = stories.submitted(place.world, "alpha", "vilankulo", now)
            for number, verb in enumerate(verbs, start=1):
                verb(place.world, case, now + number * stories.STEP)
        db.session.commit()
        db.session.remove()


@pytest.mark.parametrize("who", READERS)
def test_no_figure_changes_for_whom_a_case_is_none(
    place: Place, client_for: Callable[[str | None], FlaskClient], who: str
) -> None:
    email, tenant = READERS[who]
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=4)
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        people.join(place.world, "alpha")
        panels.evaluator(place.world, "one")
        # A case of her own city, so that her lists hold something.
        stories.submitted(place.world, "alpha", "aleppo", now)
        db.session.commit()
        db.session.remove()
    client = client_for(email)
    feed = feed_of(client, tenant)
    assert feed or "lead" not in who, "a lead has a calendar of her dates"
    before = read(place, client, tenant, feed)
    applied(place, now)
    after = read(place, client, tenant, feed)
    assert set(before) == set(after)
    assert [url for url in before if before[url] != after[url]] == []
    assert any(said.startswith("200") for said in after.values())
