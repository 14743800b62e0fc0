"""The letter that tells the decision: in the applicant's language, read before it is sent, then never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.calls import queries as calls
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case, Document
from portal.cases.rules.inputs import MOST_CHARACTERS, clean
from portal.cases.service import document, events, route, stages
from portal.cases.service.move import workflow_of
from portal.cases.service.steps import Step, effect, guard
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.routes import OBLIGATION_NAMES
from portal.core.text import N_, Message, Text
from portal.infra import i18n
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.review.models import Decision
from portal.review.queries import followed
from portal.review.queries import record as queries
from portal.review.rules import letters as rules
from portal.tenants import queries as tenants

#: the states in which a letter waits to be sent
WAITING = frozenset({"decided", "embargoed"})
IN_PRINCIPLE = "approved_in_principle"


@effect("prepare_letter")
def prepare_letter(step: Step) -> None:
    """Prepare the letter in the applicant's language and, when it is another one, in the secretariat's."""
    decision = queries.standing_decision(step.case.id)
    if decision is None:
        raise NotNow(N_("There is no decision to write about."))
    wording = {"grounds": decision.grounds, "conditions": decision.conditions}
    _write(step.case, decision, {}, wording, step.actor.language, step.now)


def reword_letter(case: Case, language: str, wording: dict[str, str], actor: Actor, now: datetime) -> list[Document]:
    """Say grounds and conditions in the letter's own language; the letter as it was becomes void and a new one is made.

    The decision itself keeps the words it was taken with.

    :param wording: ``grounds`` and ``conditions`` as they are to stand in the letter of this language.
    :raises NotAllowed: for anybody but an officer. :raises NotNow: when no letter waits to be sent.
    :raises Invalid: when something that the decision has would be left out.
    """
    case = cases.locked(case.id)
    if not actor.has(Role.PROGRAMME_OFFICER):
        raise NotAllowed(N_("Only a programme officer may write the letter."))
    decision, letters = queries.standing_decision(case.id), queries.letters_of(case.id)
    if case.state not in WAITING or decision is None or language not in {row.language for row in letters}:
        raise NotNow(N_("No letter waits to be sent."))
    words = {name: clean(wording.get(name, "")) for name in rules.BLOCKS}
    problems: dict[str, Message] = {}
    for name, kept in (("grounds", decision.grounds), ("conditions", decision.conditions)):
        if kept and not words[name]:
            problems[name] = N_("The decision says something here; the letter has to say it too.")
        elif len(words[name]) > MOST_CHARACTERS:
            problems[name] = N_("Please shorten this to at most %(most)s characters.", most=MOST_CHARACTERS)
    if problems:
        raise Invalid(problems)
    worded = {row.language: dict(row.source["worded"]) for row in letters if row.source.get("worded")}
    worded[language] = words
    for row in letters:
        row.void_at = now
    own = {"grounds": decision.grounds, "conditions": decision.conditions}
    made = _write(case, decision, worded, own, str(letters[0].source.get("decided_in") or actor.language), now)
    events.append(case, "letter_reworded", actor, now, {"language": language, "letter": made[0].key})
    return made


def _write(
    case: Case,
    decision: Decision,
    worded: dict[str, dict[str, str]],
    wording: dict[str, str],
    decided_in: str,
    now: datetime,
) -> list[Document]:
    """Make the letter in each language. ``worded``: language → grounds and conditions said in that language."""
    tenant = tenants.by_id(case.tenant_id)
    texts = instruments.instrument(case.instrument).documents[rules.WORDINGS[decision.outcome]]
    body: Text = texts["body"]
    key = f"letter-{queries.letters_made(case.id) + 1}"
    made = []
    for language in rules.languages(case.language, tenant.working_languages, body.languages):
        with i18n.in_language(language):
            values = _values(case, decision, language) | (worded.get(language) or wording)
            blocks = rules.blocks(body.get(language), values, written_in=language if language in worded else decided_in)
            blocks = rules.with_obligations(blocks, _obligations(case, language))
            source = {
                **document.facts(case),
                "title": values["title"],
                "subject": texts["subject"].fill(language, values),
                "blocks": _with_reason(case, decision, language, blocks),
                "outcome": decision.outcome,
                "decided_in": decided_in,
                "worded": worded.get(language),
                "decided_at": decision.decided_at.isoformat(),
                "dated": now.isoformat(),
                "signed_by": decision.decided_by_name,
                "signed_as": _signed_as(tenant.letterhead, language),
                "written_in": case.language,
            }
        made.append(
            document.request(case, queries.LETTER, key, language, document.plain(source), now, audience="staff")
        )
    return made


def _values(case: Case, decision: Decision, language: str) -> dict[str, str]:
    """What stands for the placeholders of a letter, written as this language writes it (call inside it)."""
    tenant = tenants.by_id(case.tenant_id)
    snapshot = cases.last_submission(case.id)
    answers = snapshot.answers if snapshot else {}
    facts = document.facts(case)
    own_title = language == case.language or not case.title_translated
    duration = answers.get("budget", {}).get("duration")
    call = calls.by_id(case.call_id)
    return {
        "reference": case.reference,
        "organisation": facts["organisation"],
        "recipient": _recipient(answers) or facts["organisation"],
        "city": case.city,
        "title": case.title if own_title else str(case.title_translated),
        "tenant": tenant.name.get(language),
        "date": i18n.show_date(decision.decided_at.astimezone(ZoneInfo(tenant.zone)).date()),
        "duration": i18n.show_number(Decimal(str(duration))) if duration not in (None, "") else "",
        "amount": i18n.show_number(case.amount),
        "currency": case.currency,
        "next_months": i18n.show_number(call.next_months) if call is not None else "",
    }


def _signed_as(letterhead: Mapping[str, Any], language: str) -> str:
    """What the tenant calls whoever signs its letters."""
    titles = letterhead.get("signatory")
    return Text(titles).get(language) if isinstance(titles, Mapping) else gettext("Programme manager")


def _recipient(answers: dict[str, Any]) -> str:
    recipient = answers.get("who", {}).get("recipient")
    return str(recipient.get("organisation") or "") if isinstance(recipient, dict) else ""


def _obligations(case: Case, language: str) -> list[dict[str, Any]]:
    """The paragraphs that tell what the policy obliges to after this approval; none when it asks for nothing.

    The grantee has to know it with the approval: a strategic environmental assessment is due during a large or
    citywide activity or right after it (Medium Term Strategy 2008-2010). Call it inside the letter's language.
    """
    owed = {row.code for row in followed.of_case(case.id) if row.kind == "obligation"}
    why = {one.code: i18n.show_message(one.reason) for one in route.obligations_of(case) if one.code in owed}
    if not why:
        return []
    told = gettext(
        "This approval also obliges you to what is listed here. "
        "The day by which it is due is shown in the portal, on the page of your application."
    )
    names = {code: i18n.show_message(OBLIGATION_NAMES[code]) if code in OBLIGATION_NAMES else code for code in why}
    asked = [gettext("%(name)s: %(reason)s", name=names[code], reason=reason) for code, reason in why.items()]
    return [{"kind": "text", "text": told}, {"kind": "list", "lines": asked, "lang": language}]


def _with_reason(case: Case, decision: Decision, language: str, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the coded reason, which exists in every language, before the grounds in the officer's own words."""
    if decision.outcome != "not_eligible":
        return blocks
    label = reason_label(case)
    if label is None:
        return blocks
    at = next((number for number, block in enumerate(blocks) if block["kind"] == "quote"), len(blocks))
    return [*blocks[:at], {"kind": "reason", "text": label.get(language)}, *blocks[at:]]


