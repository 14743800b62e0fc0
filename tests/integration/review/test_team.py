"""The team: absences with a deputy, whose cases are mine, cases given to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Absence, Person
from portal.accounts.service import cancel_absence, record_absence
from portal.cases import mail
from portal.cases.models import Case, Event
from portal.cases.service.sweep import sweep
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.evaluation.service import people
from portal.infra import tenancy
from portal.infra.db import db
from portal.review.queries import team
from portal.review.service.assign import assign, reassign
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases.stories import submitted, withdrawn

ClientFor = Callable[[str | None], FlaskClient]
TODAY = NOW.astimezone(ZoneInfo("America/New_York")).date()


def person(world: World, name: str, slug: str = "alpha") -> UUID:
    return world[slug].people[name]


def absent(world: World, who: str, deputy: str | None, days: int = 3) -> Absence:
    return record_absence(
        person(world, who),
        (TODAY, TODAY + timedelta(days=days)),
        person(world, deputy) if deputy else None,
        "",
        world.actor("alpha", who),
        NOW,
    )


def followed(world: World, who: str) -> Case:
    case = submitted(world)
    return assign(case, person(world, who), world.actor("alpha", "manager"), NOW)


def receivers(case: Case, now: datetime = NOW) -> list[str]:
    return sorted(one.email.partition("@")[0] for one in mail.receivers(case, "monitor", now))


def test_a_deputy_gets_what_is_meant_for_the_monitor(alpha: World) -> None:
    case = followed(alpha, "officer")
    assert receivers(case) == ["officer"]
    absent(alpha, "officer", "officer2")
    assert receivers(case) == ["officer2"]
    assert receivers(case, NOW + timedelta(days=4)) == ["officer"]


def test_without_a_deputy_and_without_an_account_the_officers_get_it(alpha: World) -> None:
    case = followed(alpha, "officer")
    row = absent(alpha, "officer", None)
    assert receivers(case) == ["officer", "officer2"]
    cancel_absence(row.id, alpha.actor("alpha", "officer"), NOW)
    assert receivers(case) == ["officer"]
    found = db.session.get(Person, person(alpha, "officer"))
    assert found is not None
    found.active = False
    db.session.flush()
    assert receivers(case) == ["officer2"]


def test_a_new_case_goes_to_an_officer_who_is_there(alpha: World) -> None:
    absent(alpha, "officer", "officer2")
    assert [submitted(alpha).monitor_id, submitted(alpha).monitor_id] == [person(alpha, "officer2")] * 2
    absent(alpha, "officer2", None)
    assert submitted(alpha).monitor_id == person(alpha, "officer")


@pytest.mark.parametrize(
    ("first", "last", "deputy", "field"),
    [
        (2, 1, "officer2", "to"),
        (-3, -1, "officer2", "to"),
        (0, 400, "officer2", "to"),
        (1, 2, "officer", "deputy"),
        (1, 2, "translator", "deputy"),
    ],
)
def test_an_absence_that_cannot_be_names_its_field(
    alpha: World, first: int, last: int, deputy: str, field: str
) -> None:
    days = (TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    with pytest.raises(Invalid) as refused:
        record_absence(person(alpha, "officer"), days, person(alpha, deputy), "", alpha.actor("alpha", "officer"), NOW)
    assert set(refused.value.problems) == {field}


def test_two_absences_do_not_overlap(alpha: World) -> None:
    absent(alpha, "officer", "manager")
    with pytest.raises(Invalid) as refused:
        absent(alpha, "officer", "officer2", days=9)
    assert set(refused.value.problems) == {"from"}


def test_who_may_record_an_absence(app: object, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        days = (TODAY, TODAY)
        with pytest.raises(NotAllowed):
            record_absence(person(world, "officer"), days, None, "", world.actor("alpha", "officer2"), NOW)
        with pytest.raises(NotAllowed):
            record_absence(person(world, "auditor"), days, None, "", world.actor("alpha", "auditor"), NOW)
        row = record_absence(person(world, "officer"), days, None, "", world.actor("alpha", "manager"), NOW)
        with pytest.raises(NotFound):
            record_absence(person(world, "vilankulo.lead"), days, None, "", world.actor("alpha", "manager"), NOW)
        with pytest.raises(NotAllowed):
            cancel_absence(row.id, world.actor("alpha", "officer2"), NOW)
        db.session.commit()
        kept = row.id
    with tenancy.scope(world["beta"].id), pytest.raises(NotFound):
        cancel_absence(kept, world.actor("beta", "manager"), NOW)


def test_many_cases_go_over_and_what_has_ended_is_told(alpha: World) -> None:
    manager = alpha.actor("alpha", "manager")
    cases = [followed(alpha, "officer") for _ in range(3)]
    ended = withdrawn(alpha, followed(alpha, "officer"), NOW)
    given, left = reassign([case.id for case in (*cases, ended)], person(alpha, "officer2"), manager, NOW)
    assert (given, left) == (3, 1)
    assert {case.monitor_id for case in cases} == {person(alpha, "officer2")}
    told = db.session.scalars(select(Event).where(Event.case_id == cases[0].id, Event.kind == "assigned")).all()
    assert told[-1].actor_id == person(alpha, "manager")
    with pytest.raises(NotAllowed):
        reassign([cases[0].id], person(alpha, "officer"), alpha.actor("alpha", "officer"), NOW)
    with pytest.raises(Invalid):
        reassign([], person(alpha, "officer"), manager, NOW)
    with pytest.raises(Invalid):
        reassign([cases[0].id], person(alpha, "translator"), manager, NOW)


def test_no_case_of_another_tenant_goes_over(app: object, world: World) -> None:
    with tenancy.scope(world["beta"].id):
        theirs = submitted(world, "beta", "douala").id
        db.session.commit()
    with tenancy.scope(world["alpha"].id), pytest.raises(NotFound):
        reassign([theirs], person(world, "officer2"), world.actor("alpha", "manager"), NOW)


def test_the_load_of_each(alpha: World) -> None:
    for _ in range(2):
        followed(alpha, "officer")
    late = followed(alpha, "officer2")
    late.monitor_id = None
    db.session.flush()
    loads = team.loads(NOW, NOW + timedelta(days=7))
    assert loads[person(alpha, "officer")].cases == 2
    assert loads[None].cases == 1
    after = team.loads(NOW + timedelta(days=90), NOW + timedelta(days=97))
    assert after[person(alpha, "officer")].late == 2


# -- pages


@pytest.fixture(autouse=True)
def no_tokens(place: Place) -> None:
    place.app.config["WTF_CSRF_ENABLED"] = False


def now_today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_absence_is_recorded_on_the_page_and_the_desk_says_so(
    place: Place, world: World, client_for: ClientFor, language: str
) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        reference = followed(world, "officer").reference
        db.session.commit()
        name = db.session.get_one(Person, person(world, "officer")).name
    officer, deputy = (client_for(world.email("alpha", who)) for who in ("officer", "officer2"))
    assert reference not in deputy.get(f"/alpha/desk/?lang={language}").text
    day = now_today()
    form = {"person": str(person(world, "officer")), "from": day.isoformat(), "to": day.isoformat()}
    wrong = officer.post("/alpha/desk/team/absences/", data={**form, "to": "tomorrow"})
    assert wrong.status_code == 422
    assert 'id="to-error"' in wrong.text
    kept = officer.post("/alpha/desk/team/absences/", data={**form, "deputy": str(person(world, "officer2"))})
    assert kept.status_code == 303
    page = officer.get(f"/alpha/desk/team/?lang={language}").text
    assert name in page
    shown = deputy.get(f"/alpha/desk/?tab=mine&lang={language}&q=").text
    assert reference in shown
    assert name in shown
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        row = db.session.scalars(select(Absence)).one()
        assert row.deputy_id == person(world, "officer2")
        address = f"/alpha/desk/team/absences/{row.id}/cancel/"
    assert deputy.post(address).status_code == 403
    assert officer.post(address).status_code == 303
    assert client_for(world.email("beta", "manager")).post(address.replace("alpha", "beta")).status_code == 404


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_manager_gives_cases_over_on_the_page(
    place: Place, world: World, client_for: ClientFor, language: str
) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        cases = [followed(world, "officer") for _ in range(2)]
        ids = [str(case.id) for case in cases]
        db.session.commit()
    manager = client_for(world.email("alpha", "manager"))
    page = f"/alpha/desk/team/reassign/?from={person(world, 'officer')}&lang={language}"
    shown = manager.get(page).text
    assert all(f'value="{one}"' in shown for one in ids)
    nobody = manager.post("/alpha/desk/team/reassign/", data={"from": str(person(world, "officer")), "case": ids})
    assert nobody.status_code == 422
    form = {"from": str(person(world, "officer")), "case": ids[:1], "to": str(person(world, "officer2"))}
    assert manager.post("/alpha/desk/team/reassign/", data=form).status_code == 303
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        found = [db.session.get_one(Case, (world["alpha"].id, UUID(one))).monitor_id for one in ids]
    assert found == [person(world, "officer2"), person(world, "officer")]
    assert manager.get("/alpha/desk/team/reassign/?from=nobody").status_code == 200
    for unknown in ("", "x", str(person(world, "vilankulo.lead"))):
        assert manager.get(f"/alpha/desk/team/reassign/?from={unknown}").status_code == 404
    assert client_for(world.email("alpha", "officer")).get(page).status_code == 403


def test_the_desk_finds_what_is_late_and_not_explained(place: Place, world: World, client_for: ClientFor) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = followed(world, "officer")
        reference = case.reference
        db.session.commit()
    manager = client_for(world.email("alpha", "manager"))
    assert reference not in manager.get("/alpha/desk/?tab=all&unexplained=1").text
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        sweep(NOW + timedelta(days=60))
        db.session.commit()
    assert reference in manager.get("/alpha/desk/?tab=all&unexplained=1").text
    assert manager.get("/alpha/desk/?tab=all&unexplained=2").status_code == 422


def test_whoever_only_evaluates_is_not_of_the_team(place: Place, world: World, client_for: ClientFor) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        expert = people.invite(world.actor("alpha", "officer"), "ana@experts.example", "Expert Ana", "en", NOW)
        db.session.commit()
        assert expert.id
    page = client_for(world.email("alpha", "officer")).get("/alpha/desk/team/").text
    assert "Officer of Alpha" in page
    assert "Expert Ana" not in page
