"""Questions about a call: asked by whoever may apply, answered for everybody, never with the name of who asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from portal.calls.models import Call, Clarification
from portal.calls.rules import announcing
from portal.calls.service.announce import allowed, locked
from portal.calls.service.listeners import tell
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.permissions import Permission, holds
from portal.core.text import N_, Message
from portal.infra.db import db

LONGEST_QUESTION, LONGEST_ANSWER = 2000, 5000
#: questions of one person that may wait for an answer at a time: enough for who has some, too few for who floods
MOST_WAITING = 5


def why_not(call: Call, now: datetime) -> Message | None:
    """Why no question can be asked now; None when one can.

    :param now: UTC. Questions end at the date the call names, else with its closing.
    """
    until = call.questions_until or call.closes_at
    if call.is_draft or call.opens_at > now:
        return N_("Questions can be asked once the call is open.")
    if until is not None and now >= until:
        return N_("Questions could be asked until %(instant)s.", instant=until)
    return None


def ask(call: Call, question: str, language: str, actor: Actor, now: datetime) -> Clarification:
    """Ask the secretariat a question about a call.

    :param language: the one it is written in.
    :raises NotAllowed: unless the actor writes for an organisation. :raises NotNow: when the time for questions is
        over, or five of hers wait for an answer. :raises Invalid: for nothing, too much, or the same once more.
    """
    if actor.person_id is None or not holds(actor, Permission.CASE_START):
        raise NotAllowed(N_("Whoever writes for an organisation may ask."))
    call = locked(call)
    refused = why_not(call, now)
    if refused is not None:
        raise NotNow(refused)
    words = _clean("question", question, LONGEST_QUESTION, N_("Write your question first."))
    waiting = db.session.scalars(
        select(Clarification.question).where(
            Clarification.call_id == call.id,
            Clarification.asked_by == actor.person_id,
            Clarification.answered_at.is_(None),
            Clarification.set_aside_at.is_(None),
        )
    ).all()
    if words in waiting:
        raise Invalid({"question": N_("You have asked this already. We will answer it here.")})
    if len(waiting) >= MOST_WAITING:
        raise NotNow(N_("Several of your questions wait for an answer. Ask again when we have answered them."))
    last = db.session.scalar(select(func.max(Clarification.number)).where(Clarification.call_id == call.id))
    row = Clarification(
        call_id=call.id, number=(last or 0) + 1, question=words, language=language, asked_by=actor.person_id,
        asked_at=now, public_question={}, answer={},
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def answer(
    call: Call,
    row: Clarification,
    questions: Mapping[str, str],
    answers: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Answer a question for everybody, in every language the call is announced in; whoever is writing is told by mail.

    An answer that stands can be worded anew; nobody is told of it a second time.

    :param questions: language → the question, without anything that tells who asked.
    :raises Invalid: for a language in which question or answer is missing: nobody shall know less than others.
    """
    allowed(actor)
    call = locked(call)
    problems: dict[str, Message] = {}
    public: dict[str, str] = {}
    said: dict[str, str] = {}
    for code in announcing.whole_in(call):
        for name, texts, kept, most in (
            ("question", questions, public, LONGEST_QUESTION),
            ("answer", answers, said, LONGEST_ANSWER),
        ):
            try:
                kept[code] = _clean(
                    f"{name}-{code}", texts.get(code, ""), most, N_("This is missing in this language.")
                )
            except Invalid as refusal:
                problems |= refusal.problems
    if problems:
        raise Invalid(problems)
    first = row.answered_at is None
    row.public_question, row.answer = public, said
    row.set_aside_at = None
    if first:
        row.answered_at, row.answered_by_name = now, actor.name
    db.session.flush()
    if first:
        tell(call, row, actor, now)


def set_aside(row: Clarification, actor: Actor, now: datetime) -> None:
    """Put a question aside that is none about the call; it is never published.

    :raises NotNow: for one that was answered.
    """
    allowed(actor)
    if row.answered_at is not None:
        raise NotNow(N_("This question was answered already; everybody reads it."))
    row.set_aside_at = now
    db.session.flush()


def _clean(field: str, text: str, most: int, missing: Message) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Invalid({field: missing})
    if len(words) > most:
        raise Invalid({field: N_("Say it in at most %(number)s characters.", number=most)})
    return words
