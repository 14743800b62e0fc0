"""What goes on beside a case's state: opened, ended and waived by moves, each as an event of its own.

The rows can be made again from the events at any time; only moves change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, CaseTrack
from portal.cases.rules import tracks as rules
from portal.cases.service import events
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Role
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.text import N_, Message
from portal.core.workflow import ANY, TRACK, Move
from portal.infra.db import db
from portal.standards import queries as standards
from portal.standards.models import Clock


@dataclass(frozen=True)
class TrackView:
    """A track as a case's page shows it.

    :param since: when it was opened; :param until: when it ended; both UTC. :param clock: what was promised for it.
    """

    code: str
    name: Message
    state: str
    since: datetime
    until: datetime | None
    outcome: str
    grounds: str
    by: str
    clock: Clock | None


def rows_of(case: Case) -> list[CaseTrack]:
    """The tracks of a case, in the order in which they were opened."""
    order = (CaseTrack.opened_at, CaseTrack.code)
    return list(db.session.scalars(select(CaseTrack).where(CaseTrack.case_id == case.id).order_by(*order)))


def shown(case: Case) -> tuple[TrackView, ...]:
    """The tracks of a case with their clocks, for its page; nothing when it has none."""
    rows = rows_of(case)
    if not rows:
        return ()
    clocks = {clock.subject: clock for clock, _ in standards.clocks_of([case.id]) if clock.subject}
    return tuple(
        TrackView(
            row.code,
            rules.name_of(row.code),
            row.state,
            row.opened_at,
            row.ended_at,
            row.outcome,
            row.grounds,
            row.ended_by_name,
            clocks.get(row.code),
        )
        for row in rows
    )


def rebuild(case: Case) -> None:
    """Make the rows of a case anew from its events."""
    known = {row.code: row for row in rows_of(case)}
    told = rules.tracks(queries.events_of(case.id))
    for code in known.keys() - told.keys():
        db.session.delete(known[code])
    for code, track in told.items():
        row = known.get(code)
        if row is None:
            row = CaseTrack(case_id=case.id, code=code)
            db.session.add(row)
        row.state, row.opened_at, row.ended_at = track.state, track.opened_at, track.ended_at
        row.ended_by_name, row.outcome, row.grounds = track.ended_by, track.outcome, track.grounds
    db.session.flush()


def _tell(step: Step, kind: str, code: str, data: Mapping[str, Any]) -> None:
    events.append(step.case, kind, step.actor, step.now, {"track": code, **data}, subject=code)
    rebuild(step.case)


@effect("open_track", ANY)
def open_track(step: Step) -> None:
    """Open the named track; one that ended before, on an earlier round of the case, begins anew."""
    code = step.argument
    if any(row.code == code and row.state == rules.OPEN for row in rows_of(step.case)):
        return
    _tell(step, rules.OPENED_EVENT, code, {})


@effect("close_track", TRACK)
def close_track(step: Step) -> None:
    """End the named track, with the outcome the move asked for."""
    _known(step, step.argument)
    outcome = str(step.inputs.get("outcome") or step.facts.get("outcome") or "done")
    note = str(step.inputs.get("note") or "")
    _tell(step, rules.CLOSED_EVENT, step.argument, {"outcome": outcome, "note": note})


@effect("waive_track", TRACK)
def waive_track(step: Step) -> None:
    """Go on without the named track. Only a programme manager may, and says why.

    :raises NotAllowed: for anybody else. :raises Invalid: without grounds.
    """
    if not step.actor.has(Role.PROGRAMME_MANAGER):
        raise NotAllowed(N_("Only a programme manager may go on without it."))
    _known(step, step.argument)
    grounds = str(step.inputs.get("grounds") or "").strip()
    if not grounds:
        raise Invalid({"grounds": N_("Say why the case may go on without it.")})
    _tell(step, rules.WAIVED_EVENT, step.argument, {"grounds": grounds})


def _known(step: Step, code: str) -> CaseTrack:
    row = next((row for row in rows_of(step.case) if row.code == code), None)
    if row is None:
        raise NotNow(N_("%(what)s was never asked for.", what=rules.name_of(code)))
    return row


def _of(case: Case, code: str) -> rules.Track | None:
    return rules.tracks(queries.events_of(case.id)).get(code)


def is_settled(case: Case, move: Move) -> bool:
    """Whether a move would end what is not open beside the case: then there is nothing to offer, not even a refusal."""
    named = [guard.partition(":")[2] for guard in move.guards if guard.startswith("track_unsettled:")]
    found = [_of(case, code) for code in named]
    return any(track is None or track.is_settled for track in found)


@guard("tracks_ended", ANY)
def tracks_ended(step: Step) -> Message | None:
    """None of the named tracks is still open or ended with an objection; one that was never opened is not waited for.

    That each of them can be opened at all is checked when the workflow is read.
    """
    told = rules.tracks(queries.events_of(step.case.id))
    for code in step.argument.split(","):
        track = told.get(code)
        if track is None or track.is_settled:
            continue
        name = rules.name_of(code)
        if track.outcome == rules.OBJECTS:
            return N_("%(what)s: there is an objection. Settle it, or a programme manager decides.", what=name)
        return N_("%(what)s is not finished: wait, or a programme manager waives it with grounds.", what=name)
    return None


@guard("track_unsettled", TRACK)
def track_unsettled(step: Step) -> Message | None:
    """The named track is open, or ended with an objection that may be taken back."""
    track = _of(step.case, step.argument)
    if track is not None and not track.is_settled:
        return None
    return N_("%(what)s is not open.", what=rules.name_of(step.argument))


@guard("track_not_open", TRACK)
def track_not_open(step: Step) -> Message | None:
    """The named track is not open now."""
    track = _of(step.case, step.argument)
    if track is None or track.state != rules.OPEN:
        return None
    return N_("%(what)s is open already.", what=rules.name_of(step.argument))
