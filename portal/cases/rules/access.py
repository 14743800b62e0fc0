"""Who may read and who may write a case: the same question for one case here, for many in ``queries.visible_to``."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from portal.core.actor import Actor, OrgRole, Role
from portal.core.workflow import State


class CaseFacts(Protocol):
    """What these rules need to know of a case."""

    organisation_id: UUID
    is_submitted: bool
    kind: str
    returned_sections: dict[str, str]


def may_read(actor: Actor, case: CaseFacts) -> bool:
    """Whether the actor may read the case.

    People of the organisation read all of its cases. The secretariat reads a case once it was submitted, and a report
    from the day it is due. A draft is the applicant's alone.
    """
    if actor.is_system or actor.in_organisation(case.organisation_id):
        return True
    return actor.is_staff and case.is_submitted


def may_read_as_staff(actor: Actor, case: CaseFacts) -> bool:
    """Whether the actor may see the secretariat's side: notes, assessments, the letter before it is sent."""
    return actor.is_staff and case.is_submitted


def may_edit(actor: Actor, case: CaseFacts, state: State, section: str) -> bool:
    """Whether the actor may change a section: as a lead or contributor, in a state that leaves it open."""
    if not actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR):
        return False
    return is_open(case, state, section)


def is_open(case: CaseFacts, state: State, section: str) -> bool:
    """Whether a section can be edited at all in this state; a returned case opens only what was returned."""
    if state.editable == "all":
        return True
    return state.editable == "returned" and section in case.returned_sections


def may_write_notes(actor: Actor) -> bool:
    """Whether the actor may write internal notes; an auditor reads everything and changes nothing."""
    return bool(actor.roles - {Role.AUDITOR})


#: Files of a case that are no part of its answers have addresses of their own, with readers of their own: what was
#: sent to show how a condition is met is marked so, before the id of the condition.
EVIDENCE = "condition."


def is_answer_file(question: str | None) -> bool:
    """Whether a file belongs to the answers of its case, as whoever reads the answers may have it.

    :param question: the mark of the file; None for what the portal made itself, a document with an audience.
    """
    return question is not None and not question.startswith(EVIDENCE)
