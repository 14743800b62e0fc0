"""How long a submission is: its pages are counted on the typeset document, never guessed from the number of words.

The document is typeset by a job after the submission, because typesetting takes seconds that nobody should wait for in
a browser. So the count comes a moment later, as a fact of the case: the officer is told (``note``), or no time is
promised for the assessment (``lose_standard``; the Green Climate Fund assesses longer notes outside its standard).
A tenant that wants to ``refuse`` has drafts counted too, by the same job, whenever answers have changed; submitting
waits for the count of the answers as they stand.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from portal.cases import queries
from portal.cases.models import Case, Document, Event
from portal.cases.rules.chain import canonical
from portal.cases.service import document, events, route
from portal.cases.service.steps import Step, guard
from portal.core.actor import Actor
from portal.core.text import N_, Message
from portal.infra import i18n, jobs, pdf
from portal.infra.db import db
from portal.tenants import queries as tenants

MEASURE = "measure_length"
NOTED, OVER, COUNTED = "length_noted", "over_length", "length_measured"
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


def answers_changed(case: Case, now: datetime) -> None:
    """Have a draft's pages counted when the tenant refuses longer ones; once for a burst of changes."""
    if _refused(case) and limit_of(case) is not None:
        key = f"length:{case.id}:{digest_of(case)[:16]}"
        jobs.enqueue(
            MEASURE, {"case": str(case.id)}, tenant_id=case.tenant_id, now=now, run_at=now + PAUSE, unique_key=key
        )


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
        raise jobs.GiveUp(pdf.why_not())
    source = document.draft_source(case, digest, run.now)
    with i18n.in_language(case.language):
        html = current_app.jinja_env.get_template("documents/submission/document.html").render(
            source=source, lang=case.language, dir=i18n.direction(case.language), created_at=run.now
        )
        content = pdf.render(html, css=[document.DOCUMENTS / "document.css"], language=case.language)
    case = queries.locked(case.id)
    facts = {"pages": pdf.page_count(content), "sha256": digest}
    events.append(case, COUNTED, Actor.system(case.tenant_id), run.now, facts)


def counted(case: Case, digest: str) -> int | None:
    """The pages that were counted for the answers with this digest; None when nobody has."""
    rows = db.session.scalars(
        select(Event).where(Event.case_id == case.id, Event.kind == COUNTED).order_by(Event.seq.desc())
    )
    return next((int(row.data["pages"]) for row in rows if row.data["sha256"] == digest), None)


@guard("page_limit")
def page_limit(step: Step) -> Message | None:
    """Where the tenant refuses long submissions: the pages of the answers as they stand were counted and are enough."""
    limit = limit_of(step.case) if _refused(step.case) else None
    if limit is None:
        return None
    pages = counted(step.case, digest_of(step.case))
    if pages is None:
        return N_("We are counting the pages of your application. Come back in a minute.")
    if pages > limit:
        return N_(
            "The application has %(pages)s pages; at most %(limit)s are allowed. Shorten it.", pages=pages, limit=limit
        )
    return None
