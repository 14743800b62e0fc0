"""A decision that differs from the panel's recommendation says why; what the panel said stands in its event."""

from __future__ import annotations

from portal.cases.models import Case
from portal.cases.service.steps import BESIDE, Beside
from portal.core.actor import SYSTEM
from portal.core.text import N_, Message, Text
from portal.core.workflow import Ask, Move
from portal.evaluation.queries.advice import advice_on
from portal.evaluation.rules import advice as rules
from portal.infra import i18n

#: what a deciding move asks where it differs, and the key under which the event keeps the answer
AGAINST = "against_panel"
RECOMMENDED, NOT_RECOMMENDED = "recommended", "not_recommended"
WHY_DECLINED = N_("The panel recommends this case. Why is it decided otherwise?")
WHY_APPROVED = N_("The panel does not recommend this case. Why is it decided otherwise?")
HELP = N_("It stands in the record of the decision and is read by the secretariat alone.")


def beside_a_decision(case: Case, move: Move) -> Beside | None:
    """What the panel's recommendation adds to a move that decides: the word in its event, and a reason to differ.

    Approval by silence is no decision of the secretariat's: nobody is there who could be asked.
    """
    outcome = rules.outcome_of(move.effects, move.event)
    if not outcome:
        return None
    found = advice_on([case.id]).get(case.id)
    if found is None:
        return None
    facts = {"panel": RECOMMENDED if found.recommended else NOT_RECOMMENDED, "panel_round": found.round.code}
    if not rules.differs(found.recommended, outcome) or SYSTEM in move.who:
        return Beside(facts=facts)
    why = WHY_DECLINED if found.recommended else WHY_APPROVED
    return Beside((Ask(AGAINST, "longtext", _in_every_language(why), _in_every_language(HELP)),), facts)


def _in_every_language(message: Message) -> Text:
    """A wording of our own as a workflow carries its texts: in each language that is offered."""
    found = {}
    for code in i18n.all_languages():
        with i18n.in_language(code):
            found[code] = i18n.show_message(message)
    return Text(found)


BESIDE.append(beside_a_decision)
