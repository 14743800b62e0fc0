"""Reminders of conditions: to the client ahead of the day, to the officer when it has passed; once each."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.infra import jobs, tenancy, worker
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.review.models import Condition
from portal.review.queries import followed
from portal.review.service import conditions, due, letter
from portal.tenants import queries as tenants
from tests.factories import World
from tests.integration.review.decided import LATER, approved_with_conditions, read_and_send
from tests.integration.review.road import at

DAY = timedelta(days=1)
DUE = date(2026, 6, 30)


def noon(day: date) -> datetime:
    """A day at noon in UTC."""
    return datetime.fromisoformat(f"{day.isoformat()}T16:00:00+00:00")


def mails(template: str) -> list[OutboxMail]:
    """The mails of a kind that were queued, by receiver."""
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.template == template))
    return sorted(found, key=lambda row: row.to_address)


def dated(world: World, slug: str = "alpha", organisation: str = "vilankulo") -> tuple[Case, Condition, Condition]:
    """A case with two conditions, the first of which has a day."""
    case = approved_with_conditions(world, slug, organisation)
    first, second = followed.of_case(case.id)
    conditions.set_due(case, first.id, DUE, world.actor(slug, "officer"), LATER)
    return case, first, second


def kinds(case: Case) -> list[str]:
    """The reminders told of in the record."""
    return [e.kind for e in cases.events_of(case.id) if e.kind in (due.REMINDED, due.OVERDUE)]


def test_the_client_is_reminded_once_before_and_the_officer_told_once_after(alpha: World) -> None:
    case, _, _ = dated(alpha)
    assert due.remind(noon(DUE - 15 * DAY)) == 0
    assert due.remind(noon(DUE - 14 * DAY)) == 1
    assert due.remind(noon(DUE - 3 * DAY)) == 0
    sent = mails("condition_due")
    people = {alpha.email("alpha", "vilankulo.lead"), alpha.email("alpha", "vilankulo.contributor")}
    assert {mail.to_address for mail in sent} == people
    assert all(f"/alpha/cases/{case.reference}/conditions/" in mail.text_body for mail in sent)
    assert any("leader" in mail.text_body for mail in sent)
    assert due.remind(noon(DUE)) == 0, "the day itself still belongs to the client"
    assert due.remind(noon(DUE + DAY)) == 1
    assert due.remind(noon(DUE + 40 * DAY)) == 0
    late = mails("condition_overdue")
    assert late
    assert all(f"/alpha/desk/{case.reference}/?tab=conditions" in mail.text_body for mail in late)
    assert not people & {mail.to_address for mail in late}
    assert kinds(case) == [due.REMINDED, due.OVERDUE]
    assert not {due.REMINDED, due.OVERDUE} & {e.kind for e in cases.events_of(case.id, audience="applicant")}


def test_a_new_day_is_reminded_of_anew(alpha: World) -> None:
    case, first, _ = dated(alpha)
    assert due.remind(noon(DUE + DAY)) == 1
    conditions.set_due(case, first.id, DUE + 60 * DAY, alpha.actor("alpha", "officer"), noon(DUE + 2 * DAY))
    assert due.remind(noon(DUE + 3 * DAY)) == 0
    assert due.remind(noon(DUE + 50 * DAY)) == 1
    assert kinds(case) == [due.OVERDUE, due.REMINDED]


def test_whoever_has_given_evidence_is_not_reminded_but_the_officer_is(alpha: World) -> None:
    case, first, second = dated(alpha)
    lead, officer = alpha.actor("alpha", "vilankulo.lead"), alpha.actor("alpha", "officer")
    conditions.claim(case, first.id, "See the minutes.", lead, LATER)
    assert due.remind(noon(DUE - DAY)) == 0
    conditions.set_due(case, second.id, DUE, officer, LATER)
    conditions.meet(case, second.id, "Seen.", officer, LATER)
    assert due.remind(noon(DUE + DAY)) == 1, "what is met is nobody's to be told of"
    assert "Evidence was given and waits to be checked." in mails("condition_overdue")[0].text_body


def test_nothing_is_told_of_a_decision_whose_letter_was_not_sent(alpha: World) -> None:
    case = at(alpha, "decided")
    first, _ = followed.of_case(case.id)
    conditions.set_due(case, first.id, DUE, alpha.actor("alpha", "officer"), LATER)
    assert due.remind(noon(DUE + DAY)) == 0
    read_and_send(case, alpha, noon(DUE + DAY))
    assert due.remind(noon(DUE + 2 * DAY)) == 1


def test_in_the_clients_language_with_the_words_of_the_letter(alpha: World) -> None:
    case = at(alpha, "decided", organisation="aleppo")
    words = {"grounds": "يخدم الأحياء الأفقر.", "conditions": "تعيين مسؤول\nفتح حساب"}
    letter.reword_letter(case, "ar", words, alpha.actor("alpha", "officer"), LATER)
    read_and_send(case, alpha)
    conditions.set_due(case, followed.of_case(case.id)[0].id, DUE, alpha.actor("alpha", "officer"), LATER)
    due.remind(noon(DUE - DAY))
    (sent, *_) = mails("condition_due")
    assert sent.language == "ar"
    assert "تعيين مسؤول" in sent.text_body
    assert "Name a leader" not in sent.text_body


def test_a_case_that_has_ended_is_left_alone(alpha: World) -> None:
    case, _, _ = dated(alpha)
    case.is_open = False
    db.session.flush()
    assert due.remind(noon(DUE + DAY)) == 0


def test_the_worker_reminds_in_every_tenant(app: Flask, world: World) -> None:
    for slug, organisation in (("alpha", "vilankulo"), ("beta", "namibia")):
        with tenancy.scope(world[slug].id):
            dated(world, slug, organisation)
            db.session.commit()
    now = noon(DUE - DAY)
    for _ in range(2):
        jobs.enqueue("conditions.look", {}, tenant_id=None, now=now)
        db.session.commit()
        worker.run_all(app, now)
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            assert len({mail.to_address for mail in mails("condition_due")}) == len(mails("condition_due")) > 0
            db.session.rollback()
