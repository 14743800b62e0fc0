"""A later closing and a late entry: decided with a reason, honoured at submission, told to whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.calls import queries
from portal.calls.models import Call
from portal.calls.service import decide
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import closing
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.insight.test_standards_admin import fields_of

DAY = timedelta(days=1)
CLOSES = NOW + 10 * DAY


def closing_call(world: World, closes_at: datetime = CLOSES) -> Call:
    """A call of concept notes that closes."""
    return proposals.open_call(world, "alpha", "concept_note", closes_at=closes_at)


def draft(world: World, organisation: str = "vilankulo", now: datetime = NOW) -> Case:
    """A draft of a concept note that only waits to be submitted."""
    return proposals.draft(world, amount="150000.00", instrument="concept_note", organisation=organisation, now=now)


def mails(template: str) -> list[OutboxMail]:
    """The mails of a sort, by address."""
    return list(
        db.session.scalars(select(OutboxMail).where(OutboxMail.template == template).order_by(OutboxMail.to_address))
    )


def test_the_last_instant_counts_and_the_next_does_not(alpha: World) -> None:
    closing_call(alpha)
    lead = alpha.actor("alpha", "vilankulo.lead")
    cases_there = [draft(alpha), draft(alpha)]
    for case in cases_there:
        signed = {"typed_name": "A Mayor", "confirm": "yes"}
        make_move(case, "sign", stories.who(alpha, case, "signatory"), CLOSES - DAY, signed)
        assert (closing.closing_of(case), case.urgent_at) == (CLOSES, CLOSES), (
            "a signature does not make the closing forgotten"
        )
    make_move(cases_there[0], "submit", lead, CLOSES - timedelta(microseconds=1))
    with pytest.raises(NotNow, match="The call closed on"):
        make_move(cases_there[1], "submit", lead, CLOSES)


def test_an_extension_is_for_everybody_and_tells_whoever_writes(alpha: World) -> None:
    call, manager = closing_call(alpha), alpha.actor("alpha", "manager")
    case, other = draft(alpha), draft(alpha, "aleppo")
    gone = make_move(draft(alpha), "discard", stories.who(alpha, case, "lead"), NOW)
    until = CLOSES + 5 * DAY
    change = decide.extend(call, until, "The network was down.", manager, CLOSES + DAY)
    assert (change.kind, change.before, change.until, change.decided_by_name) == (
        "extension", CLOSES, until, manager.name,
    )  # fmt: skip
    assert [row.urgent_at for row in (case, other)] == [until, until]
    assert gone.urgent_at != until
    told = mails("call_extended")
    assert [(mail.to_address, mail.language) for mail in told] == [
        ("aleppo.contributor@alpha.example", "ar"), ("aleppo.lead@alpha.example", "ar"),
        ("vilankulo.contributor@alpha.example", "pt"), ("vilankulo.lead@alpha.example", "pt"),
    ]  # fmt: skip
    assert "The network was down." in told[0].text_body
    assert proposals.submit(alpha, case, CLOSES + 2 * DAY).is_submitted
    assert queries.extensions(call) == [change]


@pytest.mark.parametrize("until", [None, CLOSES, CLOSES - DAY, NOW + DAY])
def test_a_closing_only_moves_forward(alpha: World, until: datetime | None) -> None:
    call, manager = closing_call(alpha), alpha.actor("alpha", "manager")
    with pytest.raises(Invalid) as refused:
        decide.extend(call, until, " ", manager, NOW)
    assert set(refused.value.problems) == {"until", "reason"}
    assert call.closes_at == CLOSES


def test_a_call_that_never_closes_is_not_extended(alpha: World) -> None:
    call = queries.by_code("preparatory-grants")
    for verb in (
        lambda: decide.extend(call, CLOSES, "x", alpha.actor("alpha", "manager"), NOW),
        lambda: decide.grant_late_entry(call, "x", CLOSES, "x", alpha.actor("alpha", "manager"), NOW),
    ):
        with pytest.raises(NotNow, match="open all the time"):
            verb()


def test_a_late_entry_is_one_organisations_alone(alpha: World) -> None:
    call, manager = closing_call(alpha), alpha.actor("alpha", "manager")
    case, other = draft(alpha), draft(alpha, "aleppo")
    late, until = CLOSES + DAY, CLOSES + 3 * DAY
    decide.grant_late_entry(call, "municipality of vilankulo", until, "Their line was cut.", manager, late)
    told = [event for event in cases.events_of(case.id) if event.kind == "late_entry_granted"]
    assert [(event.actor_name, event.data["until"], event.audience) for event in told] == [
        (manager.name, until.isoformat(), "applicant")
    ]
    assert not [event for event in cases.events_of(other.id) if event.kind == "late_entry_granted"]
    assert {mail.to_address for mail in mails("late_entry")} == {
        "vilankulo.contributor@alpha.example", "vilankulo.lead@alpha.example",
    }  # fmt: skip
    assert (closing.closing_of(case), closing.closing_of(other)) == (until, CLOSES)
    with pytest.raises(NotNow):
        proposals.submit(alpha, other, late)
    second = draft(alpha, now=late)
    assert "late_entry_granted" in {event.kind for event in cases.events_of(second.id)}
    with pytest.raises(NotNow):
        draft(alpha, "aleppo", now=late)
    assert proposals.submit(alpha, case, late).is_submitted
    with pytest.raises(NotNow):
        make_move(second, "submit", stories.who(alpha, second, "lead"), until)


def test_who_may_decide_and_on_what(alpha: World) -> None:
    call, manager = closing_call(alpha), alpha.actor("alpha", "manager")
    for name in ("officer", "auditor", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            decide.extend(call, CLOSES + DAY, "x", alpha.actor("alpha", name), NOW)
        with pytest.raises(NotAllowed):
            decide.grant_late_entry(call, "x", CLOSES + DAY, "x", alpha.actor("alpha", name), NOW)
    for organisation in ("", "Sponsor of alpha", "Municipality of Douala", "Nobody"):
        with pytest.raises(Invalid) as refused:
            decide.grant_late_entry(call, organisation, CLOSES, " ", manager, NOW)
        assert set(refused.value.problems) == {"organisation", "late_until", "late_reason"}


def test_the_pages(place: Place, world: World, client_for: Callable[[str | None], FlaskClient]) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        closing_call(world, datetime(2020, 2, 1, 12, tzinfo=NOW.tzinfo))
        db.session.commit()
    boss, lead = client_for(world.email("alpha", "manager")), client_for(world.email("alpha", "vilankulo.lead"))
    home = "/alpha/admin/calls/concept-notes/"
    page = f"{home}decisions/"
    assert "This call is closed." in lead.get("/alpha/calls/concept-notes/?lang=en").text
    form = fields_of(boss.get(page), f"{home}late-entry/")
    form["organisation"], form["late_until"] = "Municipality of Vilankulo", "2098-01-01T12:00"
    refused = boss.post(f"{home}late-entry/", data=form)
    assert refused.status_code == 422
    assert 'value="2098-01-01T12:00"' in refused.text
    form["late_reason"] = "Their <line> was cut."
    assert boss.post(f"{home}late-entry/", data=form).location == page
    assert "Their &lt;line&gt; was cut." in boss.get(f"{page}?lang=ar").text
    open_to_her = lead.get("/alpha/calls/concept-notes/?lang=en").text
    assert "a late entry was granted to you" in open_to_her
    assert "Their" not in open_to_her, "what concerns one organisation is not published"
    assert (
        "This call is closed."
        in client_for(world.email("alpha", "aleppo.lead")).get("/alpha/calls/concept-notes/?lang=en").text
    )
    form = fields_of(boss.get(page), f"{home}extend/")
    form["until"], form["reason"] = "2020-01-01T00:00", "Too early"
    assert boss.post(f"{home}extend/", data=form).status_code == 422
    form["until"], form["reason"] = "2098-02-02T00:00", "For everybody."
    assert boss.post(f"{home}extend/", data=form).location == page
    public = client_for(None).get("/alpha/calls/concept-notes/?lang=en").text
    assert "For everybody." in public
    assert "2098" in public
    assert client_for(world.email("beta", "manager")).get(page).status_code == 404
    assert boss.get("/alpha/admin/calls/nothing/decisions/").status_code == 404
