"""Begin the second of two stages with what was written for the first."""

from __future__ import annotations

from datetime import datetime

from portal.calls import queries as calls
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.rules.prefill import carried
from portal.cases.service import answer, stages, start
from portal.cases.service.move import form_of
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotNow
from portal.core.permissions import Permission, holds_in
from portal.core.text import N_


def begin_next(note: Case, actor: Actor, now: datetime) -> Case:
    """Begin the application that follows, with the answers that both forms ask alike; once only.

    It belongs to the same call, so that the countries, limits and languages of that call hold for it too.

    :raises NotAllowed: unless the actor writes for the organisation. :raises NotNow: when nothing is awaited, the call
        names no next stage, or the time is over.
    """
    note = queries.locked(note.id)
    if not holds_in(actor, Permission.CASE_START, note.organisation_id):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may start an application."))
    found = stages.next_of(note)
    if found is not None:
        return found
    refused = stages.why_not(note, now)
    if refused is not None:
        raise NotNow(refused)
    call = calls.by_id(note.call_id)
    if call is None or not call.next_instrument:
        raise NotNow(N_("The call does not say with which form it goes on. Ask the secretariat."))
    case = start.new_case(actor, call, note.organisation_id, note.language, now, instrument=call.next_instrument)
    case.follows_id, case.monitor_id, case.country = note.id, note.monitor_id, note.country
    case.urgent_at = stages.due_of(note) or case.urgent_at
    snapshot = queries.last_submission(note.id)
    written = snapshot.answers if snapshot is not None else {}
    for section, values in carried(form_of(note).sections, written, form_of(case).sections).items():
        answer.save_section(case, section, values, actor, now, seen={})
    return case
