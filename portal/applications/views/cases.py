"""My cases, starting one, and the page of a case: its task list while it is written, how it stands afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, g, jsonify, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.applications import queries as lists
from portal.applications import show, show_promises
from portal.applications.rules import asked
from portal.applications.views.base import blueprint, client_case, load_draft, see, writes
from portal.applications.views.stages import proposal_step, stage_links
from portal.calls import queries as calls
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.service import closing, extension, outside, rewording, signatories, stages
from portal.cases.service import message as messages
from portal.cases.service import start as starting
from portal.cases.service.move import form_of, offers, state_of, workflow_of
from portal.cases.show import document_names
from portal.core.actor import OrgRole
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.core.workflow import Move, State
from portal.infra.access import requires
from portal.infra.beside import brought
from portal.infra.db import db
from portal.infra.i18n import gettext, show_text
from portal.infra.pages import Question, kept
from portal.organisations import queries as organisations
from portal.organisations.models import Organisation
from portal.standards.show import FAR_AWAY, clock_views

#: the facts that go with a message between both sides
WRITTEN = {"message_sent", "translation_queried", "translation_answered", extension.REQUESTED}
#: the places of the moves that the page of a case offers; signing and submitting have a page of their own
ON_STATUS = frozenset({"applicant", "withdraw"})


@blueprint.get("/<tenant>/my/")
@requires(Permission.CASE_READ_OWN)
@kept(lambda: lists.whether_mine_changed(g.actor))
def my_cases() -> str:
    """The cases and reports of my organisations, what is mine to do first."""
    now = datetime.now(UTC)
    page = lists.my_cases(g.actor, request.args.get("after"))
    seen = [outside.face(case) for case in page.rows]
    rows = [show.row(case, state_of(case), now) for case in seen]
    return render_template(
        "pages/applications/my_cases.html",
        rows=rows,
        mine=sum(row.is_mine for row in rows),
        next_url=url_for("applications.my_cases", after=page.next_key) if page.next_key else None,
        first_url=url_for("applications.my_cases") if request.args.get("after") else None,
    )


@blueprint.post("/<tenant>/calls/<code>/start/")
@requires(Permission.CASE_START)
def start(code: str) -> Response:
    """Start a draft on a call and go to its task list."""
    call = calls.by_code(code)
    try:
        wanted = UUID(request.form.get("organisation", ""))
    except ValueError:
        raise Invalid({"organisation": N_("Choose the organisation you apply for.")}) from None
    organisation = db.session.scalars(
        select(Organisation).where(Organisation.id == wanted, Organisation.id.in_(list(g.actor.organisations)))
    ).first()
    if organisation is None:
        raise NotFound
    language = request.form.get("language", "")
    case = starting.start_application(g.actor, call, organisation, language, datetime.now(UTC))
    flash(gettext("Your draft is there. Fill the sections in any order; several of you may write."), "success")
    return see(url_for("applications.case", reference=case.reference))


def _version(reference: str) -> Question | None:
    """Whether a status page still holds; a draft is shown anew each time, colleagues write in it."""
    found = g.client_case = queries.for_client_with_reports(g.actor, reference)
    return None if state_of(found).editable == "all" else lists.whether_it_changed(found)


@blueprint.get("/<tenant>/cases/<reference>/")
@requires(Permission.CASE_READ_OWN)
@kept(_version)
def case(reference: str) -> str:
    """A case: while it is written its task list, afterwards what was promised and how it stands."""
    found = client_case(reference)
    now = datetime.now(UTC)
    return _draft_page(found, now) if state_of(found).editable == "all" else _status_page(found, now)


def _draft_page(found: Case, now: datetime) -> str:
    draft = load_draft(found, now)
    tasks = draft.tasks()
    workflow = workflow_of(found)
    roles = g.actor.acts_as(found.organisation_id)
    has_date = bool(found.urgent_code) and found.urgent_at.year < FAR_AWAY
    return render_template(
        "pages/applications/draft.html",
        case=found,
        kind=show.kind_name(found),
        state_name=show_text(draft.state.public_name),
        tasks=tasks,
        done=sum(section.status == "complete" for section in draft.states.values()),
        needed=sum(not section.optional for section in draft.states.values()),
        writers=draft.writers(),
        stages=stage_links(found),
        closes_at=None if found.kind == "report" else closing.closing_of(found),
        due=found.urgent_at if has_date else None,
        conflicts=draft.conflicts(),
        may_write=writes(found),
        discard=next((m for m in workflow.moves_for(found.state, roles) if m.place == "discard"), None),
        needs_signature=g.tenant.policy.sign_off_required
        and any(move.code == "sign" for move in workflow.moves_from(found.state)),
        is_report=found.kind == "report",
        brought=brought("applicant_case", found, g.actor, now),
        request_box=_request_of_a_report(found, now) if found.kind == "report" else None,
    )


def _request_of_a_report(found: Case, now: datetime) -> show_promises.Request | None:
    """More time for a report that is being written."""
    events = queries.events_of(found.id)
    offered = [offer.move for offer in offers(found, g.actor, now, ON_STATUS) if not offer.refusal]
    views = clock_views(found, events, now, include_not_started=False)
    return show_promises.request_box(extension.last_word(events), views, g.tenant.zone, _way_to_ask(found, offered))


def _status_page(found: Case, now: datetime) -> str:
    happened = queries.events_of(found.id)
    views, events = outside.clocks(found, happened, now), outside.told(found, happened)
    found = outside.face(found)
    state = state_of(found)
    papers = queries.documents_of(found.id, audience="applicant")
    offered = [offer.move for offer in offers(found, g.actor, now, ON_STATUS) if not offer.refusal]
    answerable = [
        (show_text(move.label), url_for("applications.move", reference=found.reference, move=move.code))
        for move in offered
        if move.place == "applicant" and move.event != extension.REQUESTED
    ]
    kinds = {event.kind for event in events}
    has_reports = found.kind == "application" and "report_opened" in kinds
    reports = queries.reports_of(found.id) if has_reports else []
    working = g.tenant.working_languages
    return render_template(
        "pages/applications/status.html",
        case=found,
        kind=show.kind_name(found),
        row=show.row(found, state, now),
        read_in=None if found.language in working else working[0],
        step=proposal_step(found)
        if stages.awaits(found)
        else show.next_step(found, state, views, answerable, g.tenant.zone),
        stages=stage_links(found),
        clocks=views,
        under=show_promises.under(found, events, views, now),
        request_box=show_promises.request_box(
            extension.last_word(events), views, g.tenant.zone, _way_to_ask(found, offered)
        ),
        timeline=show.timeline(found, workflow_of(found), events, papers, g.tenant.zone),
        exchanged=rewording.seen(found, queries.messages_of(found.id, visibility=messages.BOTH), g.actor, now, happened)
        if WRITTEN & kinds
        else [],
        documents=papers,
        document_names=document_names(papers, found),
        returned=_returned(found, state),
        asked=asked.how_many(events),
        signs=signatories.shown_of(found, g.actor, papers),
        brought=brought("applicant_case", found, g.actor, now, events=events),
        reports=[show.row(report, state_of(report), now) for report in reports],
        withdraw=next((move for move in offered if move.place == "withdraw"), None),
        may_message=g.actor.in_organisation(
            found.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR, OrgRole.SIGNATORY
        ),
    )


def _way_to_ask(found: Case, offered: list[Move]) -> tuple[str, str] | None:
    """Label and address of the page where more time is asked for, when the reader may do so now."""
    ask = next((move for move in offered if move.event == extension.REQUESTED), None)
    if ask is None:
        return None
    return show_text(ask.label), url_for("applications.move", reference=found.reference, move=ask.code)


def _returned(found: Case, state: State) -> list[tuple[str, str, str | None]]:
    """The sections to be mended: (title, reason, address for those who write)."""
    if state.editable != "returned":
        return []
    open_to_me = writes(found)
    return [
        (
            show_text(section.title),
            found.returned_sections[section.code],
            url_for("applications.section", reference=found.reference, section=section.code) if open_to_me else None,
        )
        for section in form_of(found).sections
        if section.code in found.returned_sections
    ]


@blueprint.post("/<tenant>/cases/<reference>/messages/")
@requires(Permission.CASE_MESSAGE)
def send_message(reference: str) -> Response:
    """Write to the secretariat."""
    found = client_case(reference)
    messages.send_message(found, request.form.get("body", ""), g.actor, datetime.now(UTC))
    flash(gettext("Your message was sent."), "success")
    return see(url_for("applications.case", reference=found.reference) + "#messages")


@blueprint.post("/<tenant>/cases/<reference>/messages/<uuid:message_id>/")
@requires(Permission.CASE_MESSAGE)
def reword(reference: str, message_id: UUID) -> Response:
    """Change one's own message; what it said before is kept."""
    found = client_case(reference)
    rewording.reword(found, message_id, request.form.get("body", ""), g.actor, datetime.now(UTC))
    flash(gettext("Changed. What it said before is kept."), "success")
    return see(url_for("applications.case", reference=found.reference) + f"#m-{message_id}")


@blueprint.get("/<tenant>/cities/")
@requires(Permission.CASE_READ_OWN, Permission.DESK_READ)
def cities() -> Response:
    """Cities whose name begins with what was typed, for the picker."""
    country = request.args.get("country", "").upper()
    country = country if len(country) == 2 and country.isascii() and country.isalpha() else ""
    found: Response = jsonify(organisations.find_cities(request.args.get("q", "")[:100], country or None))
    return found
