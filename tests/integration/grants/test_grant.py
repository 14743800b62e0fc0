"""A grant from its approval to its close: made once, exact to the cent, each step by the right person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Document
from portal.cases.service.move import make_move
from portal.cases.service.steps import Step
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.grants import queries
from portal.grants.models import Grant
from portal.grants.service.payments import approve_payment, enter_payment, refuse_payment
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from tests.factories import NOW, World
from tests.integration.grants import story
from tests.integration.grants.story import DAY, PASSWORD

FIRST = Decimal("43200.00")


def kinds(case_id: object) -> list[tuple[str, str | None]]:
    return [(event.kind, event.subject) for event in cases.events_of(case_id)]  # type: ignore[arg-type]


def test_approval_makes_grant_lines_tranches_and_both_agreements(alpha: World) -> None:
    case = story.approved(alpha)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert (grant.amount, grant.duration_months, grant.submission_number) == (Decimal("72000.00"), 12, 1)
    lines = [(line.label, line.category, line.amount) for line in queries.lines_of(grant.id)]
    assert lines == [(label, category, Decimal(amount)) for label, category, amount in story.BUDGET]
    tranches = [(part.number, part.amount, part.condition) for part in queries.tranches_of(grant.id)]
    assert tranches == [(1, FIRST, "agreement_accepted"), (2, Decimal("28800.00"), "report_accepted:1")]
    papers = queries.agreements_of(case.id)
    assert [(paper.language, paper.audience, paper.key) for paper in papers] == [
        ("pt", "staff", "agreement-1"),
        ("en", "staff", "agreement-1"),
    ]
    snapshot = cases.last_submission(case.id)
    assert snapshot is not None
    assert {paper.source["sha256"] for paper in papers} == {snapshot.sha256}
    english = next(paper for paper in papers if paper.language == "en").source
    assert [line["amount"] for line in english["lines"]] == ["40000.00", "20000.50", "11999.50"]
    text = " ".join(part for article in english["articles"] for part in article["paragraphs"])
    assert "72,000" in text
    assert "USD" in text
    assert case.reference in text
    assert "Plano {de} 50% bairros" in text, "braces of a title are not placeholders"
    assert "Name a coordinator {now}" in text
    assert "Open an account" in text
    letter = next(event for event in cases.events_of(case.id) if event.kind == "letter_sent")
    assert letter.data["outcome"] == "approved", "the promise of an agreement starts with it"


def test_a_refused_application_makes_no_grant(alpha: World) -> None:
    case = story.decided(alpha, "alpha", "vilankulo", "declined")
    assert queries.of_case(case.id) is None
    assert queries.agreements_of(case.id) == []


def test_a_budget_that_does_not_add_up_is_refused(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = story.answers()
    monkeypatch.setattr(story, "answers", lambda: {**whole, "budget": {**whole["budget"], "amount": "71999.99"}})
    with pytest.raises(NotNow, match="add up"):
        story.approved(alpha)


def test_a_case_approved_again_gets_new_figures_and_a_new_agreement(alpha: World) -> None:
    case = story.sent(alpha)
    before = {paper.id for paper in queries.agreements_of(case.id)}
    step = Step(case, None, None, alpha.actor("alpha", "officer"), NOW + 9 * DAY, {})  # type: ignore[arg-type]
    story.make_grant(step)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert grant.sent_at is None
    assert grant.signatory_id is None
    assert len(queries.lines_of(grant.id)) == 3
    assert len(queries.tranches_of(grant.id)) == 2
    papers = queries.agreements_of(case.id)
    assert {paper.key for paper in papers} == {"agreement-2"}
    assert before.isdisjoint(paper.id for paper in papers)


def test_the_agreement_is_not_sent_before_it_is_there(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = story.approved(alpha)
    officer = alpha.actor("alpha", "officer")
    monkeypatch.setattr("portal.infra.pdf.available", lambda: True)
    assert "typeset" in story.refusal(case, "send_agreement", officer, NOW)
    monkeypatch.setattr("portal.infra.pdf.available", lambda: False)
    assert story.refusal(case, "send_agreement", officer, NOW) == ""
    for paper in queries.agreements_of(case.id):
        paper.void_at = NOW
    db.session.flush()
    assert "drawn up" in story.refusal(case, "send_agreement", officer, NOW)


def test_sending_names_the_signatory_and_shows_the_agreement(alpha: World) -> None:
    case = story.sent(alpha)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert grant.signatory_id == alpha["alpha"].people["vilankulo.signatory"]
    assert {paper.audience for paper in queries.agreements_of(case.id)} == {"applicant"}
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "agreement_sent")).one()
    assert mail.to_address == alpha.email("alpha", "vilankulo.signatory")
    assert mail.language == "pt"


@pytest.mark.parametrize(
    ("who", "typed", "password", "field"),
    [
        ("vilankulo.signatory", "Vilankulo Signatory of Alpha", "wrong", "password"),
        ("vilankulo.signatory", "Somebody Else", PASSWORD, "typed_name"),
    ],
)
def test_acceptance_needs_the_password_and_the_name(
    alpha: World, who: str, typed: str, password: str, field: str
) -> None:
    case = story.sent(alpha)
    story.give_password(alpha["alpha"].people[who])
    inputs = {"typed_name": typed, "password": password, "confirm": "on"}
    with pytest.raises(Invalid) as refused:
        make_move(case, "accept_agreement", alpha.actor("alpha", who), NOW + 2 * DAY, inputs)
    assert set(refused.value.problems) == {field}


def test_only_the_named_signatory_accepts(alpha: World) -> None:
    case = story.sent(alpha)
    grant = queries.of_case(case.id)
    assert grant is not None
    grant.signatory_id, grant.signatory_name = alpha["alpha"].people["vilankulo.lead"], "Somebody"
    inputs = {"typed_name": "Somebody", "password": PASSWORD, "confirm": "on"}
    with pytest.raises(NotAllowed):
        make_move(case, "accept_agreement", alpha.actor("alpha", "vilankulo.signatory"), NOW + 2 * DAY, inputs)
    with pytest.raises(NotAllowed):
        make_move(case, "accept_agreement", alpha.actor("alpha", "vilankulo.lead"), NOW + 2 * DAY, inputs)
    with pytest.raises(NotAllowed):
        make_move(case, "accept_agreement", alpha.actor("alpha", "aleppo.signatory"), NOW + 2 * DAY, inputs)


def test_acceptance_keeps_the_evidence_releases_and_opens_the_report(alpha: World) -> None:
    case = story.accepted(alpha)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert case.state == "under_way"
    assert (grant.accepted_name, grant.accepted_address) == ("Vilankulo Signatory of Alpha", "192.0.2.7")
    assert grant.accepted_at == NOW + 2 * DAY
    event = next(event for event in cases.events_of(case.id) if event.kind == "agreement_accepted")
    assert "password" not in event.data
    assert event.data["address"] == "192.0.2.7"
    assert ("tranche_released", "tranche-1") in kinds(case.id)
    assert ("tranche_released", "tranche-2") not in kinds(case.id)
    report = story.report_of(case)
    assert report.state == "due"
    assert report.process == "report-progress"
    rows = cases.answers_of(report.id)["funds"]["use_of_funds"]
    assert [(row["line"], row["category"], row["budget"]) for row in rows] == list(story.BUDGET)
    opened = cases.events_of(report.id)[0]
    assert (opened.kind, opened.data["period_end"]) == ("report_opened", "2026-06-03")
    mails = set(db.session.scalars(select(OutboxMail.template)))
    assert {"agreement_accepted", "report_due"} <= mails


def pay(world: World, case_number: int, case: object, amount: Decimal, day: int) -> None:
    finance, other = world.actor("alpha", "finance"), world.actor("alpha", "finance2")
    now = NOW + day * DAY
    row = enter_payment(case, case_number, amount, now.date(), "TRX 1", finance, now)  # type: ignore[arg-type]
    approve_payment(row.id, other, now)


def test_two_persons_pay_never_more_than_the_tranche(alpha: World) -> None:
    case = story.accepted(alpha)
    finance, now = alpha.actor("alpha", "finance"), NOW + 5 * DAY
    with pytest.raises(NotNow, match="condition"):
        enter_payment(case, 2, Decimal("1.00"), now.date(), "X", finance, now)
    with pytest.raises(NotAllowed):
        enter_payment(case, 1, FIRST, now.date(), "X", alpha.actor("alpha", "manager"), now)
    with pytest.raises(NotAllowed):
        enter_payment(case, 1, FIRST, now.date(), "X", alpha.actor("alpha", "vilankulo.lead"), now)
    for wrong in (FIRST + Decimal("0.01"), Decimal(0), Decimal(-1), Decimal("0.001"), Decimal("NaN")):
        with pytest.raises(Invalid) as refused:
            enter_payment(case, 1, wrong, now.date(), "X", finance, now)
        assert set(refused.value.problems) == {"amount"}
    with pytest.raises(Invalid) as refused:
        enter_payment(case, 1, FIRST, date(2026, 1, 1), " ", finance, now)
    assert set(refused.value.problems) == {"paid_on", "bank_reference"}
    part = enter_payment(case, 1, Decimal("43000.00"), now.date(), "TRX-1", finance, now)
    with pytest.raises(Invalid):
        enter_payment(case, 1, Decimal("200.01"), now.date(), "TRX-2", finance, now)
    with pytest.raises(NotAllowed, match="Another person"):
        approve_payment(part.id, finance, now)
    with pytest.raises(NotAllowed):
        approve_payment(part.id, alpha.actor("alpha", "auditor"), now)
    approve_payment(part.id, alpha.actor("alpha", "manager"), now)
    with pytest.raises(NotNow):
        approve_payment(part.id, alpha.actor("alpha", "finance2"), now)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert queries.tranches_of(grant.id)[0].paid_at is None
    assert ("paid_in_part", "tranche-1") in kinds(case.id)
    rest = enter_payment(case, 1, Decimal("200.00"), now.date(), "TRX-2", finance, now)
    refuse_payment(rest.id, "Wrong account", finance, now)
    with pytest.raises(NotNow):
        refuse_payment(rest.id, "Again", finance, now)
    pay(alpha, 1, case, Decimal("200.00"), 6)
    assert queries.tranches_of(grant.id)[0].paid_at == NOW + 6 * DAY
    assert ("paid", "tranche-1") in kinds(case.id)
    assert queries.paid_by_grant([grant.id]) == {grant.id: FIRST}
    with pytest.raises(NotNow, match="paid already"):
        pay(alpha, 1, case, Decimal("0.01"), 7)


def test_report_accepted_books_spending_releases_and_lets_the_grant_close(alpha: World) -> None:
    case = story.accepted(alpha)
    officer = alpha.actor("alpha", "officer")
    assert "Tranches" in story.refusal(case, "complete", officer, NOW + 10 * DAY)
    pay(alpha, 1, case, FIRST, 10)
    report = story.settle_report(alpha, case, NOW + 100 * DAY, ("39000.10", "20000.50", "0"))
    assert report.state == "accepted"
    grant = queries.of_case(case.id)
    assert grant is not None
    assert [line.spent for line in queries.lines_of(grant.id)] == [
        Decimal("39000.10"),
        Decimal("20000.50"),
        Decimal("0.00"),
    ]
    told = [event for event in cases.events_of(case.id) if event.data.get("copied_from") == report.reference]
    assert [event.kind for event in told] == ["report_opened", "report_submitted", "report_accepted"]
    assert ("tranche_released", "tranche-2") in kinds(case.id)
    assert len(cases.reports_of(case.id)) == 1, "no later tranche needs another report"
    pay(alpha, 2, case, Decimal("28800.00"), 110)
    closed = make_move(case, "complete", officer, NOW + 120 * DAY)
    assert closed.state == "closed"
    assert grant.closed_at == NOW + 120 * DAY


def test_a_waived_report_releases_what_waited_for_it(alpha: World) -> None:
    case = story.accepted(alpha)
    report = make_move(
        story.report_of(case), "waive_report", alpha.actor("alpha", "manager"), NOW + 20 * DAY, {"reason": "Flood"}
    )
    assert report.state == "waived"
    assert ("tranche_released", "tranche-2") in kinds(case.id)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert all(line.spent == 0 for line in queries.lines_of(grant.id))


def test_a_strangers_grant_is_not_found(app: object, world: World) -> None:
    with tenancy.scope(world["alpha"].id):
        case = story.accepted(world)
        reference = case.reference
        own = world.actor("alpha", "vilankulo.viewer")
        assert queries.visible(own, reference)[0].reference == reference
        assert len(queries.listed(own)) == 1
        other = world.actor("alpha", "aleppo.lead")
        with pytest.raises(NotFound):
            queries.visible(other, reference)
        assert queries.listed(other) == []
        assert queries.totals(other).committed == 0
        staff = world.actor("alpha", "auditor")
        assert queries.totals(staff).committed == Decimal("72000.00")
        db.session.commit()
    with tenancy.scope(world["beta"].id):
        assert db.session.scalars(select(Grant)).all() == []
        with pytest.raises(NotFound):
            queries.visible(world.actor("beta", "officer"), reference)


def test_the_client_sees_no_grant_before_its_agreement_is_sent(alpha: World) -> None:
    case = story.approved(alpha)
    with pytest.raises(NotFound):
        queries.visible(alpha.actor("alpha", "vilankulo.lead"), case.reference)
    assert queries.listed(alpha.actor("alpha", "vilankulo.lead")) == []
    assert queries.visible(alpha.actor("alpha", "officer"), case.reference)[1].amount == Decimal("72000.00")
    drafts = db.session.scalars(select(Document).where(Document.case_id == case.id, Document.kind == "agreement"))
    assert {row.audience for row in drafts} == {"staff"}
