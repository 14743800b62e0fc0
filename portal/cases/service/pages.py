"""How long a submission is: its pages are counted on the typeset document, never guessed from the number of words.

The document is typeset by a job after the submission, because typesetting takes seconds that nobody should wait for in
a browser. So the count comes a moment later, as a fact of the case: the officer is told (``note``), or no time is
promised for the assessment (``lose_standard``; the Green Climate Fund assesses longer notes outside its standard).
Where PDFs cannot be made, or a document cannot be typeset, nothing can be counted. A limit that nobody can count holds
nobody up: the submission goes through, and the case says that its pages were not counted.
A tenant that wants to ``refuse`` has drafts counted too, by the same job, whenever answers have changed, and all of
them once such a rule comes into force; submitting waits for the count of the answers as they stand.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import APPLICATION, Case, Document
from portal.cases.rules.chain import canonical
from portal.cases.service import document, events, route
from portal.cases.service.steps import Step, guard
from portal.core.actor import Actor
from portal.core.policy import TenantPolicy
from portal.core.text import N_, Message
from portal.infra import i18n, jobs, pdf
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.tenants import service as rules

MEASURE, MEASURE_ALL = "measure_length", "measure_drafts"
NOTED, OVER, COUNTED, UNCOUNTED = "length_noted", "over_length", "length_measured", "length_not_measured"
#: how long typing goes on before a draft is counted
PAUSE = timedelta(seconds=20)


def limit_of(case: Case) -> int | None:
    """How many pages a submission of this case may have; None: as many as it takes."""
    return route.policy_of(case).page_limits.get(case.instrument)


@document.after_rendering("submission")
def submission_rendered(row: Document, content: bytes, now: datetime) -> None:
    """State on the case that its submission is longer than it may be, and what this leads to."""
    case = queries.locked(row.case_id)
    limit = limit_of(case)
    pages = pdf.page_count(content)
    if limit is None or pages <= limit:
        return
    loses = route.policy_of(case).page_consequence == "lose_standard"
    facts = {"pages": pages, "limit": limit, "document": row.key}
    events.append(case, OVER if loses else NOTED, Actor.system(case.tenant_id), now, facts)
    events.refresh_clocks(case, now)


@document.without_rendering("submission")
def submission_missed(row: Document, now: datetime) -> None:
    """State on the case that nobody knows how long its submission is."""
    case = queries.locked(row.case_id)
    limit = limit_of(case)
    if limit is not None:
        events.append(
            case, UNCOUNTED, Actor.system(case.tenant_id), now, {"pages": None, "limit": limit, "document": row.key}
        )


def said_of(case: Case, number: int) -> tuple[int | None, int] | None:
    """What is to be said of the length of a submission: its pages (None: not counted) and how many are allowed.

    None when there is nothing to say: no limit, not longer, or not typeset yet. :param number: of the submission.
    """
    if limit_of(case) is None:
        return None
    rows = queries.events_of_kinds(case.id, {NOTED, OVER, UNCOUNTED})
    found = next((row for row in reversed(rows) if row.data.get("document") == f"submission-{number}"), None)
    return None if found is None else (found.data["pages"], int(found.data["limit"]))


def uncounted(case: Case) -> int | None:
    """How many pages a draft may have when it would be refused above that and could not be counted; else None."""
    limit = limit_of(case) if _refused(case) else None
    return limit if limit is not None and _could_not(case, digest_of(case)) else None


def answers_changed(case: Case, now: datetime) -> None:
    """Have a draft's pages counted when the tenant refuses longer ones; once for a burst of changes."""
    if _refused(case) and limit_of(case) is not None:
        _ask(case, now, now + PAUSE)