def reason_label(case: Case) -> Text | None:
    """The coded reason why an application was doubted, in every language."""
    doubt = queries.last_event(case.id, "eligibility_doubted")
    if doubt is None:
        return None
    for move in workflow_of(case).moves.values():
        for ask in move.asks if move.event == "eligibility_doubted" else ():
            for option in ask.options:
                if option.code == doubt.data.get(ask.code):
                    return option.label
    return None


# -- reading before sending


def digests(letters: list[Document]) -> dict[str, str]:
    """Each letter with the digest of what it says."""
    return {str(row.id): row.source_sha256 for row in letters}


def seen_by(case: Case, actor: Actor) -> bool:
    """Whether the actor has said that she read the letters as they stand now, in every language."""
    event = queries.last_event(case.id, "letter_seen")
    letters = queries.letters_of(case.id)
    return (
        event is not None
        and bool(letters)
        and event.actor_id == actor.person_id
        and event.data.get("letters") == digests(letters)
    )


def mark_seen(case: Case, shown: dict[str, str], actor: Actor, now: datetime) -> None:
    """Record that the actor has read the letters; they must be those that stand now.

    :param shown: letter → digest, as the page showed them.
    :raises NotAllowed: for anybody but an officer. :raises NotNow: when they have changed since, or none waits.
    """
    case = cases.locked(case.id)
    if not actor.has(Role.PROGRAMME_OFFICER):
        raise NotAllowed(N_("Only a programme officer may send the letter."))
    letters = queries.letters_of(case.id)
    if case.state not in WAITING or not letters:
        raise NotNow(N_("No letter waits to be sent."))
    if shown != digests(letters):
        raise NotNow(N_("The letter has changed since you read it. Read it again."))
    if not seen_by(case, actor):
        events.append(case, "letter_seen", actor, now, {"letters": digests(letters)})


@guard("letter_previewed")
def letter_previewed(step: Step) -> Message | None:
    """Whoever sends the letter has read it as it stands, in every language."""
    if seen_by(step.case, step.actor):
        return None
    return N_("Read the letter first, in every language it is written in, and say that you have read it.")


@guard("not_the_decider")
def not_the_decider(step: Step) -> Message | None:
    """Where the tenant asks for four eyes, whoever decided does not send the letter."""
    decision = queries.standing_decision(step.case.id)
    four_eyes = tenants.by_id(step.case.tenant_id).policy.four_eyes_on_letters
    if not four_eyes or decision is None or decision.decided_by != step.actor.person_id:
        return None
    return N_("You took the decision yourself; another officer has to send the letter.")


@effect("send_letter")
def send_letter(step: Step) -> None:
    """Hand the letter to the applicant: from now on her side reads it."""
    letters = queries.letters_of(step.case.id)
    if not letters:
        raise NotNow(N_("No letter waits to be sent."))
    for row in letters:
        row.sent_at, row.audience = step.now, "applicant"
    db.session.flush()
    step.facts["letters"] = digests(letters)
    decision = queries.standing_decision(step.case.id)
    if decision is not None:
        step.facts.setdefault("outcome", decision.outcome)
        if decision.outcome == IN_PRINCIPLE:
            step.facts["more_months"] = stages.more_months(step.case)
