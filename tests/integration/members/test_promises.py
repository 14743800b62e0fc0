"""Members follow the promises of a case that was sent to them, and see their own time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from portal.applications import show_promises
from portal.applications.rules.pauses import FOLLOWER
from portal.cases.models import Case
from portal.cases.service import outside
from portal.infra import i18n, tenancy
from portal.infra.db import db
from portal.members import show_clocks
from portal.members.queries import circulars
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.members import people

Clients = Callable[[str | None], FlaskClient]
DAY = timedelta(days=1)


def followed(world: World, case: Case, now: datetime) -> dict[str, show_clocks.Promise]:
    """What a focal point reads of the promises of a case, by their codes."""
    shown = circulars.shown_to(people.speaker(world, "alpha", "gavea"), case.reference)
    with i18n.in_language("en"):
        found = show_clocks.promises(case, shown, now)
    return {one.clock.code: one for one in (*found.open, *found.over)}


def test_each_promise_says_its_date_what_it_waits_for_and_what_delays_it(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.coordinating(alpha)
    now = case.state_since + DAY
    found = followed(alpha, case, now)
    comments = found["COO"]
    assert comments.clock.due_at == people.item_of(case, "coordination").closes_at
    said = dict(comments.under.lines)
    assert said["Who has it"] == "The members"
    assert dict(found["CON"].under.lines)["Who has it"] == "The country concerned"
    assert "what comes later is not counted" in said["What happens then"]
    assert found["CHK"].clock.state == "kept"
    assert "You" not in {dict(one.under.lines).get("Who has it") for one in found.values()}
    assert "your" not in " ".join(text for one in found.values() for _, text in one.under.lines)
    assert all(not one.clock.kept for one in found.values()), "versions of standards are the secretariat's"


def test_whoever_follows_reads_of_the_applicant_in_the_third_person(alpha: World) -> None:
    case = stories.returned(alpha, proposals.submitted(alpha), NOW + DAY)
    now, events = NOW + 2 * DAY, outside.queries.events_of(case.id)
    with i18n.in_language("en"):
        views = outside.clocks(case, events, now)
        found = show_promises.under(case, events, views, now, FOLLOWER)
        own = show_promises.under(case, events, views, now)
    assert dict(found["CHK/"].lines)["Who has it"] == "The applicant"
    assert dict(own["CHK/"].lines)["Who has it"] == "You"
    assert "Reminders" in dict(own["FIX/"].lines)
    assert "Reminders" not in dict(found["FIX/"].lines)


def test_the_window_of_an_approval_names_silence_and_the_reminder(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    ends = people.item_of(case).closes_at
    assert ends is not None
    lines = dict(followed(alpha, case, case.state_since + DAY)["NOB"].under.lines)
    assert "Silence is consent" in lines["What happens then"]
    assert "Reminder" in lines
    assert "Reminder" not in dict(followed(alpha, case, ends - DAY)["NOB"].under.lines)


def test_a_decision_that_is_kept_back_is_not_told_by_a_clock(alpha: World) -> None:
    people.join(alpha, "alpha")
    case = people.before_members(alpha)
    stories.kept_back(alpha, case, case.state_since + stories.HOUR)
    people.mails_arrive()
    people.close_over(case, "recommended")
    assert case.state == "embargoed"
    now = case.state_since + DAY
    with i18n.in_language("en"):
        seen = {view.code: view.state for view in outside.clocks(case, outside.queries.events_of(case.id), now)}
    assert {code: one.clock.state for code, one in followed(alpha, case, now).items()} == seen
    assert seen.get("NOB") not in ("kept", "missed")


def test_pages_show_the_members_own_time_and_the_promises(place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        people.join(place.world, "alpha")
        case = people.coordinating(place.world, now=datetime.now(UTC) - 3 * DAY)
        waits = proposals.to_coordinate(place.world, proposals.submitted(place.world, now=datetime.now(UTC)))
        reference, unsent = case.reference, waits.reference
        db.session.commit()
        db.session.remove()
    gavea = client_for("gavea@alpha.example")
    inbox = gavea.get("/alpha/members/?lang=en").text
    assert "<small>Comments of the members</small>" in inbox
    assert 'class="promise-bar' in inbox
    page = gavea.get(f"/alpha/circulars/cases/{reference}/?lang=en").text
    assert "What was promised, and how it stands" in page
    assert "Who has it" in page
    assert gavea.get(f"/alpha/circulars/cases/{unsent}/").status_code == 404
