"""What is not funded, and which countries count on the day that the call names: enforced in both instruments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import answer
from portal.cases.service.context import form_context
from portal.cases.service.move import make_move
from portal.core import recipients
from portal.core.errors import NotNow
from portal.infra.db import db
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories

NEW = ("project_proposal", "concept_note")
HOUR = timedelta(hours=1)


def draft(world: World, instrument: str, **more: str) -> Case:
    """A draft that only waits to be submitted."""
    return proposals.draft(world, amount="150000.00", instrument=instrument, **more)


@pytest.mark.parametrize("instrument", NEW)
@pytest.mark.parametrize("question", ["emergency", "members_work"])
def test_what_is_not_funded_cannot_be_submitted(alpha: World, instrument: str, question: str) -> None:
    with pytest.raises(NotNow, match="What is not funded"):
        proposals.submit(alpha, draft(alpha, instrument, screening=question))


@pytest.mark.parametrize("instrument", NEW)
def test_what_is_seldom_funded_is_submitted_and_told(alpha: World, instrument: str) -> None:
    assert proposals.submit(alpha, draft(alpha, instrument, screening="research")).is_submitted


@pytest.mark.parametrize("instrument", NEW)
def test_an_answer_mended_into_what_is_not_funded_is_not_taken_back(alpha: World, instrument: str) -> None:
    case = proposals.submit(alpha, draft(alpha, instrument))
    stories.returned(alpha, case, NOW + HOUR, "screening")
    lead = stories.who(alpha, case, "lead")
    values = {"emergency": "yes", "emergency_details": proposals.PROSE}
    answer.save_section(case, "screening", values, lead, NOW + 2 * HOUR, seen={})
    with pytest.raises(NotNow, match="What is not funded"):
        make_move(case, "resubmit", lead, NOW + 3 * HOUR)


def test_the_list_changes_with_the_years() -> None:
    """Seychelles and Uruguay left the list on 1 January 2018 (DAC, changes of the list of ODA recipients)."""
    assert {"SC", "UY"} <= recipients.recipients(date(2017, 12, 31))
    assert not {"SC", "UY"} & recipients.recipients(date(2018, 1, 1))


@pytest.mark.parametrize("instrument", NEW)
def test_a_country_counts_as_of_the_day_of_the_call(alpha: World, instrument: str) -> None:
    call = proposals.open_call(alpha, "alpha", instrument)
    case = draft(alpha, instrument)
    lead = stories.who(alpha, case, "lead")
    place = dict(queries.answers_of(case.id)["place"], country="UY", cities=[{"_row": "1", "city": {"name": "Salto"}}])
    answer.save_section(case, "place", place, lead, NOW, seen={})
    for day, listed in ((date(2018, 1, 1), False), (date(2017, 12, 31), True)):
        call.eligible_on = day
        db.session.flush()
        context = form_context(case, "en", NOW)
        assert context.eligible_countries is not None
        assert ("UY" in context.eligible_countries) is listed
        if listed:
            assert proposals.submit(alpha, case).is_submitted
        else:
            with pytest.raises(NotNow, match="not complete"):
                proposals.submit(alpha, case)


@pytest.mark.parametrize("instrument", NEW)
def test_a_call_may_take_all_countries(alpha: World, instrument: str) -> None:
    proposals.open_call(alpha, "alpha", instrument, policy_overrides={"eligible_from_oda_list": False})
    assert form_context(draft(alpha, instrument), "en", NOW).eligible_countries is None
