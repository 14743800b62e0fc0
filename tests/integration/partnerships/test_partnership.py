"""Cities, associations and governments propose a partnership; what was approved is agreed on and in force."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move, offers
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.standards import reckon
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.partnerships import queries
from portal.partnerships.models import Partnership
from portal.partnerships.rules import last_day
from portal.public import queries as public
from portal.standards import queries as standards
from portal.tenants import queries as tenants
from tests.factories import NOW, World
from tests.integration.partnerships import story
from tests.integration.partnerships.story import DAY, PASSWORD


def mails_of(case: Case) -> set[tuple[str, str]]:
    rows = db.session.scalars(select(OutboxMail).where(OutboxMail.case_id == case.id))
    return {(row.template, row.to_address) for row in rows}


def clocks_of(case: Case) -> dict[str, str]:
    """How each promise ended, by its code."""
    facts = cases.facts_of(cases.events_of(case.id))
    calendar = tenants.by_id(case.tenant_id).work_calendar
    return {
        clock.code: reckon(
            standards.parsed(version), facts, calendar, NOW + 9 * DAY, clock.subject or None, explained=False
        ).state
        for clock, version in standards.clocks_of([case.id])
    }


def test_a_city_proposes_in_portuguese_and_the_agreement_comes_into_force(alpha: World) -> None:
    case = story.accepted(alpha)
    assert case.state == "in_force"
    found = queries.of_case(case.id)
    assert found is not None
    assert found.years == 4
    assert (found.in_force_from, found.ends_on) == (date(2026, 3, 11), date(2030, 3, 10))
    assert found.accepted_name == "Vilankulo Signatory of Alpha"
    assert found.accepted_address == "192.0.2.7"
    papers = queries.agreements_of(case.id)
    assert [paper.language for paper in papers] == ["pt", "en"]
    assert {paper.audience for paper in papers} == {"applicant"}
    event = next(row for row in cases.events_of(case.id) if row.kind == "agreement_accepted")
    assert event.data["documents"] == {paper.language: paper.source_sha256 for paper in papers}
    assert event.data["ends_on"] == "2030-03-10"
    assert "password" not in event.data


def test_the_agreement_says_the_whole_programme_in_both_languages(alpha: World) -> None:
    case = story.approved(alpha, move="approve_with_conditions")
    for paper, start in zip(queries.agreements_of(case.id), ("Trabalho", "In English: Trabalho"), strict=True):
        source = paper.source
        assert source["articles"][-2]["code"] == "conditions"
        assert source["articles"][-2]["paragraphs"] == ["Name a {leader}", "Open an account"]
        questions = {shown["code"]: shown for annex in source["annexes"] for shown in annex["questions"]}
        assert [row[1] for row in questions["elements"]["rows"]] == [f"{start} {n}" for n in range(1, 14)]
        assert questions["members"]["entries"][0][0][1] == "UN-Habitat"
        assert len(questions["targets"]["rows"]) == 1
        assert "left_out" not in questions
        assert source["sha256"] == cases.last_submission(case.id).sha256  # type: ignore[union-attr]
        assert "{years}" not in str(source["articles"])


def test_without_conditions_the_agreement_has_no_article_on_them(alpha: World) -> None:
    case = story.approved(alpha)
    for paper in queries.agreements_of(case.id):
        assert "conditions" not in {article["code"] for article in paper.source["articles"]}


@pytest.mark.parametrize("facts", [story.GOVERNMENT, story.ASSOCIATION])
def test_a_government_or_an_association_proposes_without_translation(
    alpha: World, facts: tuple[str, str, str, str]
) -> None:
    name = story.organisation(alpha, "alpha", facts)
    case = story.accepted(alpha, who=name)
    assert case.state == "in_force"
    assert "translation_requested" not in {row.kind for row in cases.events_of(case.id)}
    assert [paper.language for paper in queries.agreements_of(case.id)] == ["en"]


def test_every_promise_was_kept(alpha: World) -> None:
    case = story.accepted(alpha)
    assert clocks_of(case) == dict.fromkeys(("ACK", "CHK", "TRA", "ASM-F", "DEC", "AGR", "SIGN"), "met")


def test_other_kinds_of_organisations_cannot_propose(alpha: World) -> None:
    name = story.organisation(alpha, "alpha", ("sponsor", "member", "FR", "en"))
    with pytest.raises(Invalid):
        story.filed(alpha, who=name)


def test_only_the_named_signatory_accepts_with_her_own_password_and_name(alpha: World) -> None:
    case = story.sent(alpha)
    story.give_password(alpha["alpha"].people["vilankulo.signatory"])
    signatory = alpha.actor("alpha", "vilankulo.signatory")
    good = {"typed_name": signatory.name, "password": PASSWORD, "confirm": "on"}
    found = queries.of_case(case.id)
    assert found is not None
    assert found.signatory_id == signatory.person_id
    for name in ("vilankulo.lead", "aleppo.signatory", "officer"):
        with pytest.raises(NotAllowed):
            make_move(case, "accept_agreement", alpha.actor("alpha", name), NOW + 8 * DAY, good)
    for wrong, field in (({"password": "wrong"}, "password"), ({"typed_name": "Somebody Else"}, "typed_name")):
        with pytest.raises(Invalid) as refused, db.session.begin_nested():
            make_move(case, "accept_agreement", signatory, NOW + 8 * DAY, good | wrong)
        assert set(refused.value.problems) == {field}
    assert cases.by_id(case.id).state == "signing"


def test_the_mails_of_a_partnership_speak_of_no_money(alpha: World) -> None:
    case = story.accepted(alpha)
    told = mails_of(case)
    assert ("partnership_sent", "vilankulo.signatory@alpha.example") in told
    assert ("partnership_in_force", "vilankulo.lead@alpha.example") in told
    assert not any(template in ("agreement_sent", "agreement_accepted", "paid") for template, _ in told)
    assert not any(address.startswith("finance") for _, address in told)


def test_declined_nothing_is_made(alpha: World) -> None:
    case = story.approved(alpha, move="decline")
    assert case.state == "declined"
    assert queries.of_case(case.id) is None
    assert queries.agreements_of(case.id) == []


def test_lapsed_and_reopened_it_is_drawn_up_anew(alpha: World) -> None:
    case = story.sent(alpha)
    manager = alpha.actor("alpha", "manager")
    with pytest.raises(NotNow):
        make_move(case, "lapse_agreement", manager, NOW + 8 * DAY, {"reason": "No answer"})
    late = NOW + 60 * DAY
    make_move(case, "lapse_agreement", manager, late, {"reason": "No answer"})
    make_move(case, "reopen", manager, late, {"reason": "They wrote"})
    first = {paper.id for paper in queries.agreements_of(case.id)}
    case = story.told(alpha, story.assessed(alpha, case, now=late), now=late)
    papers = queries.agreements_of(case.id)
    assert first.isdisjoint({paper.id for paper in papers})
    assert {paper.key for paper in papers} == {"partnership-2"}
    assert {paper.audience for paper in papers} == {"staff"}
    found = queries.of_case(case.id)
    assert found is not None
    assert found.sent_at is None


def test_who_may_read_it(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = story.approved(world)
        reference, officer, lead = (
            case.reference,
            world.actor("alpha", "officer"),
            world.actor("alpha", "vilankulo.lead"),
        )
        assert queries.visible(officer, reference)[0].id == case.id
        with pytest.raises(NotFound):
            queries.visible(lead, reference)
        make_move(case, "send_agreement", officer, NOW + 7 * DAY)
        assert queries.visible(lead, reference)[0].id == case.id
        with pytest.raises(NotFound):
            queries.visible(world.actor("alpha", "aleppo.lead"), reference)
    with tenancy.scope(world["beta"].id), pytest.raises(NotFound):
        queries.visible(world.actor("beta", "officer"), reference)


def test_the_second_tenant_makes_its_own(app: Flask, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        story.accepted(world)
        db.session.flush()
    with tenancy.scope(world["beta"].id):
        case = story.accepted(world, "beta", "namibia")
        assert case.state == "in_force"
        assert len(list(db.session.scalars(select(Partnership)))) == 1


def test_it_is_no_funded_project(alpha: World) -> None:
    case = story.sent(alpha)
    assert public.projects("", "").rows == []
    with pytest.raises(NotFound):
        public.project(case.reference)


def test_the_manager_records_its_end(alpha: World) -> None:
    case = story.accepted(alpha)
    manager = alpha.actor("alpha", "manager")
    assert {offer.move.code for offer in offers(case, manager, NOW + 9 * DAY)} == {"end"}
    make_move(case, "end", manager, NOW + 1500 * DAY, {"reason": "Its years are over."})
    assert (case.state, case.is_open) == ("closed", False)
    assert ("partnership_ended", "vilankulo.lead@alpha.example") in mails_of(case)


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2026, 3, 11), 4, date(2030, 3, 10)),
        (date(2026, 1, 1), 2, date(2027, 12, 31)),
        (date(2028, 2, 29), 2, date(2030, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2026, 3, 1), 2, date(2028, 2, 29)),
    ],
)
def test_a_period_ends_the_day_before_its_anniversary(first: date, years: int, last: date) -> None:
    assert last_day(first, years) == last


def test_a_period_has_at_least_a_year() -> None:
    with pytest.raises(ValueError, match="no period"):
        last_day(date(2026, 1, 1), 0)


def test_the_signing_clock_is_missed_when_nobody_signs(alpha: World) -> None:
    case = story.sent(alpha)
    facts = cases.facts_of(cases.events_of(case.id))
    calendar = tenants.by_id(case.tenant_id).work_calendar
    states = {
        clock.code: reckon(
            standards.parsed(version), facts, calendar, NOW + timedelta(days=60), clock.subject or None, explained=False
        ).late
        for clock, version in standards.clocks_of([case.id])
    }
    assert states["SIGN"]
