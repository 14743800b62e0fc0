"""The Catalytic Fund of 2011 at its real dates.

The Cities Alliance's own pages tell them: 73 concept notes by 31 March 2011, midnight in Washington; 44 found eligible
by 12 April, when they went to the members for donor coordination, ten business days; beside it the external panel and
the country clearances; on 7 June the notification for final donor approval; on 21 June, as no objection had come,
seven were considered approved.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.infra.db import db
from portal.members.queries import circulars
from portal.members.service import close
from portal.organisations.models import Organisation
from portal.review.queries import record
from portal.standards import queries as standards
from tests.factories import World
from tests.integration.cases import proposals
from tests.integration.members import people

WASHINGTON = ZoneInfo("America/New_York")
RECEIVED, ELIGIBLE, APPROVED = 73, 44, 7


def at(month: int, day: int, hour: int = 11) -> datetime:
    """An hour of a day of 2011 in Washington, in UTC."""
    return datetime(2011, month, day, hour, tzinfo=WASHINGTON).astimezone(UTC)


def day_of(moment: datetime | None) -> date:
    """The day of an instant in Washington."""
    assert moment is not None
    return moment.astimezone(WASHINGTON).date()


def received(world: World) -> list[Case]:
    """The notes that came in on the last day of the call."""
    city = db.session.scalars(
        select(Organisation).where(Organisation.id == world["alpha"].organisations["vilankulo"])
    ).one()
    city.language = "en"
    proposals.open_call(
        world, "alpha", "concept_note", opens_at=at(1, 26), closes_at=at(3, 31, 23) + timedelta(minutes=59)
    )
    return [
        proposals.submitted(world, amount="218000.00", instrument="concept_note", now=at(3, 31) + timedelta(minutes=n))
        for n in range(RECEIVED)
    ]


def clock_of(case: Case, code: str, subject: str = "") -> tuple[str, date]:
    """How a promise ended, and the day it was due."""
    found = [c for c, _ in standards.clocks_of([case.id]) if c.code == code and c.subject == subject]
    return found[-1].state, day_of(found[-1].due_at)


def test_seven_of_seventy_three_are_deemed_approved_on_the_21st_of_june(alpha: World) -> None:
    people.join(alpha, "alpha")
    notes = received(alpha)
    officer, manager = alpha.actor("alpha", "officer"), alpha.actor("alpha", "manager")

    # Screened by 12 April: eight weekdays.
    for case in notes[ELIGIBLE:]:
        make_move(case, "doubt_eligibility", officer, at(4, 11), {"reason_code": "country", "grounds": "Not listed."})
        make_move(case, "confirm_not_eligible", manager, at(4, 12, 9))
    eligible = notes[:ELIGIBLE]
    for case in eligible:
        make_move(case, "find_complete", officer, at(4, 12, 9))
        assert (case.state, clock_of(case, "CHK")[0]) == ("to_coordinate", "met")
    spent = {clock.taken for case in eligible for clock, _ in standards.clocks_of([case.id]) if clock.code == "CHK"}
    assert spent == {8}

    # Donor coordination of all 44 in one circular: ten weekdays, Good Friday counted.
    first = people.circulated(alpha, "alpha", eligible, "coordination", at(4, 12, 16))
    people.mails_arrive()
    assert len(circulars.items(first.id)) == ELIGIBLE
    assert {day_of(item.closes_at) for item, _ in circulars.items(first.id)} == {date(2011, 4, 26)}
    done = close.close_windows(at(4, 27, 1))
    assert (done.closed, done.failed) == (ELIGIBLE, 0)
    assert {case.state for case in eligible} == {"answering"}
    assert clock_of(eligible[0], "COO") == ("met", date(2011, 4, 26))

    # The country clearances and the panel end beside it; ten notes are ranked, seven recommended.
    for case in eligible[:10]:
        make_move(case, "close_concurrence", officer, at(4, 25), {"outcome": "concurs"})
        make_move(case, "waive_panel", manager, at(5, 13), {"grounds": "The panel met on paper; its report is filed."})
        make_move(case, "rank", officer, at(5, 16))
    for case in eligible[10:]:
        make_move(case, "decline", manager, at(5, 16), {"grounds": "Others were stronger."})
    chosen = eligible[:APPROVED]
    for case in chosen:
        make_move(case, "recommend", manager, at(6, 6))
    for case in eligible[APPROVED:10]:
        make_move(case, "decline", manager, at(6, 6), {"grounds": "Above what the envelope holds."})

    # 7 June: notification for final approval; 21 June: nobody has objected.
    second = people.circulated(alpha, "alpha", chosen, "recommended", at(6, 7))
    people.mails_arrive()
    assert second.number == first.number + 1
    assert close.close_windows(at(6, 21, 23)) == close.Closed(), "the 21st of June belongs to the members"
    assert close.close_windows(at(6, 22, 1)) == close.Closed(closed=APPROVED)
    for case in chosen:
        event = next(e for e in cases.events_of(case.id) if e.kind == "deemed_approved")
        decision = record.standing_decision(case.id)
        assert decision is not None
        assert (case.state, decision.outcome) == ("decided", "approved_in_principle")
        assert day_of(event.at) == day_of(decision.decided_at) == date(2011, 6, 21)
        assert event.data["silent"] == ["Gavea", "Habita", "Norlan"]
        assert clock_of(case, "NOB") == ("met", date(2011, 6, 21))
    whole = sum((case.amount or 0) for case in chosen)
    assert 1_500_000 < whole < 1_600_000
    assert sum(case.state == "decided" for case in notes) == RECEIVED


def test_a_window_over_a_holiday_is_as_long_as_any(alpha: World) -> None:
    """Donor coordination of 1 July 2011 ended on the 15th, although the 4th is a holiday."""
    people.join(alpha, "alpha")
    proposals.open_call(alpha, "alpha", "project_proposal", opens_at=at(1, 1))
    case = people.coordinating(alpha, now=at(7, 1, 8))
    assert day_of(people.item_of(case, "coordination").closes_at) == date(2011, 7, 15)
