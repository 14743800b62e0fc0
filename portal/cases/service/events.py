"""Write what happened: one event a fact, chained to the one before, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.rules.chain import digest
from portal.core.actor import Actor
from portal.infra.db import db
from portal.standards import service as standards

#: Facts that only the secretariat reads; everything else is read by both sides.
STAFF_ONLY = frozenset(
    {
        "eligibility_doubted",
        "doubt_refused",
        "translation_filed",
        "recommended",
        "sent_back",
        "approved",
        "approved_with_conditions",
        "declined",
        "found_not_eligible",
        "undone",
        "revision_asked",
        "embargo_set",
        "embargoed",
        "embargo_ended",
        "letter_scheduled",
        "note_edited",
        "condition_dated",
        "condition_reminded",
        "condition_overdue",
        "letter_seen",
        "letter_reworded",
        "note_written",
        "assigned",
        "breach_explained",
        "breached",
        "warned",
        "escalated",
        "payment_entered",
        "payment_refused",
        "route_chosen",
        "length_measured",
        "length_noted",
        "length_not_measured",
        "over_length",
        "track_opened",
        "track_closed",
        "track_waived",
        "concurrence_recorded",
        "concurrence_waived",
        "panel_asked",
        "panel_closed",
        "panel_waived",
        "evaluation_assigned",
        "evaluation_filed",
        "consensus_signed",
        "ranked",
        "recommended_for_approval",
        "deemed_approved",
        "objected",
        "objection_withdrawn",
        "objection_settled",
        "objection_overruled",
        "to_circulate_again",
        "commented",
        "comment_answered",
        "comments_answered",
        "member_answered",
        "objection_made",
        "silence_insufficient",
        "members_reminded",
    }
)


#: who keeps a date of a case's clocks elsewhere: called after they were worked out anew (case, now)
REFRESHED: list[Callable[[Case, datetime], None]] = []


def append(
    case: Case,
    kind: str,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    *,
    subject: str | None = None,
    role: str = "",
) -> Event:
    """Append a fact to a case.

    :param case: loaded for writing; it remembers the last event's number and digest.
    :param kind: what happened, from the workflow or the vocabulary of the features.
    :param data: plain JSON values.
    :param subject: what the fact is about, so that a clock can run once for each, e.g. ``tranche-1``.
    """
    event = Event(
        tenant_id=case.tenant_id,
        case_id=case.id,
        seq=case.last_seq + 1,
        at=now,
        kind=kind,
        subject=subject,
        actor_id=actor.person_id,
        actor_name=actor.name,
        actor_role=role,
        audience="staff" if kind in STAFF_ONLY else "applicant",
        data=dict(data or {}),
        previous_hash=case.last_hash,
        hash="",
    )
    event.hash = digest(event)
    case.last_seq, case.last_hash = event.seq, event.hash
    case.changed_at = now
    db.session.add(event)
    db.session.flush()
    return event


def refresh_clocks(case: Case, now: datetime) -> None:
    """Work the clocks of a case out anew after its events have changed; a draft keeps the closing of its call."""
    closing = case.urgent_at
    standards.refresh(case, queries.facts_of(queries.events_of(case.id)), now)
    if case.is_open and not case.is_submitted and not case.urgent_code:
        case.urgent_at = closing
    refreshed(case, now)


def refreshed(case: Case, now: datetime) -> None:
    """Tell whatever keeps a date of these clocks elsewhere that they were worked out anew. :param now: UTC."""
    for listener in REFRESHED:
        listener(case, now)