def _ask(case: Case, now: datetime, run_at: datetime) -> None:
    # The time is in the key: answers that were changed and changed back may never have been counted.
    burst = int(run_at.timestamp() // PAUSE.total_seconds())
    key = f"length:{case.id}:{digest_of(case)[:16]}:{burst}"
    jobs.enqueue(MEASURE, {"case": str(case.id)}, tenant_id=case.tenant_id, now=now, run_at=run_at, unique_key=key)


@rules.told
def rules_changed(tenant_id: int, policy: TenantPolicy, now: datetime) -> None:
    """Have every draft counted when long submissions are refused from now on: nobody may ever change it again."""
    if policy.page_consequence == "refuse":
        jobs.enqueue(MEASURE_ALL, {}, tenant_id=tenant_id, now=now)


@jobs.handler(MEASURE_ALL, lease_seconds=120, max_attempts=3)
def measure_drafts(run: jobs.Run) -> None:
    """Ask for the count of every draft; one that was counted as it stands is not counted again."""
    drafts = select(Case).where(Case.kind == APPLICATION, Case.is_submitted.is_(False), Case.is_open.is_(True))
    for case in db.session.scalars(drafts.order_by(Case.id)):
        if _refused(case) and limit_of(case) is not None:
            _ask(case, run.now, run.now)


def _refused(case: Case) -> bool:
    """Whether the tenant refuses what is too long; a call cannot say otherwise, so every draft is asked cheaply."""
    policy = tenants.by_id(case.tenant_id).policy if case.submitted_at is None else route.policy_of(case)
    return policy.page_consequence == "refuse"


def digest_of(case: Case) -> str:
    """The digest of a case's answers as they stand."""
    return hashlib.sha256(canonical(queries.answers_of(case.id))).hexdigest()


@jobs.handler(MEASURE, lease_seconds=120, max_attempts=3)
def measure(run: jobs.Run) -> None:
    """Typeset a draft, keep how many pages it has, and throw the document away."""
    case = db.session.scalars(select(Case).where(Case.id == UUID(str(run.payload["case"])))).one()
    digest = digest_of(case)
    if not case.is_open or counted(case, digest) is not None:
        return
    if not pdf.available():
        _state_uncounted(case, digest, run.now)
        raise jobs.CannotBeDone(pdf.why_not())
    source = document.draft_source(case, digest, run.now)
    with i18n.in_language(case.language):
        html = current_app.jinja_env.get_template("documents/submission/document.html").render(
            source=source, lang=case.language, dir=i18n.direction(case.language), created_at=run.now
        )
        try:
            content = pdf.render(html, css=[document.DOCUMENTS / "document.css"], language=case.language)
        except Exception as error:
            if not run.last_attempt:
                raise
            _state_uncounted(case, digest, run.now)
            raise jobs.CannotBeDone(f"the draft cannot be typeset: {error}") from error
    case = queries.locked(case.id)
    facts = {"pages": pdf.page_count(content), "sha256": digest}
    events.append(case, COUNTED, Actor.system(case.tenant_id), run.now, facts)


def _state_uncounted(case: Case, digest: str, now: datetime) -> None:
    """Keep that the answers with this digest could not be counted, once."""
    case = queries.locked(case.id)
    if not _could_not(case, digest):
        facts = {"pages": None, "limit": limit_of(case), "sha256": digest}
        events.append(case, UNCOUNTED, Actor.system(case.tenant_id), now, facts)


def _could_not(case: Case, digest: str) -> bool:
    rows = queries.events_of_kinds(case.id, {UNCOUNTED})
    return any(row.data.get("sha256") == digest for row in rows)


def counted(case: Case, digest: str) -> int | None:
    """The pages that were counted for the answers with this digest; None when nobody has."""
    rows = queries.events_of_kinds(case.id, {COUNTED})
    return next((int(row.data["pages"]) for row in reversed(rows) if row.data["sha256"] == digest), None)


@guard("page_limit")
def page_limit(step: Step) -> Message | None:
    """Where the tenant refuses long submissions: the pages of the answers as they stand were counted and are enough.

    Answers that could not be counted pass.
    """
    limit = limit_of(step.case) if _refused(step.case) else None
    if limit is None:
        return None
    digest = digest_of(step.case)
    pages = counted(step.case, digest)
    if pages is None and _could_not(step.case, digest):
        return None
    if pages is None:
        return N_("We are counting the pages of your application. Come back in a minute.")
    if pages > limit:
        return N_(
            "The application has %(pages)s pages; at most %(limit)s are allowed. Shorten it.", pages=pages, limit=limit
        )
    return None
