"""Read what an approval asks for: the conditions and obligations of the decision that stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.errors import NotFound
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.review.models import Condition, Decision
from portal.review.queries import record
from portal.review.rules.letters import lines


def of_case(case_id: UUID, *, held: bool = False) -> list[Condition]:
    """The conditions and obligations of the standing decision, in their order.

    :param held: read anew and hold them against other writers until the transaction ends.
    """
    newest = record.standing(case_id).with_only_columns(Decision.id).scalar_subquery()
    statement = select(Condition).where(Condition.decision_id == newest).order_by(Condition.number)
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


def evidence(rows: Iterable[Condition]) -> dict[UUID, StoredFile]:
    """The documents that show how conditions are met, by condition. One query."""
    found = {row.file_id: row.id for row in rows if row.file_id is not None}
    kept = select(StoredFile).where(StoredFile.id.in_(list(found)), StoredFile.deleted_at.is_(None))
    return {found[file.id]: file for file in db.session.scalars(kept)} if found else {}


def evidence_of(rows: Iterable[Condition], condition_id: UUID) -> StoredFile:
    """The document that shows how one of these conditions is met. :raises NotFound: when there is none."""
    file = evidence(row for row in rows if row.id == condition_id).get(condition_id)
    if file is None:
        raise NotFound
    return file


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
