"""The answers about a call as a feed: whoever thinks of applying hears of each new one, without an account."""

from __future__ import annotations

import hashlib
from datetime import UTC

from flask import current_app, g, request, url_for
from werkzeug.wrappers import Response

from portal.calls import queries
from portal.calls.views.base import blueprint, words
from portal.calls.views.public import shown_answer
from portal.infra import atom
from portal.infra.access import public_page
from portal.infra.i18n import gettext, locale_code, show_text

#: how long a reader's programme may keep the feed; seconds
KEEP_SECONDS = 300
LONGEST_TITLE = 120


@blueprint.get("/<tenant>/calls/<code>/questions.atom")
@public_page
def questions_feed(code: str) -> Response:
    """The questions about a call with their answers, the newest first. Who asked is told nobody."""
    call = queries.by_code(code)
    base, language = current_app.config["PORTAL"].base_url.rstrip("/"), locale_code()
    rows = queries.answered(call)[::-1]
    page = base + url_for("calls.call", code=code, lang=language)
    name = atom.tag(base, f"{g.tenant.slug}/calls/{code}/questions")
    last = rows[0].answered_at if rows else None
    title = gettext("Questions and answers: %(call)s", call=words(call).title)
    addresses = (base + url_for("calls.questions_feed", code=code, lang=language), page)
    root = atom.head(name, title, last or call.opens_at.astimezone(UTC), addresses, show_text(g.tenant.name), language)
    for row in rows:
        shown = shown_answer(row)
        where = f"{page}#question-{shown.number}"
        short = " ".join(shown.question.split())
        head = short if len(short) <= LONGEST_TITLE else f"{short[:LONGEST_TITLE]}…"
        other = shown.language if shown.foreign else ""
        entry = atom.entry(root, f"{name}/{shown.number}", head, shown.at, where, other)
        atom.text(entry, "content", f"{shown.question}\n\n{shown.answer}", type="text")
    return _kept(atom.written(root))


def _kept(body: bytes) -> Response:
    answer = current_app.response_class(body, mimetype=atom.MEDIA_TYPE)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:24])
    whose = "private" if g.person is not None or "lang" in request.args else "public"
    answer.headers["Cache-Control"] = f"{whose}, max-age={KEEP_SECONDS}"
    answer.headers["Content-Language"] = locale_code()
    answer.headers.add("Vary", "Cookie, Accept-Language")
    made: Response = answer.make_conditional(request)
    return made
