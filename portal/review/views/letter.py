"""The letter before it is sent: read it, word it in the applicant's language, send it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service.move import offers
from portal.core.actor import Role
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.review.queries import record
from portal.review.service import embargo
from portal.review.service import letter as service
from portal.review.views import blueprint
from portal.review.views.case import only_translates, outcome_name
from portal.review.views.moves import fresh_key


def _case(reference: str) -> Case:
    if only_translates():
        raise NotFound
    return cases.for_staff(g.actor, reference)


@blueprint.get("/<tenant>/desk/<reference>/letter/")
@requires(Permission.DESK_READ)
def letter(reference: str) -> str:
    """The letters as they will be set, in each language."""
    return _page(_case(reference))


def _page(case: Case, problems: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    letters = record.letters_of(case.id)
    if not letters:
        raise NotFound
    decision = record.standing_decision(case.id)
    send = next((o for o in offers(case, g.actor, datetime.now(UTC)) if o.move.place == "letter"), None)
    waits = case.state in service.WAITING
    return render_template(
        "pages/review/letter.html",
        case=case,
        dir=i18n.direction(case.language),
        decision=decision,
        outcome=outcome_name(decision.outcome) if decision else "",
        letters=[_shown(row) for row in letters],
        waits=waits,
        kept_until=embargo.kept_until(case, datetime.now(UTC)),
        is_scheduled=case.state == embargo.EMBARGOED and embargo.is_scheduled(case),
        seen=waits and service.seen_by(case, g.actor),
        may_send=waits and g.actor.has(Role.PROGRAMME_OFFICER),
        send=send,
        refusal=i18n.show_message(send.refusal) if send and send.refusal else "",
        problems=problems or {},
        typed=typed or {},
        key=fresh_key(),
    )


def _shown(row: Any) -> dict[str, Any]:
    """A letter with what its template needs, as the printed one has it."""
    words = row.source.get("worded") or {}
    return {
        "row": row,
        "source": row.source,
        "lang": row.language,
        "dir": i18n.direction(row.language),
        "name": i18n.show_language(row.language),
        "foreign": row.source.get("decided_in") != row.language and not words,
        "words": {
            name: words.get(name) or "\n".join(_block(row.source["blocks"], kind))
            for name, kind in (("grounds", "quote"), ("conditions", "list"))
            if _block(row.source["blocks"], kind)
        },
    }


def _block(blocks: list[dict[str, Any]], kind: str) -> list[str]:
    return [line for block in blocks if block["kind"] == kind for line in block["lines"]]


@blueprint.post("/<tenant>/desk/<reference>/letter/seen")
@requires(Permission.DESK_WORK)
def letter_seen(reference: str) -> Response:
    """Say that one has read the letters as they stand."""
    shown = dict(pair.split(":", 1) for pair in request.form.getlist("letter") if ":" in pair)
    service.mark_seen(_case(reference), shown, g.actor, datetime.now(UTC))
    flash(gettext("Noted that you have read the letter. You can send it now."), "success")
    return redirect(url_for("review.letter", reference=reference, _anchor="send"), 303)


@blueprint.post("/<tenant>/desk/<reference>/letter/words")
@requires(Permission.DESK_WORK)
def letter_words(reference: str) -> Response | tuple[str, int]:
    """Word grounds and conditions in the letter's own language."""
    case = _case(reference)
    language = request.form.get("language", "")
    typed = {name: request.form.get(name, "") for name in ("grounds", "conditions")}
    decision = record.standing_decision(case.id)
    # A field the page did not show keeps what the decision says.
    wording = {name: typed[name] if name in request.form else str(getattr(decision, name, "")) for name in typed}
    try:
        service.reword_letter(case, language, wording, g.actor, datetime.now(UTC))
    except Invalid as error:
        problems = {f"{key}-{language}": i18n.show_message(message) for key, message in error.problems.items()}
        return _page(case, problems, {f"{key}-{language}": value for key, value in typed.items()}), 422
    flash(gettext("The letter is worded anew. Read it before you send it."), "success")
    return redirect(url_for("review.letter", reference=reference), 303)
