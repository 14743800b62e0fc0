"""Start a case: an application on a call, or a report a grantee owes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.calls import queries as calls
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import APPLICATION, REPORT, Answers, Case, ReferenceCounter
from portal.cases.service import closing, events
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission, holds_in
from portal.core.text import N_
from portal.infra.db import db
from portal.organisations.models import Organisation
from portal.standards.service import NEVER
from portal.tenants import queries as tenants


def start_application(actor: Actor, call: Call, organisation: Organisation, language: str, now: datetime) -> Case:
    """Start a draft on a call for an organisation, in the language its people will write in.

    :raises NotAllowed: when the actor does not write for the organisation.
    :raises NotNow: when the call is closed. :raises Invalid: when the organisation's kind or the language is not
        accepted by the call.
    """
    if not holds_in(actor, Permission.CASE_START, organisation.id):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may start an application."))
    if not calls.takes_from(call, organisation.id, now):
        raise NotNow(N_("This call is closed."))
    kinds = instruments.instrument(call.instrument).applicant_kinds
    if organisation.kind not in kinds:
        raise Invalid({"organisation": N_("This instrument is not for organisations of this kind.")})
    if language not in call.languages:
        raise Invalid({"language": N_("Choose one of the languages this call accepts.")})
    case = new_case(actor, call, organisation.id, language, now)
    case.country = organisation.country
    if not call.is_open(now):
        entry = calls.late_entries(call, [organisation.id])[0]
        closing.state_late_entry(case, entry, Actor.system(actor.tenant_id), now)
    return case


def new_case(
    actor: Actor, call: Call, organisation_id: UUID, language: str, now: datetime, *, instrument: str = ""
) -> Case:
    """A new draft on a call, whoever may ask for it; the services that call this have looked.

    :param instrument: another one than the call's own, for its second stage; in the version of today.
    """
    tenant = tenants.by_id(actor.tenant_id)
    code, form, version = instrument or call.instrument, call.form_version, call.workflow_version
    if code != call.instrument:
        known = instruments.instrument(code)
        form, version = known.forms[instruments.APPLICATION][1], known.workflow
    workflow = instruments.workflow(code, instruments.APPLICATION, version)
    start = workflow.states[workflow.start]
    case = Case(
        reference=next_reference(tenant.reference_prefix, now.astimezone(ZoneInfo(tenant.zone)).year),
        kind=APPLICATION,
        instrument=code,
        process=instruments.APPLICATION,
        form_version=form,
        workflow_version=version,
        call_id=call.id,
        organisation_id=organisation_id,
        started_by=actor.person_id,
        language=language,
        currency=tenant.currency,
        state=start.code,
        state_since=now,
        owner=start.owner,
        tab=start.tab,
        created_at=now,
        changed_at=now,
        urgent_at=call.closes_at or NEVER,
        returned_sections={},
        last_seq=0,
        last_hash="",
    )
    db.session.add(case)
    db.session.flush()
    events.append(case, "started", actor, now, {"call": call.code, "language": language})
    return case


def open_report(
    application: Case,
    report: str,
    number: int,
    now: datetime,
    *,
    form_version: int,
    facts: dict[str, object],
    prefilled: dict[str, dict[str, object]],
) -> Case:
    """Open a report that a grantee owes; its clock starts with this.

    :param report: the report's process, e.g. ``report-progress``; :param number: 1 for the first.
    :param facts: what its clock needs, e.g. ``period_end`` as an ISO date.
    :param prefilled: answers known from the start, by section.
    """
    workflow = instruments.workflow(application.instrument, report, 1)
    start = workflow.states[workflow.start]
    case = Case(
        reference=f"{application.reference}-R{number}",
        kind=REPORT,
        instrument=application.instrument,
        process=report,
        form_version=form_version,
        workflow_version=1,
        parent_id=application.id,
        subject=f"report-{number}",
        call_id=application.call_id,
        organisation_id=application.organisation_id,
        monitor_id=application.monitor_id,
        language=application.language,
        title=application.title,
        title_translated=application.title_translated,
        country=application.country,
        city=application.city,
        amount=application.amount,
        currency=application.currency,
        state=start.code,
        state_since=now,
        owner=start.owner,
        tab=start.tab,
        is_submitted=True,
        created_at=now,
        changed_at=now,
        urgent_at=NEVER,
        returned_sections={},
        last_seq=0,
        last_hash="",
    )
    db.session.add(case)
    db.session.flush()
    for section, data in prefilled.items():
        db.session.add(Answers(case_id=case.id, section=section, data=dict(data), stamps={}, version=1, changed_at=now))
    system = Actor.system(application.tenant_id)
    events.append(case, "report_opened", system, now, dict(facts), subject=case.subject)
    events.append(
        application,
        "report_opened",
        system,
        now,
        {**facts, "copied_from": case.reference},
        subject=case.subject,
    )
    events.refresh_clocks(case, now)
    return case


def next_reference(prefix: str, year: int) -> str:
    """The next free reference of the tenant in this year: ``CA-2026-0042``. Never given out twice."""
    counter = db.session.scalars(
        select(ReferenceCounter).where(ReferenceCounter.year == year).with_for_update()
    ).first()
    if counter is None:
        counter = ReferenceCounter(year=year, last=0)
        db.session.add(counter)
    counter.last += 1
    db.session.flush()
    return f"{prefix}-{year}-{counter.last:04d}"
