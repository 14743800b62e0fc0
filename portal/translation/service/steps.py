"""What the workflow does with a translation: ask for it, file it, question the applicant, accept it."""

from __future__ import annotations

from forms.engine import answers as reading
from portal.cases.service.move import form_of
from portal.cases.service.steps import Step, condition, effect, guard
from portal.core.errors import NotNow
from portal.core.text import N_, Message
from portal.infra import search
from portal.tenants import queries as tenants
from portal.translation import queries
from portal.translation.models import TranslationVersion
from portal.translation.rules import texts as rules
from portal.translation.service.translate import ACCEPTED, DRAFT, FILED, submission_of


@condition("needs_translation")
def needs_translation(step: Step) -> bool:
    """The application is not in a language the secretariat works in."""
    return rules.is_needed(step.case.language, tenants.by_id(step.case.tenant_id).working_languages)


def current(step: Step, state: str) -> TranslationVersion | None:
    """The newest version, when it is in this state and of the newest submission."""
    version = queries.latest(step.case.id)
    if version is None or version.state != state:
        return None
    return version if version.submission_number == submission_of(step.case).number else None


@guard("translation_finished")
def translation_finished(step: Step) -> Message | None:
    """Every text that is to be translated has a translation, and it was not filed before."""
    version = queries.latest(step.case.id)
    if version is not None and version.state == FILED:
        return N_("This version is filed already. Change a text and save it to begin a new one.")
    draft = current(step, DRAFT)
    if draft is None:
        return N_("Nothing has been translated yet: write the translation and save it first.")
    left = len(rules.missing(queries.items(step.case, submission_of(step.case)), draft.texts))
    if not left:
        return None
    return N_("The translation is not finished. Texts without one: %(count)s.", count=left)


@guard("no_open_query")
def no_open_query(step: Step) -> Message | None:
    """The applicant owes the translator no answer."""
    if queries.open_query(step.case.id) is None:
        return None
    return N_("The applicant has not answered the last question yet.")


@guard("open_query")
def open_query(step: Step) -> Message | None:
    """The translator has asked something that is not answered."""
    return N_("The translator has asked nothing.") if queries.open_query(step.case.id) is None else None


@guard("translation_filed")
def translation_filed(step: Step) -> Message | None:
    """The translator has filed a version of the newest submission."""
    return None if current(step, FILED) else N_("The translator has not filed the translation yet.")


@effect("file_translation")
def file_translation(step: Step) -> None:
    """Freeze the draft."""
    draft = current(step, DRAFT)
    if draft is None:
        raise NotNow(N_("Nothing has been translated yet: write the translation and save it first."))
    draft.state, draft.filed_at, draft.changed_at = FILED, step.now, step.now
    draft.translator_id, draft.translator_name = step.actor.person_id, step.actor.name
    step.facts |= {"version": draft.version, "language": draft.language}


@effect("accept_translation")
def accept_translation(step: Step) -> None:
    """Take the filed version as the one the secretariat reads; its words find the case from now on."""
    version = current(step, FILED)
    if version is None:
        raise NotNow(N_("The translator has not filed the translation yet."))
    version.state, version.accepted_at, version.accepted_by_name = ACCEPTED, step.now, step.actor.name
    case = step.case
    title = version.texts.get(queries.title_path(case), "")
    case.title_translated = title[:400] or None
    # The translated words are found by the secretariat alone: they are in an entry of their own.
    own = reading.search_text(form_of(case), submission_of(case).answers)
    text = " ".join([case.title, case.city, own, *version.texts.values()])
    search.put(case.tenant_id, case.id, text, search.Visibility.staff, reference=case.reference)
    step.facts |= {"version": version.version, "language": version.language}
