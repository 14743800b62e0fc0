"""Keep what is typed: a question at a time while typing, a section at a time without JavaScript. Nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from forms.engine import answers as reading
from portal.cases import queries
from portal.cases.models import AnswerConflict, Answers, Case
from portal.cases.rules.access import is_open, may_edit
from portal.cases.rules.files import with_files_of
from portal.cases.service import events, pages
from portal.cases.service.move import form_of, state_of
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound, NotNow
from portal.core.text import N_
from portal.infra.db import db


@dataclass(frozen=True)
class Saved:
    """How an answer was kept.

    :param status: ``saved``, ``conflict`` (ours is newer, the colleague's is kept beside it) or ``stale`` (a
        colleague's is newer, ours is kept beside it).
    :param rev: the question's revision now.
    :param other: the value that lost, who typed it and when, for showing both side by side.
    """

    status: str
    rev: int
    other: AnswerConflict | None = None


def save_answer(
    case: Case,
    section: str,
    question: str,
    value: Any,
    actor: Actor,
    now: datetime,
    *,
    rev: int,
    typed_at: datetime,
) -> Saved:
    """Keep one answer typed against revision ``rev``; the newest typing wins and the other is kept for both to see.

    What a writer typed before she saved the same answer anew, and what arrives only after it, takes no file back.

    :param typed_at: when it was typed on the device (UTC); a time in the future counts as now.
    :raises NotAllowed: when the actor does not write for the organisation.
    :raises NotNow: when the section is closed.
    """
    case = queries.locked(case.id)
    _check_open(case, section, actor)
    row = _row(case.id, section, now)
    stamp = row.stamps.get(question, {"rev": 0})
    current = row.data.get(question)
    typed_at = min(typed_at, now)
    is_hers = stamp.get("by") == str(actor.person_id)
    if rev != stamp["rev"] and is_hers and _instant(stamp) > typed_at:
        value = with_files_of(form_of(case).section(section).question(question), value, current)
    if current == value:
        return Saved("saved", int(stamp["rev"]))
    collides = rev != stamp["rev"] and not is_hers
    if collides and _instant(stamp) > typed_at:
        ours = _keep_loser(case, section, question, value, typed_at, actor.person_id, actor.name)
        return Saved("stale", int(stamp["rev"]), ours)
    lost: AnswerConflict | None = None
    if collides and current not in (None, "", []):
        by = UUID(stamp["by"]) if stamp.get("by") else None
        lost = _keep_loser(case, section, question, current, _instant(stamp), by, str(stamp.get("name", "")))
    new_rev = int(stamp["rev"]) + 1
    _write(row, {question: value}, {question: _stamp(new_rev, typed_at, actor)}, actor, now)
    _promote(case, now)
    return Saved("saved" if lost is None else "conflict", new_rev, lost)


def save_section(
    case: Case,
    section: str,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    seen: Mapping[str, int],
) -> list[AnswerConflict]:
    """Keep a whole section as posted by a plain form.

    :param seen: question → the revision the form was made from; a question changed by a colleague since then keeps
        both values.
    :returns: the colleagues' values that ours replaced, to be shown beside them.
    """
    case = queries.locked(case.id)
    _check_open(case, section, actor)
    row = _row(case.id, section, now)
    changed, stamps, lost = {}, {}, []
    for question, value in values.items():
        current = row.data.get(question)
        if current == value:
            continue
        stamp = row.stamps.get(question, {"rev": 0})
        foreign = seen.get(question, stamp["rev"]) != stamp["rev"] and stamp.get("by") != str(actor.person_id)
        if foreign and current not in (None, "", []):
            by = UUID(stamp["by"]) if stamp.get("by") else None
            lost.append(_keep_loser(case, section, question, current, _instant(stamp), by, str(stamp.get("name", ""))))
        changed[question], stamps[question] = value, _stamp(int(stamp["rev"]) + 1, now, actor)
    if changed:
        _write(row, changed, stamps, actor, now)
        _promote(case, now)
    return lost


def settle_conflict(case: Case, conflict_id: UUID, take_theirs: bool, actor: Actor, now: datetime) -> None:
    """Say which of two colliding values stays; the other one remains in the record of the case."""
    case = queries.locked(case.id)
    conflict = db.session.scalars(
        select(AnswerConflict).where(AnswerConflict.case_id == case.id, AnswerConflict.id == conflict_id)
    ).first()
    if conflict is None:
        raise NotFound
    _check_open(case, conflict.section, actor)
    if take_theirs:
        row = _row(case.id, conflict.section, now)
        rev = int(row.stamps.get(conflict.question, {"rev": 0})["rev"]) + 1
        stamp = {conflict.question: _stamp(rev, now, actor)}
        kept = row.data.get(conflict.question)
        _write(row, {conflict.question: conflict.value}, stamp, actor, now)
        conflict.value = kept
        _promote(case, now)
    conflict.settled_at = now
    events.append(case, "conflict_settled", actor, now, {"section": conflict.section, "question": conflict.question})


def _check_open(case: Case, section: str, actor: Actor) -> None:
    state = state_of(case)
    if not may_edit(actor, case, state, section):
        if not is_open(case, state, section):
            raise NotNow(N_("This section cannot be edited now. What you typed is kept on your device."))
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may write here."))


def _row(case_id: UUID, section: str, now: datetime) -> Answers:
    row = db.session.scalars(
        select(Answers).where(Answers.case_id == case_id, Answers.section == section).with_for_update()
    ).first()
    if row is None:
        row = Answers(case_id=case_id, section=section, data={}, stamps={}, version=0, changed_at=now)
        db.session.add(row)
    return row


def _write(
    row: Answers, values: Mapping[str, Any], stamps: Mapping[str, dict[str, Any]], actor: Actor, now: datetime
) -> None:
    # New dictionaries, so that the change is seen: JSON columns are compared by identity.
    row.data = {**row.data, **values}
    row.stamps = {**row.stamps, **stamps}
    row.version += 1
    row.changed_at, row.changed_by = now, actor.person_id
    db.session.flush()


def _stamp(rev: int, at: datetime, actor: Actor) -> dict[str, Any]:
    return {"rev": rev, "at": at.isoformat(), "by": str(actor.person_id), "name": actor.name}


def _instant(stamp: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(stamp["at"]) if stamp.get("at") else datetime.fromisoformat("1970-01-01T00:00+00:00")


def _keep_loser(
    case: Case, section: str, question: str, value: Any, at: datetime, by: UUID | None, name: str
) -> AnswerConflict:
    row = AnswerConflict(
        case_id=case.id,
        section=section,
        question=question,
        value=value,
        typed_at=at,
        typed_by=by,
        typed_by_name=name,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _promote(case: Case, now: datetime) -> None:
    """Bring what lists show (title, amount, place) from the answers into the case's columns."""
    case.changed_at = now
    if case.kind != "application":
        return
    known = reading.promote(form_of(case), queries.answers_of(case.id))
    case.title = str(known.get("title") or "")[:400]
    case.amount = known.get("amount")
    case.country = known.get("country") or case.country
    case.city = str(known.get("city") or "")[:300]
    pages.answers_changed(case, now)
