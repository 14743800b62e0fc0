"""Keep a translation while it is being written; each filed version is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.cases import queries as cases
from portal.cases.models import Case, Submission
from portal.cases.rules.inputs import clean
from portal.core.actor import Actor, Role
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.text import N_, Message
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.translation import queries
from portal.translation.models import TranslationVersion
from portal.translation.rules import texts as rules

DRAFT, FILED, ACCEPTED = "draft", "filed", "accepted"


def save_draft(case: Case, texts: Mapping[str, str], actor: Actor, now: datetime) -> TranslationVersion:
    """Keep what the translator has written so far; a filed version stays as it was and a new one begins.

    :param texts: path of a text → its translation; paths the submission does not have are refused.
    :raises NotAllowed: for anybody but a translator. :raises NotNow: when the case does not wait for a translation.
    :raises Invalid: naming the texts that are too long or not of this submission.
    """
    case = cases.locked(case.id)
    if not actor.has(Role.TRANSLATOR):
        raise NotAllowed(N_("Only a translator may write the translation."))
    if case.state != "translating":
        raise NotNow(N_("This application does not wait for a translation now."))
    snapshot = submission_of(case)
    known = {item.path for item in queries.items(case, snapshot)}
    cleaned = {path: clean(text) for path, text in texts.items()}
    _check(cleaned, known)
    version = draft_of(case, snapshot, actor, now)
    merged = {**version.texts, **cleaned}
    version.texts = {path: text for path, text in merged.items() if path in known and text}
    version.translator_id, version.translator_name, version.changed_at = actor.person_id, actor.name, now
    db.session.flush()
    return version


def _check(texts: Mapping[str, str], known: set[str]) -> None:
    problems: dict[str, Message] = {}
    for path, text in texts.items():
        if path not in known:
            problems[path] = N_("This text does not belong to the application as it was submitted last.")
        elif len(text) > rules.MOST_CHARACTERS:
            problems[path] = N_("Please shorten this to at most %(most)s characters.", most=rules.MOST_CHARACTERS)
    if problems:
        raise Invalid(problems)


def submission_of(case: Case) -> Submission:
    """What is to be translated: the newest submission.

    :raises NotFound: for a case that was never submitted.
    """
    snapshot = cases.last_submission(case.id)
    if snapshot is None:
        raise NotFound
    return snapshot


def draft_of(case: Case, snapshot: Submission, actor: Actor, now: datetime) -> TranslationVersion:
    """The version that may be written in; a new one takes over what still stands of the one before."""
    last = queries.latest(case.id)
    if last is not None and last.state == DRAFT and last.submission_number == snapshot.number:
        return last
    texts = starting_texts(case, snapshot, last)
    if last is not None and last.state == DRAFT:
        last.submission_number, last.texts = snapshot.number, texts
        return last
    version = TranslationVersion(
        case_id=case.id,
        submission_number=snapshot.number,
        language=rules.target_language(tenants.by_id(case.tenant_id).working_languages),
        version=1 if last is None else last.version + 1,
        texts=texts,
        state=DRAFT,
        translator_id=actor.person_id,
        translator_name=actor.name,
        changed_at=now,
    )
    db.session.add(version)
    db.session.flush()
    return version


def starting_texts(case: Case, snapshot: Submission, last: TranslationVersion | None) -> dict[str, str]:
    """With which texts a new version begins: those of the last one whose original has not changed."""
    if last is None:
        return {}
    if last.submission_number == snapshot.number:
        return dict(last.texts)
    before = next((s for s in cases.submissions_of(case.id) if s.number == last.submission_number), None)
    if before is None:
        return {}
    return rules.carried_over(queries.items(case, before), queries.items(case, snapshot), last.texts)
