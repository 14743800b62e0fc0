"""What an approval asks for, followed one by one: made of the decision and of the policy, met with evidence or waived.

Conditions are the lines of the decision; obligations are what the policy of the day of submission said (a strategic
environmental assessment, Medium Term Strategy 2008-2010). Both are followed in the same way, and a grant is closed only
when none is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.mail import notify
from portal.cases.models import Case
from portal.cases.rules.access import EVIDENCE
from portal.cases.rules.inputs import MOST_CHARACTERS, clean
from portal.cases.service import events, route
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor, OrgRole, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.standards.counting import months_later
from portal.core.text import N_, Message
from portal.infra import storage, uploads
from portal.infra.db import db
from portal.review.models import Condition, Decision
from portal.review.queries import followed
from portal.review.queries import record as queries
from portal.review.rules.letters import lines
from portal.tenants import queries as tenants

CONDITION, OBLIGATION = "condition", "obligation"
OPEN, CLAIMED, MET, WAIVED = "open", "claimed", "met", "waived"
#: the fact that nothing is open any more of what the standing decision asks for
SETTLED = "conditions_settled"
OFFICERS = (Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER)


@effect("make_conditions")
def make_conditions(step: Step) -> None:
    """Make a condition of every line of the decision.

    :raises Invalid: when the decision names none.
    """
    decision = _decision(step.case)
    wanted = lines(decision.conditions)
    if not wanted:
        raise Invalid({"conditions": N_("Name at least one condition, or approve without conditions.")})
    for body in wanted:
        _add(step, decision, CONDITION, body)
    step.facts["followed"] = len(wanted)


@effect("make_obligations")
def make_obligations(step: Step) -> None:
    """Make an obligation of everything to which the policy of the day of submission obliges after an approval.

    It is due during the activity or right after it (Medium Term Strategy 2008-2010): at the latest when as many months
    have passed since the decision as the activity takes. Whoever follows the case may set another day.
    """
    decision, owed = _decision(step.case), route.obligations_of(step.case)
    last = _end_of_activity(step) if owed else None
    for one in owed:
        _add(step, decision, OBLIGATION, str(one.reason), one.code, last)
    step.facts["obligations"] = [one.code for one in owed]
    step.facts["followed"] = int(step.facts.get("followed", 0)) + len(owed)


def _decision(case: Case) -> Decision:
    decision = queries.standing_decision(case.id)
    if decision is None:
        raise NotNow(N_("There is no decision that could ask for something."))
    return decision


def _end_of_activity(step: Step) -> date | None:
    """The day by which the activity is over when it begins now, in the tenant's zone; None when it says no duration."""
    snapshot = cases.last_submission(step.case.id)
    if snapshot is None:
        return None
    definition = instruments.form(step.case.instrument, step.case.process, snapshot.form_version)
    months = reading.promote(definition, snapshot.answers).get("duration")
    today = step.now.astimezone(ZoneInfo(tenants.by_id(step.case.tenant_id).zone)).date()
    return months_later(today, int(months)) if months else None


def _add(step: Step, decision: Decision, kind: str, body: str, code: str = "", due_on: date | None = None) -> None:
    last = db.session.scalar(select(func.max(Condition.number)).where(Condition.case_id == step.case.id)) or 0
    row = Condition(
        case_id=step.case.id,
        decision_id=decision.id,
        kind=kind,
        code=code,
        number=last + 1,
        body=body,
        due_on=due_on,
        state=OPEN,
        changed_by_name=step.actor.name,
        changed_at=step.now,
    )
    db.session.add(row)
    db.session.flush()


def forget(decision: Decision) -> None:
    """Take away what a decision asked for when it is undone before anybody was told; its own words stay with it."""
    db.session.execute(delete(Condition).where(Condition.decision_id == decision.id))


@guard("conditions_met")
def conditions_met(step: Step) -> Message | None:
    """Nothing that the standing decision asks for is open any more: each is met or waived."""
    left = [row for row in followed.of_case(step.case.id) if row.state not in (MET, WAIVED)]
    if not left:
        return None
    return N_("Conditions that are neither met nor waived: %(count)s. Look at them first.", count=len(left))


# -- what people do with one


@dataclass(frozen=True)
class Sent:
    """A file as a browser sent it: nothing of it is believed before it was looked at."""

    filename: str
    stream: BinaryIO


def claim(
    case: Case, condition_id: UUID, evidence: str, actor: Actor, now: datetime, sent: Sent | None = None
) -> Condition:
    """Say how a condition is met, as one of the client's people; the secretariat checks it.

    :param sent: a document that shows it; one sent earlier stands until another takes its place.
    :raises NotFound: for a stranger, or before the letter was sent. :raises NotAllowed: for whoever does not write.
    :raises NotNow: when it was met or waived already. :raises Invalid: naming ``evidence``, when it is not
        told in words, or ``document``, when the file is none that can be kept.
    """
    case = cases.locked(case.id)
    if not actor.in_organisation(case.organisation_id) or not followed.is_told(case):
        raise NotFound
    if not actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may answer this."))
    row = _held(case, condition_id, OPEN, CLAIMED)
    words = _words(evidence, "evidence", N_("Say how this is met, and where it can be seen."))
    facts = {}
    if sent is not None:
        kept = _keep(case, row, sent, actor, now)
        row.file_id, facts["file"] = kept.id, kept.name
    _change(case, row, CLAIMED, words, "condition_claimed", actor, now, facts)
    notify("message", "monitor", case, now, {"body": words, "author": actor.name})
    return row


