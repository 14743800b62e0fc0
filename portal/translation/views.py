"""The translator's pages: what waits for her, and the original beside her text."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import make_move, offers
from portal.core.actor import Role
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.infra.web import keep_changes
from portal.standards.show import due_words, urgent_view
from portal.translation import queries
from portal.translation.rules import texts as rules
from portal.translation.service import translate as service

blueprint = Blueprint("translation", __name__)


@blueprint.get("/<tenant>/inbox/")
@requires(Permission.TRANSLATION_READ)
def inbox() -> str:
    """What waits for a translator, the most urgent first."""
    now = datetime.now(UTC)
    return render_template(
        "pages/translation/inbox.html",
        rows=[_row(row, now) for row in queries.inbox()],
        finished=queries.finished(),
        target=i18n.show_language(rules.target_language(g.tenant.working_languages)),
    )


def _row(row: Any, now: datetime) -> dict[str, Any]:
    names = {
        None: (gettext("To translate"), "plain"),
        "draft": (gettext("Begun"), "plain"),
        "filed": (gettext("Filed, to be checked"), "waiting"),
        "accepted": (gettext("To translate again"), "soon"),
    }
    state, tone = names[row.version_state]
    return {
        "row": row,
        "dir": i18n.direction(row.language),
        "instrument": i18n.show_text(instruments.instrument(row.instrument).title),
        "state": state,
        "tone": tone,
        "clock": urgent_view(row, now),
    }


@blueprint.get("/<tenant>/desk/<reference>/translation/")
@requires(Permission.TRANSLATION_READ)
def translate(reference: str) -> str:
    """The original beside its translation; a translator writes, everybody else reads."""
    return _page(_case(reference), {}, {})


def _case(reference: str) -> Case:
    case = cases.for_staff(g.actor, reference)
    if not rules.is_needed(case.language, g.tenant.working_languages):
        raise NotFound
    if g.actor.roles == {Role.TRANSLATOR} and not rules.readable(case.state, queries.has_version(case.id)):
        raise NotFound
    return case


def _page(case: Case, typed: dict[str, str], problems: dict[str, str], refusal: str = "") -> str:
    now = datetime.now(UTC)
    snapshot = service.submission_of(case)
    versions = queries.versions(case.id)
    last = versions[0] if versions else None
    texts = service.starting_texts(case, snapshot, last)
    definition = instruments.form(case.instrument, case.process, snapshot.form_version)
    titles = {section.code: section.title for section in definition.sections}
    items = queries.items(case, snapshot)
    clock = urgent_view(case, now)
    may_write = case.state == "translating" and g.actor.has(Role.TRANSLATOR)
    target = rules.target_language(g.tenant.working_languages)
    sections: dict[str, list[dict[str, Any]]] = {}
    for number, item in enumerate(items):
        sections.setdefault(item.section, []).append(
            {
                "id": f"text-{number}",
                "path": item.path,
                "label": i18n.show_text(item.label),
                "source": item.text,
                "long": len(item.text) > 50 or "\n" in item.text,
                "target": typed.get(item.path, texts.get(item.path, "")),
                "rows": min(18, 2 + len(item.text) // 70),
                "problem": problems.get(item.path, ""),
            }
        )
    moves = {o.move.code: o for o in offers(case, g.actor, now)}
    done = len(items) - len(rules.missing(items, texts))
    return render_template(
        "pages/translation/translate.html",
        case=case,
        dir=i18n.direction(case.language),
        target=target,
        target_dir=i18n.direction(target),
        sections=[(i18n.show_text(titles[code]), rows) for code, rows in sections.items()],
        may_write=may_write,
        query=moves.get("query_applicant"),
        accept=moves.get("accept_translation"),
        accept_refusal=_refusal(moves.get("accept_translation")),
        query_refusal=_refusal(moves.get("query_applicant")),
        open_query=queries.open_query(case.id),
        versions=versions,
        latest=last,
        done=i18n.show_number(done),
        whole=i18n.show_number(len(items)),
        clock=clock,
        due=due_words(clock.due_at, g.tenant.zone) if clock.due_at else "",
        problems=problems,
        refusal=refusal,
        key=secrets.token_urlsafe(18),
    )


def _refusal(offer: Any) -> str:
    return i18n.show_message(offer.refusal) if offer is not None and offer.refusal else ""


@blueprint.post("/<tenant>/desk/<reference>/translation/")
@requires(Permission.TRANSLATION_WRITE)
def save(reference: str) -> Response | tuple[str, int]:
    """Keep the draft; with the button "file" also file it, when every text has a translation."""
    case, now = _case(reference), datetime.now(UTC)
    typed = {key.removeprefix("t:"): value for key, value in request.form.items() if key.startswith("t:")}
    filing = request.form.get("do") == "file"
    try:
        last = queries.latest(case.id)
        # A filed version is not reopened by pressing a button: only by a text that differs from it.
        if last is None or last.state == service.DRAFT or _differs(typed, last.texts):
            service.save_draft(case, typed, g.actor, now)
    except Invalid as error:
        problems = {path: i18n.show_message(message) for path, message in error.problems.items()}
        return _page(case, typed, problems), 422
    if filing:
        try:
            make_move(case, "file_translation", g.actor, now, key=request.form.get("key", "")[:64])
        except NotNow as error:
            keep_changes()
            return _page(case, typed, {}, i18n.show_message(error.message)), 409
        flash(gettext("The translation is filed; an officer checks it now."), "success")
        return redirect(url_for("translation.inbox"), 303)
    flash(gettext("The draft is saved."), "success")
    return redirect(url_for("translation.translate", reference=reference), 303)


def _differs(typed: dict[str, str], kept: dict[str, str]) -> bool:
    return any(value.replace("\r\n", "\n").strip() != kept.get(path, "") for path, value in typed.items())
