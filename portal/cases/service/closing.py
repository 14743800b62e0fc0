"""Until when a draft may be submitted, and what its people hear of its call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.calls import mail
from portal.calls import queries as calls
from portal.calls import service as call_service
from portal.calls.models import Call, CallChange, Clarification
from portal.calls.service.listeners import News
from portal.cases.models import APPLICATION, Case
from portal.cases.service import events, stages
from portal.core.actor import Actor
from portal.infra.db import db
from portal.standards.service import NEVER

LATE_ENTRY, EXTENSION = "late_entry", "extension"
#: the fact on a draft that its organisation may submit after the closing
GRANTED = "late_entry_granted"


def closing_of(case: Case) -> datetime | None:
    """The instant (UTC) by which a draft has to be submitted: its call's closing, or that of a late entry, whichever
    is later; for a second stage what the first one's clock says. None when there is none."""
    first = stages.before(case)
    if first is not None:
        return stages.due_of(first)
    call = calls.by_id(case.call_id)
    if call is None or call.closes_at is None:
        return None
    late = [row.until for row in calls.late_entries(call, [case.organisation_id]) if row.until is not None]
    return max(call.closes_at, *late) if late else call.closes_at


def drafts_of(call: Call) -> list[Case]:
    """The applications on a call that are being written, the oldest first, held against other writers."""
    return list(
        db.session.scalars(
            select(Case)
            .where(
                Case.call_id == call.id,
                Case.kind == APPLICATION,
                Case.instrument == call.instrument,
                Case.is_submitted.is_(False),
                Case.is_open.is_(True),
            )
            .order_by(Case.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


@call_service.told
def tell_drafts(call: Call, news: News, actor: Actor, now: datetime) -> None:
    """Tell everybody who is writing for a call what happened to it, and give the drafts their new closing."""
    if isinstance(news, Clarification):
        mail.clarified(call, news, {case.organisation_id for case in drafts_of(call)}, now)
    elif news.kind == EXTENSION:
        drafts = drafts_of(call)
        for case in drafts:
            case.urgent_at = closing_of(case) or NEVER
        mail.extended(call, news, {case.organisation_id for case in drafts}, now)
    elif news.kind == LATE_ENTRY:
        for case in drafts_of(call):
            if case.organisation_id == news.organisation_id:
                state_late_entry(case, news, actor, now)


def tell_next_stage(first: Case, now: datetime) -> None:
    """Give the draft of a second stage the date that the clock of its first stage says now. :param now: UTC."""
    if not stages.awaits(first):
        return
    draft = stages.next_of(first)
    until = stages.due_of(first)
    if draft is not None and draft.is_open and not draft.is_submitted and until not in (None, draft.urgent_at):
        draft.urgent_at, draft.changed_at = until, now


events.REFRESHED.append(tell_next_stage)


def state_late_entry(case: Case, entry: CallChange, actor: Actor, now: datetime) -> None:
    """State on a draft until when its organisation may submit, and on whose decision."""
    facts = {"until": entry.until.isoformat() if entry.until else "", "reason": entry.reason}
    events.append(case, GRANTED, actor, now, facts)
    case.urgent_at = closing_of(case) or NEVER