def _keep(case: Case, row: Condition, sent: Sent, actor: Actor, now: datetime) -> storage.StoredFile:
    limit = tenants.by_id(case.tenant_id).policy.upload_limit_mb * uploads.MEGABYTE
    checked = uploads.check(sent.filename, sent.stream, limit=limit, field="document")
    return storage.save(
        sent.stream, name=checked.name, media_type=checked.media_type, limit=limit, now=now,
        uploaded_by=actor.person_id, case_id=case.id, question=f"{EVIDENCE}{row.id}",
    )  # fmt: skip


def meet(case: Case, condition_id: UUID, evidence: str, actor: Actor, now: datetime) -> Condition:
    """Accept a condition as met, with the evidence that was looked at.

    :raises NotAllowed: for anybody but an officer or a manager. :raises Invalid: without evidence.
    :raises NotNow: before the letter was sent, or when it is settled already.
    """
    case, row = _for_staff(case, condition_id, actor, OFFICERS)
    words = _words(evidence, "evidence", N_("Say which evidence you have seen."))
    _change(case, row, MET, words, "condition_met", actor, now)
    return row


def refuse(case: Case, condition_id: UUID, reason: str, actor: Actor, now: datetime) -> Condition:
    """Say that the evidence is not enough; the condition is open again and the client reads why.

    :raises NotAllowed: for anybody but an officer or a manager. :raises NotNow: when no evidence was given.
    :raises Invalid: without a reason.
    """
    case, row = _for_staff(case, condition_id, actor, OFFICERS)
    if row.state != CLAIMED:
        raise NotNow(N_("Nobody has given evidence for this yet."))
    words = _words(reason, "reason", N_("Say what is missing."))
    _change(case, row, OPEN, words, "condition_not_met", actor, now)
    notify("message", "applicants", case, now, {"body": words, "author": actor.name})
    return row


def waive(case: Case, condition_id: UUID, reason: str, actor: Actor, now: datetime) -> Condition:
    """Go on without a condition. Only a programme manager may, and says why.

    :raises NotAllowed: for anybody else. :raises NotNow: when it is settled already. :raises Invalid: without a reason.
    """
    case, row = _for_staff(case, condition_id, actor, (Role.PROGRAMME_MANAGER,))
    words = _words(reason, "reason", N_("Say why this is no longer asked for."))
    _change(case, row, WAIVED, words, "condition_waived", actor, now)
    return row


def set_due(case: Case, condition_id: UUID, due_on: date | None, actor: Actor, now: datetime) -> Condition:
    """Say by which day (in the tenant's zone) a condition is to be met; None: no day is set.

    :raises NotAllowed: for anybody but an officer or a manager. :raises NotNow: when it is settled already.
    """
    case, row = _for_staff(case, condition_id, actor, OFFICERS)
    row.due_on = due_on
    facts = {"condition": row.number, "due_on": due_on.isoformat() if due_on else ""}
    _tell(case, row, "condition_dated", facts, actor, now)
    return row


#: what a page may ask for → the verb, and the field in which its words stand
VERBS: dict[str, tuple[Callable[[Case, UUID, str, Actor, datetime], Condition], str]] = {
    "meet": (meet, "evidence"),
    "refuse": (refuse, "reason"),
    "waive": (waive, "reason"),
}


def _for_staff(case: Case, condition_id: UUID, actor: Actor, roles: tuple[Role, ...]) -> tuple[Case, Condition]:
    case = cases.locked(case.id)
    if not (actor.is_staff and case.is_submitted):
        raise NotFound
    row = _held(case, condition_id, OPEN, CLAIMED)
    if not actor.has(*roles):
        if roles == OFFICERS:
            raise NotAllowed(N_("Only a programme officer or a programme manager may follow conditions."))
        raise NotAllowed(N_("Only a programme manager may waive a condition."))
    return case, row


def _held(case: Case, condition_id: UUID, *states: str) -> Condition:
    row = next((row for row in followed.of_case(case.id, held=True) if row.id == condition_id), None)
    if row is None:
        raise NotFound
    if row.state not in states:
        raise NotNow(N_("This was settled already. Look at the case again."))
    return row


def _words(given: str, name: str, missing: Message) -> str:
    text = clean(given)
    if not text:
        raise Invalid({name: missing})
    if len(text) > MOST_CHARACTERS:
        raise Invalid({name: N_("Please shorten this to at most %(most)s characters.", most=MOST_CHARACTERS)})
    return text


def _change(
    case: Case, row: Condition, state: str, words: str, kind: str, actor: Actor, now: datetime,
    more: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    if not followed.is_told(case):
        raise NotNow(N_("The letter has not been sent yet; nobody can have met this."))
    row.state, row.evidence, row.changed_by_name, row.changed_at = state, words, actor.name, now
    _tell(case, row, kind, {"condition": row.number, "note": words, **(more or {})}, actor, now)
    if state in (MET, WAIVED) and all(one.state in (MET, WAIVED) for one in followed.of_case(case.id)):
        # What a promise counts from that waits for all of them, such as a payment after the conditions are met.
        events.append(case, SETTLED, actor, now, {})
        events.refresh_clocks(case, now)


def _tell(case: Case, row: Condition, kind: str, facts: dict[str, object], actor: Actor, now: datetime) -> None:
    events.append(case, kind, actor, now, facts, subject=f"condition-{row.number}")
    events.refresh_clocks(case, now)
