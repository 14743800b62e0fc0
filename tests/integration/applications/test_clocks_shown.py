"""What a clock says to its reader, what it must not say too early, and how few questions a page asks the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import events
from portal.core.actor import Actor
from portal.infra import tenancy
from portal.infra.db import db
from portal.standards.show import clock_views, urgent_view
from tests.factories import NOW, World
from tests.integration.cases.stories import start_draft, submitted

#: what the gate asks before any page: the person, and her roles on either side
GATE = 3


def said(case: Case, now: datetime, *, staff: bool = False) -> dict[str, Any]:
    """Every clock of a case by its code."""
    return {view.code: view for view in clock_views(case, queries.events_of(case.id), now, staff=staff)}


def test_a_submitted_case_shows_what_runs_what_was_kept_and_what_lies_ahead(alpha: World) -> None:
    case = submitted(alpha)
    views = said(case, NOW + timedelta(days=1))
    assert list(views)[:2] == ["ACK", "CHK"]
    assert (views["ACK"].state, views["ACK"].pill) == ("kept", "Kept · same day")
    assert views["CHK"].state == "running"
    assert "10 working days" in views["CHK"].words
    assert views["CHK"].explanation
    assert views["TRA"].state == "not_started"
    assert {"FIX", "SIGN", "REP", "PAY"}.isdisjoint(views)
    assert sum(width for _, _, width in views["CHK"].segments) <= 100


def test_a_case_in_a_working_language_is_promised_no_translation(app: object, world: World) -> None:
    with tenancy.scope(world["beta"].id):
        assert "TRA" not in said(submitted(world, "beta", "douala"), NOW + timedelta(days=1))
    with tenancy.scope(world["alpha"].id):
        assert "TRA" in said(submitted(world), NOW + timedelta(days=1))


def test_late_is_said_in_lists_and_on_the_page_alike(alpha: World) -> None:
    case = submitted(alpha)
    then = NOW + timedelta(days=30)
    row, page = urgent_view(case, then), said(case, then)["CHK"]
    assert row.code == "CHK"
    assert (row.state, row.tone) == (page.state, page.tone) == ("late", "late")
    assert row.pill == page.pill
    draft = urgent_view(start_draft(alpha, "alpha", "vilankulo"), NOW)
    assert (draft.pill, draft.segments) == ("No date", ())


def test_the_applicant_does_not_read_the_decision_before_the_letter(alpha: World) -> None:
    case = submitted(alpha)
    then = NOW + timedelta(days=3)
    events.append(case, "found_complete", Actor.system(1), then)
    events.append(case, "recommended", Actor.system(1), then + timedelta(hours=1))
    events.append(case, "declined", Actor.system(1), then + timedelta(hours=2))
    outside = said(case, then + timedelta(days=1))["DEC"]
    inside = said(case, then + timedelta(days=1), staff=True)["DEC"]
    assert "Declined" not in " ".join((outside.words, outside.pill, *outside.explanation))
    assert "Declined" in " ".join(inside.explanation)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Every statement sent to the database meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "set_config" not in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("rest", "most"), [("my/", 1), ("cases/{}/", 6)])
def test_a_page_asks_few_questions_whatever_it_holds(
    place: Any, client_for: Callable[[str | None], FlaskClient], rest: str, most: int
) -> None:
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        then = datetime.now(UTC) - timedelta(hours=1)
        reference = next(submitted(place.world, "alpha", "vilankulo", then).reference for _ in range(5))
        db.session.commit()
        db.session.remove()
    lead = client_for(place.world.email("alpha", "vilankulo.lead"))
    address = "/alpha/" + rest.format(reference)
    lead.get(address)
    with place.app.app_context():
        engine = db.engine
    with counted(engine) as asked:
        assert lead.get(address).status_code == 200
    assert len(asked) <= GATE + most, "\n\n".join(asked)
