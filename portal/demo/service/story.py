"""Play a case of the demonstration by the verbs that people use, each at its own time in the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.calls.models import Call
from portal.cases.models import Case
from portal.cases.service import answer, message, start
from portal.cases.service.move import make_move
from portal.core.actor import Actor
from portal.demo.content import DemoCase, DemoContentError, Milestone, Note, Return, Statement
from portal.demo.rules.moments import spread
from portal.demo.service import execution
from portal.demo.service.stage import Stage, store_paper
from portal.infra.db import db
from portal.organisations.models import Organisation
from portal.review.queries import record as review
from portal.review.service import assess, assign, letter
from portal.translation.service import translate

#: Milestones that happen by themselves with the one before.
BY_THEMSELVES = frozenset({"translation_requested", "tranche_released", "report_opened"})
#: For how many days after its own a step waits for a clock to run out.
PATIENCE = 10

Step = Callable[[Stage, Milestone], None]


def play(stage: Stage) -> Case:
    """Bring a case to its target state.

    :raises DemoContentError: when the story has a milestone nobody knows, or ends in another state.
    """
    stage.time.passing = stage.catch_up
    for item in _in_order(stage.demo):
        if isinstance(item, Milestone):
            step(stage, item)
        elif item in stage.demo.notes:
            message.write_note(stage.case, item.text, stage.actor(item.person), stage.time.at(item.day))
        else:
            message.send_message(stage.case, item.text, stage.actor(item.person), stage.time.at(item.day))
    stage.catch_up(stage.time.now)
    reached = stage.case.state
    # Receipt is acknowledged at once, so that nothing rests in the state "submitted".
    if reached != stage.demo.target_state and (stage.demo.target_state, reached) != ("submitted", "checking"):
        raise DemoContentError(f"case {stage.demo.code}: ended {reached} instead of {stage.demo.target_state}.")
    return stage.case


def _in_order(demo: DemoCase) -> list[Milestone | Note]:
    """Milestones and words by day; on the same day what happened comes before what was said of it."""
    items: list[tuple[int, int, Milestone | Note]] = [(m.day, 0, m) for m in demo.milestones]
    items += [(note.day, 1, note) for note in (*demo.messages, *demo.notes)]
    return [item for _, _, item in sorted(items, key=lambda row: row[:2])]


def step(stage: Stage, milestone: Milestone) -> None:
    """Play one milestone.

    :raises DemoContentError: for one that nobody knows.
    """
    if milestone.kind in BY_THEMSELVES:
        return
    found = STEPS.get(milestone.kind)
    if found is None:
        raise DemoContentError(f"case {stage.demo.code}: nobody knows how to play the milestone {milestone.kind!r}.")
    found(stage, milestone)


# -- the applicant


def _started(stage: Stage, milestone: Milestone) -> None:
    demo, at = stage.demo, stage.time.at(milestone.day)
    call = db.session.scalars(select(Call).where(Call.code == demo.call)).one()
    organisation = db.session.scalars(
        select(Organisation).where(Organisation.id == stage.content.world.organisations[demo.organisation].id)
    ).one()
    lead, contributor = stage.client("lead"), stage.client("contributor")
    stage.case = start.start_application(lead, call, organisation, demo.language, at)
    submitted = next((m.day for m in demo.milestones if m.kind == "submitted"), 0)
    until = at + timedelta(hours=2)
    if not stage.together:
        until = max(until, at + timedelta(days=submitted - milestone.day) * 0.8)
    answers = demo.answers_to_store
    if demo.stored_questions is None:
        for paper in demo.papers:
            store_paper(stage.case, paper, answers, contributor, at)
    moments = spread(at, min(until, stage.time.now), len(answers))
    for number, ((section, values), when) in enumerate(zip(answers.items(), moments, strict=True)):
        who = lead if number % 3 == 0 else contributor
        answer.save_section(stage.case, section, values, who, when, seen={})
        stage.time.last = when


def _submitted(stage: Stage, milestone: Milestone) -> None:
    at = stage.time.at(milestone.day)
    if stage.tenant.policy.sign_off_required:
        signatory = stage.client("signatory")
        make_move(stage.case, "sign", signatory, at, {"typed_name": signatory.name, "confirm": True})
        at = stage.time.soon(25)
    make_move(stage.case, "submit", stage.client("lead"), at)
    if stage.case.monitor_id != stage.monitor.person_id:
        assign.assign(stage.case, _id(stage.monitor), stage.staff("programme_manager"), stage.time.soon(30))


def _id(actor: Actor) -> Any:
    return actor.person_id


def _resubmitted(stage: Stage, milestone: Milestone) -> None:
    make_move(stage.case, "resubmit", stage.client("lead"), stage.time.at(milestone.day))


def _withdrawn(stage: Stage, milestone: Milestone) -> None:
    said = _said(stage, stage.demo.withdrawal, "withdrawn")
    make_move(stage.case, "withdraw", stage.actor(said.person), stage.time.at(milestone.day), {"reason": said.text})


# -- checking


def _found_complete(stage: Stage, milestone: Milestone) -> None:
    make_move(stage.case, "find_complete", stage.monitor, stage.time.at(milestone.day))


def _returned(stage: Stage, milestone: Milestone) -> None:
    back = next((entry for entry in stage.demo.returns if entry.subject is None), None)
    if back is None:
        raise DemoContentError(f"case {stage.demo.code}: say under “returned” which sections go back and why.")
    make_move(stage.case, "return_sections", stage.monitor, stage.time.at(milestone.day), {"sections": sections(back)})


def sections(back: Return) -> dict[str, str]:
    """What a return asks, section by section."""
    return dict.fromkeys(back.sections, back.reason)


def _doubted(stage: Stage, milestone: Milestone) -> None:
    said = _said(stage, stage.demo.not_eligible, "not_eligible")
    inputs = {"reason_code": said.code or "", "grounds": said.text}
    make_move(stage.case, "doubt_eligibility", stage.monitor, stage.time.at(milestone.day), inputs)


def _not_eligible(stage: Stage, milestone: Milestone) -> None:
    said = _said(stage, stage.demo.not_eligible, "not_eligible")
    make_move(stage.case, "confirm_not_eligible", stage.actor(said.person), stage.time.at(milestone.day))


def _lapsed(stage: Stage, milestone: Milestone) -> None:
    """The portal closes the case itself once its time has run out; holidays may make that later than planned."""
    for later in range(PATIENCE):
        stage.time.at(milestone.day + later)
        if stage.case.state == "lapsed":
            return
    raise DemoContentError(f"case {stage.demo.code}: its time has not run out; put “lapsed” later.")


def _said(stage: Stage, statement: Statement | None, key: str) -> Statement:
    if statement is None:
        raise DemoContentError(f"case {stage.demo.code}: say under “{key}” who it was and in which words.")
    return statement


# -- translating


def _queried(stage: Stage, milestone: Milestone) -> None:
    said = _said(stage, stage.demo.translation_query, "translation_query")
    at = stage.time.at(milestone.day)
    if stage.demo.translation:
        half = dict(list(stage.demo.translation.items())[: len(stage.demo.translation) // 2])
        translate.save_draft(stage.case, half, stage.actor(said.person), at)
        at = stage.time.soon(10)
    make_move(stage.case, "query_applicant", stage.actor(said.person), at, {"question": said.text})


def _translated(stage: Stage, milestone: Milestone) -> None:
    if stage.demo.translation is None:
        raise DemoContentError(f"case {stage.demo.code}: translations.toml has no translation to file.")
    translator = stage.translator()
    translate.save_draft(stage.case, stage.demo.translation, translator, stage.time.at(milestone.day))
    make_move(stage.case, "file_translation", translator, stage.time.soon(35))


def _translation_accepted(stage: Stage, milestone: Milestone) -> None:
    make_move(stage.case, "accept_translation", stage.monitor, stage.time.at(milestone.day))


# -- assessing and deciding


def _recommended(stage: Stage, milestone: Milestone) -> None:
    if stage.demo.assessment is None or stage.demo.assessed_by is None:
        raise DemoContentError(f"case {stage.demo.code}: write the assessment that is to be filed.")
    officer = stage.actor(stage.demo.assessed_by)
    assess.save_assessment(stage.case, stage.demo.assessment, officer, stage.time.at(milestone.day))
    make_move(stage.case, "file_assessment", officer, stage.time.soon(45))


def _decided(stage: Stage, milestone: Milestone) -> None:
    decision = stage.demo.decision
    if decision is None:
        raise DemoContentError(f"case {stage.demo.code}: write the decision.")
    moves = {"approved": "approve", "approved_with_conditions": "approve_with_conditions", "declined": "decline"}
    inputs = {"grounds": decision.grounds}
    if decision.conditions:
        inputs["conditions"] = decision.conditions
    make_move(stage.case, moves[milestone.kind], stage.actor(decision.person), stage.time.at(milestone.day), inputs)


def _letter_sent(stage: Stage, milestone: Milestone) -> None:
    at = stage.time.at(milestone.day)
    letter.mark_seen(stage.case, letter.digests(review.letters_of(stage.case.id)), stage.monitor, at)
    make_move(stage.case, "send_letter", stage.monitor, stage.time.soon(6))


def _put_forward(stage: Stage, milestone: Milestone) -> None:
    """What the members have commented on goes on; of competing notes a manager chooses those that do."""
    by = stage.staff("programme_manager") if stage.case.state == "ranked" else stage.monitor
    make_move(stage.case, "recommend", by, stage.time.at(milestone.day))


def _ranked(stage: Stage, milestone: Milestone) -> None:
    make_move(stage.case, "rank", stage.monitor, stage.time.at(milestone.day))


STEPS: dict[str, Step] = {
    "started": _started,
    "submitted": _submitted,
    "resubmitted": _resubmitted,
    "withdrawn": _withdrawn,
    "found_complete": _found_complete,
    "returned": _returned,
    "eligibility_doubted": _doubted,
    "found_not_eligible": _not_eligible,
    "lapsed": _lapsed,
    "translation_queried": _queried,
    "translation_filed": _translated,
    "translation_accepted": _translation_accepted,
    "recommended": _recommended,
    "approved": _decided,
    "approved_with_conditions": _decided,
    "declined": _decided,
    "letter_sent": _letter_sent,
    "recommended_for_approval": _put_forward,
    "ranked": _ranked,
    "agreement_sent": execution.agreement_sent,
    "agreement_accepted": execution.agreement_accepted,
    "paid": execution.paid,
    "report_submitted": execution.report_submitted,
    "report_returned": execution.report_returned,
    "report_accepted": execution.report_accepted,
    "completed": execution.completed,
}
