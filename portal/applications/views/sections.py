"""Writing a draft: one section a page, saved while typing or by its buttons, and conflicts settled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from forms.engine import answers as reading
from forms.engine.build import BoundSection, bind, parse_question
from forms.engine.definition import Problem, Section
from portal.applications import service, show
from portal.applications.rules.rows import without_blank_rows
from portal.applications.views.base import Draft, blueprint, client_case, load_draft, see, writes
from portal.cases import queries
from portal.cases.models import AnswerConflict, Case
from portal.cases.rules.access import is_open
from portal.cases.service import answer
from portal.cases.service.move import form_of, state_of
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.permissions import Permission
from portal.core.text import N_, Message
from portal.infra import autosave as wire
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.infra.storage import StoredFile
from portal.infra.web import keep_changes

#: how many columns of a table fit beside the list of sections
MOST_COLUMNS = 5


def _section(case: Case, code: str) -> Section:
    """The section asked for, if the reader may write it now.

    :raises NotFound: no such section. :raises NotAllowed: she does not write. :raises NotNow: it is closed.
    """
    try:
        found: Section = form_of(case).section(code)
    except KeyError:
        raise NotFound from None
    if not writes(case):
        raise NotAllowed(N_("Only a lead or a contributor of the organisation may write here."))
    if not is_open(case, state_of(case), code):
        raise NotNow(N_("This section cannot be edited now."))
    return found


@blueprint.get("/<tenant>/cases/<reference>/edit/<section>/")
@requires(Permission.CASE_EDIT)
def section(reference: str, section: str) -> str:
    """A section to be written, with the list of all sections beside it."""
    case = client_case(reference)
    found = _section(case, section)
    draft = load_draft(case, datetime.now(UTC))
    stored = draft.answers.get(found.code)
    bound = bind(draft.definition, found.code, context=draft.context, stored=stored, answers=draft.answers)
    problems: list[Problem] = []
    if request.args.get("check"):
        whole = reading.problems(draft.definition, draft.answers, draft.context, "submit")
        problems = [problem for problem in whole if problem.section == found.code]
        bound.mark(problems)
    return _page(draft, found, bound, problems)


@blueprint.post("/<tenant>/cases/<reference>/edit/<section>/")
@requires(Permission.CASE_EDIT)
def save_section(reference: str, section: str) -> Response | tuple[str, int]:
    """Keep a section as its form was sent: with rows added or removed, files received, and what cannot be read kept."""
    case = client_case(reference)
    found = _section(case, section)
    now = datetime.now(UTC)
    received, refused = service.store_uploads(case, found.code, request.files.items(multi=True), g.actor, now)
    draft = load_draft(case, now, {value["id"]: value for value in received.values()})
    posted = MultiDict(request.form)
    for name, value in received.items():
        posted.setlist(name, [value["id"]])
        posted.poplist(f"{name}-remove")
    stored = draft.answers.get(found.code)
    bound = bind(
        draft.definition, found.code, context=draft.context, stored=stored, formdata=posted, answers=draft.answers
    )
    values = dict(bound.answers[found.code])
    if not bound.rows_changed:
        values |= {q.code: without_blank_rows(q, values[q.code]) for q in found.questions if q.code in values}
    lost = answer.save_section(case, found.code, values, g.actor, now, seen=_seen(found))
    _forget_removed(case, stored or {}, values, now)
    if lost:
        words = gettext("Someone else changed an answer too. Both versions are shown; choose which one stays.")
        flash(words, "warning")
    problems = _problems(found, bound, refused)
    if bound.rows_changed and not refused:
        return see(_address(case, found.code) + f"#{_changed_question()}")
    if problems:
        keep_changes()  # what was typed is kept, readable or not
        return _page(load_draft(case, now), found, bound, problems), 422
    if lost:
        return see(_address(case, found.code))
    flash(gettext("Saved."), "success")
    return see(_after(case, found, draft))


def _seen(found: Section) -> dict[str, int]:
    """The revision of each answer the form was made from."""
    seen = {}
    for question in found.questions:
        rev = request.form.get(f"_rev-{question.code}", "")
        if rev.isascii() and rev.isdigit() and len(rev) < 10:
            seen[question.code] = int(rev)
    return seen


def _problems(found: Section, bound: BoundSection, refused: dict[str, Message]) -> list[Problem]:
    """What is wrong with the shape of what was typed, and the files that could not be taken; each beside its input."""
    problems = bound.validate("draft")
    files = [Problem(found.code, name.partition("-")[0], name, message) for name, message in refused.items()]
    if files:
        bound.mark([*problems, *files])
    return [*problems, *files]


def _forget_removed(case: Case, before: Any, after: Any, now: datetime) -> None:
    gone = [UUID(key) for key in service.named_files(before) - service.named_files(after)]
    if gone:
        rows = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id, StoredFile.id.in_(gone)))
        service.forget_files(case, rows, now)


def _changed_question() -> str:
    pressed = request.form.get("_add") or request.form.get("_remove", "").partition(":")[0]
    return pressed if pressed.replace("_", "").isalnum() else ""


def _address(case: Case, code: str) -> str:
    return url_for("applications.section", reference=case.reference, section=code)


def _after(case: Case, found: Section, draft: Draft) -> str:
    """Where to go once a section is saved: to the next open one, or back to the list."""
    if request.form.get("go") == "list":
        return url_for("applications.case", reference=case.reference)
    following = _following(draft, found)
    if following is None:
        return url_for("applications.check", reference=case.reference)
    return _address(case, following.code)


def _following(draft: Draft, found: Section) -> Section | None:
    codes = [part.code for part in draft.definition.sections]
    rest = draft.definition.sections[codes.index(found.code) + 1 :]
    return next((part for part in rest if is_open(draft.case, draft.state, part.code)), None)


def _page(draft: Draft, found: Section, bound: BoundSection, problems: list[Problem]) -> str:
    stamps = draft.rows[found.code].stamps if found.code in draft.rows else {}
    return render_template(
        "pages/applications/section.html",
        draft=draft,
        case=draft.case,
        kind=show.kind_name(draft.case),
        section=found,
        bound=bound,
        revs={question.code: int(stamps.get(question.code, {"rev": 0})["rev"]) for question in found.questions},
        problems=problems,
        tasks=draft.tasks(found.code),
        conflicts=[item for item in draft.conflicts() if item.section == found.code],
        following=_following(draft, found),
        has_files=any(part.kind == "file" for q in found.questions for part in (q, *q.parts)),
        is_wide=any(len(question.columns) > MOST_COLUMNS for question in found.questions),
        writer=str(g.actor.person_id),
    )


@blueprint.post("/<tenant>/cases/<reference>/edit/<section>/autosave")
@requires(Permission.CASE_EDIT)
def autosave(reference: str, section: str) -> Response:
    """Keep one answer while it is typed; the newest typing wins and what it replaced is shown beside it."""
    case = client_case(reference)
    found = _section(case, section)
    now = datetime.now(UTC)
    typed = wire.read(request.form, now)
    code = typed.question
    try:
        question = found.question(code)
    except KeyError:
        raise Invalid({"question": N_("This question is not in this section. Load the page again.")}) from None
    draft = load_draft(case, now)
    stored = draft.answers.get(found.code)
    value, problems = parse_question(draft.definition, found.code, code, request.form, draft.context, stored)
    value = without_blank_rows(question, value)
    saved = answer.save_answer(case, found.code, code, value, g.actor, now, rev=typed.rev, typed_at=typed.at)
    other = None
    if saved.other is not None:
        theirs = _theirs(case, found, code, saved)
        other = {**theirs, "text": show.answer_text(question, theirs["value"], draft.language, draft.context)}
        del other["value"]
    return wire.answer(saved.status, saved.rev, now, problems, other)


def _theirs(case: Case, found: Section, code: str, saved: answer.Saved) -> dict[str, Any]:
    """The colleague's answer: the one that lost, or, when ours came too late, the one that stands."""
    lost = saved.other
    if lost is None or saved.status == "stale":
        row = queries.answer_rows(case.id)[found.code]
        stamp = row.stamps.get(code, {})
        return {"by": stamp.get("name", ""), "at": stamp.get("at"), "value": row.data.get(code)}
    return {"by": lost.typed_by_name, "at": lost.typed_at.isoformat(), "value": lost.value}


@blueprint.post("/<tenant>/cases/<reference>/conflicts/<uuid:conflict_id>/")
@requires(Permission.CASE_EDIT)
def settle(reference: str, conflict_id: UUID) -> Response:
    """Say which of two values of an answer stays."""
    case = client_case(reference)
    keep = request.form.get("keep", "")
    if keep not in ("current", "other"):
        raise Invalid({"keep": N_("Choose which of the two versions stays.")})
    conflict = db.session.scalars(
        select(AnswerConflict).where(AnswerConflict.case_id == case.id, AnswerConflict.id == conflict_id)
    ).first()
    if conflict is None:
        raise NotFound
    answer.settle_conflict(case, conflict_id, keep == "other", g.actor, datetime.now(UTC))
    flash(gettext("Saved."), "success")
    return see(_address(case, conflict.section))
