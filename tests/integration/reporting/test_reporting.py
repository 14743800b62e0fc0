"""A report on its way: prefilled, told to the grant, returned and accepted; several reports where the policy asks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import current_app, g
from sqlalchemy import select

from portal.applications import show
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move
from portal.core.errors import NotAllowed, NotNow
from portal.grants import queries
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.standards.models import Clock
from tests.factories import NOW, World
from tests.integration.grants import story
from tests.integration.grants.story import DAY


def clocks(case: Case) -> dict[tuple[str, str], str]:
    rows = db.session.scalars(select(Clock).where(Clock.case_id == case.id))
    return {(row.code, row.subject): row.state for row in rows}


def linked(case: Case) -> set[str]:
    """The addresses that the timeline of a case leads to."""
    workflow = instruments.workflow(case.instrument, case.process, case.workflow_version)
    with current_app.test_request_context("/alpha/"):
        g.tenant_slug = "alpha"
        entries = show.timeline(case, workflow, cases.events_of(case.id), [], "UTC")
    return {entry.url for entry in entries if entry.url}


def test_clocks_of_the_report_run_on_its_own_case(alpha: World) -> None:
    case = story.accepted(alpha)
    report = story.report_of(case)
    assert clocks(report) == {("REP", ""): "running"}
    assert clocks(case)["PAY", "tranche-1"] == "running"
    assert ("REP", "report-1") not in clocks(case)
    assert ("REP", "") not in clocks(case)
    due = db.session.scalars(select(Clock.due_at).where(Clock.case_id == report.id)).one()
    assert due is not None
    assert due.date() == date(2026, 7, 19), "45 days after 3 June, by the end of the day there"


def test_incomplete_reports_are_not_submitted(alpha: World) -> None:
    case = story.accepted(alpha)
    with pytest.raises(NotNow, match="complete"):
        make_move(story.report_of(case), "submit", alpha.actor("alpha", "vilankulo.lead"), NOW + 50 * DAY)
    story.fill_report(story.report_of(case), ("1", "2", "3"), NOW)
    with pytest.raises(NotAllowed):
        make_move(story.report_of(case), "submit", alpha.actor("alpha", "aleppo.lead"), NOW + 50 * DAY)


def test_returned_and_sent_again_before_it_is_accepted(alpha: World) -> None:
    case = story.accepted(alpha)
    lead, officer = alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "officer")
    report = story.report_of(case)
    story.fill_report(report, ("40000", "20000.50", "11999.50"), NOW + 80 * DAY)
    report = make_move(report, "submit", lead, NOW + 100 * DAY)
    assert clocks(report)["REP", ""] == "met"
    assert clocks(report)["RAC", ""] == "running"
    sections = {"sections": {"funds": "Add the receipts"}}
    report = make_move(report, "return_sections", alpha.actor("alpha", "finance"), NOW + 101 * DAY, sections)
    assert report.returned_sections == {"funds": "Add the receipts"}
    assert clocks(report)["RAC", ""] == "paused"
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "returned")).first()
    assert mail is not None
    assert "Add the receipts" in mail.text_body
    report = make_move(report, "resubmit", lead, NOW + 102 * DAY)
    report = make_move(report, "accept_report", officer, NOW + 103 * DAY)
    told = [event.kind for event in cases.events_of(case.id) if event.data.get("copied_from")]
    assert told == ["report_opened", "report_submitted", "report_returned", "report_submitted", "report_accepted"]
    assert not any("sections" in event.data for event in cases.events_of(case.id))
    grant = queries.of_case(case.id)
    assert grant is not None
    assert queries.spent_by_grant([grant.id])[grant.id] == Decimal("72000.00")
    assert clocks(case)["PAY", "tranche-2"] == "running"
    finance = select(OutboxMail.subject).where(OutboxMail.template == "tranche_released")
    assert len(list(db.session.scalars(finance))) == 2, "both finance officers are told"
    reference = report.reference  # the request that follows ends the session
    assert linked(case) == {f"/alpha/cases/{reference}/"}, "no comparison with a submission there never was"


def test_a_waived_report_ends_its_clocks(alpha: World) -> None:
    case = story.accepted(alpha)
    report = make_move(
        story.report_of(case), "waive_report", alpha.actor("alpha", "manager"), NOW + 9 * DAY, {"reason": "Flood"}
    )
    assert clocks(report) == {("REP", ""): "void"}


def test_each_tranche_after_the_first_has_a_report_of_its_own(alpha: World) -> None:
    call = db.session.scalars(select(Call).where(Call.id == alpha["alpha"].call)).one()
    call.policy_overrides = {"tranche_shares": [34, 33, 33], "report_period_days": 30}
    db.session.flush()
    case = story.accepted(alpha)
    grant = queries.of_case(case.id)
    assert grant is not None
    parts = queries.tranches_of(grant.id)
    assert sum(part.amount for part in parts) == grant.amount
    assert [part.condition for part in parts] == ["agreement_accepted", "report_accepted:1", "report_accepted:2"]
    assert len(cases.reports_of(case.id)) == 1
    story.settle_report(alpha, case, NOW + 30 * DAY, ("1", "0", "0"))
    second = story.report_of(case, 2)
    assert second.reference == f"{case.reference}-R2"
    assert second.state == "due"
    assert cases.events_of(second.id)[0].data["period_end"] == "2026-05-04"
    assert [part.released_at is not None for part in queries.tranches_of(grant.id)] == [True, True, False]
