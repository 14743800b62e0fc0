"""Read what an approval asks for: the conditions and obligations of the decision that stands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.infra.db import db
from portal.review.models import Condition
from portal.review.queries import record
from portal.review.rules.letters import lines


def of_case(case_id: UUID, *, held: bool = False) -> list[Condition]:
    """The conditions and obligations of the standing decision, in their order.

    :param held: read anew and hold them against other writers until the transaction ends.
    """
    decision = record.standing_decision(case_id)
    if decision is None:
        return []
    statement = select(Condition).where(Condition.decision_id == decision.id).order_by(Condition.number)
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(statement))


def is_told(case: Case) -> bool:
    """Whether the letter of the standing decision was sent: before that nothing of it is known outside."""
    decision, sent = record.standing_decision(case.id), record.last_event(case.id, "letter_sent")
    return decision is not None and sent is not None and sent.at >= decision.decided_at


def for_client(case: Case) -> list[Condition]:
    """What the client sees: nothing before the letter was sent."""
    return of_case(case.id) if is_told(case) else []


def client_words(case: Case, rows: Sequence[Condition]) -> dict[int, tuple[str, str]]:
    """The conditions as the letter in the applicant's language words them: number → (text, language).

    A letter that was worded in another number of lines says something else than one by one; then nothing is taken.
    """
    asked = [row for row in rows if row.kind == "condition"]
    for letter in record.letters_of(case.id):
        worded = letter.source.get("worded") or {}
        said = lines(str(worded.get("conditions") or ""))
        if letter.language == case.language and asked and len(said) == len(asked):
            return {row.number: (text, letter.language) for row, text in zip(asked, said, strict=True)}
    return {}
