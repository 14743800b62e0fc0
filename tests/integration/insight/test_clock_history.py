"""A clock tells its whole story: why its date is what it is, the runs before, and the version it keeps."""

from __future__ import annotations

from datetime import timedelta

from portal.cases import queries as cases
from portal.cases.service.move import make_move
from portal.infra.i18n import in_language
from portal.standards.show import clock_views
from tests.factories import NOW, World
from tests.integration.cases import stories

DAY = timedelta(days=1)


def test_a_clock_tells_its_earlier_runs_and_its_version(alpha: World) -> None:
    """Returned twice: the second run of the applicant's clock is shown, the first stands below with how it ended."""
    case = stories.submitted(alpha, now=NOW)
    for day in (1, 5):
        stories.returned(alpha, case, NOW + day * DAY)
        make_move(case, "resubmit", stories.who(alpha, case, "lead"), NOW + (day + 2) * DAY)
    events = cases.events_of(case.id)
    for language, words in (("en", "in time"), ("ar", "")):
        with in_language(language):
            staff = {view.code: view for view in clock_views(case, events, NOW + 9 * DAY, staff=True)}
            outside = {view.code: view for view in clock_views(case, events, NOW + 9 * DAY)}
        assert len(staff["FIX"].runs) == 1
        assert staff["FIX"].runs == outside["FIX"].runs
        assert words in staff["FIX"].runs[0]
        assert staff["FIX"].kept
        assert not outside["FIX"].kept
        assert staff["ACK"].runs == ()
        assert len(staff["CHK"].explanation) > len(staff["ACK"].explanation), "two pauses are told"
