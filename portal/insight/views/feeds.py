"""Secret addresses for calendar programmes: the page that makes and revokes them, and the files themselves."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime
from threading import Lock
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.accounts.service.throttle import digest
from portal.core.permissions import Permission
from portal.infra import tenancy
from portal.infra.access import public_page, requires
from portal.infra.db import db
from portal.infra.i18n import gettext, show_message
from portal.insight.queries import feeds as queries
from portal.insight.service import feeds as service
from portal.insight.views.base import blueprint

#: reads of one address in a while that a process answers; a programme that looks each minute is slowed down
READS, WHILE_SECONDS = 120, 600.0
#: addresses remembered at most, so that guesses cannot fill the memory
REMEMBERED = 10_000
_reads: OrderedDict[str, tuple[float, int]] = OrderedDict()
_lock = Lock()


@blueprint.get("/<tenant>/feeds/")
@requires(Permission.CASE_READ_OWN, Permission.DESK_READ, Permission.EVALUATION_WRITE, Permission.MEMBER_ANSWER)
def feeds() -> str:
    """My addresses, when each was last read, and what can be had."""
    return _page("")


@blueprint.post("/<tenant>/feeds/")
@requires(Permission.CASE_MESSAGE, Permission.DESK_WORK, Permission.EVALUATION_WRITE, Permission.MEMBER_ANSWER)
def create_feed() -> str:
    """Make an address and show it, this once: only its digest is kept, so this page is the answer, not another."""
    secret = service.create(g.actor, request.form.get("kind", ""), datetime.now(UTC))
    base = current_app.config["PORTAL"].base_url
    return _page(base + url_for("insight.feed", secret=secret))


@blueprint.post("/<tenant>/feeds/<uuid:address_id>/revoke/")
@requires(Permission.CASE_MESSAGE, Permission.DESK_WORK, Permission.EVALUATION_WRITE, Permission.MEMBER_ANSWER)
def revoke_feed(address_id: UUID) -> Response:
    """Make an address worthless."""
    service.revoke(g.actor, address_id, datetime.now(UTC))
    flash(gettext("The address is revoked. Calendars that read it find nothing any more."), "success")
    return redirect(url_for("insight.feeds"), 303)


@blueprint.get("/<tenant>/feeds/<secret>.ics")
@public_page
def feed(secret: str) -> Response:
    """The file behind a secret address; whoever knows it reads it, whoever asks too often waits."""
    wait = _too_often(f"{g.tenant.id}:{digest(secret)}")
    if wait:
        return Response(status=429, headers={"Retry-After": str(wait), "Cache-Control": "private, no-store"})
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(g.tenant.zone)).date()
    address, content = service.read(secret, g.tenant, now)
    answer = Response(content, mimetype="text/calendar", headers={"Cache-Control": "private, max-age=900"})
    answer.headers["Content-Disposition"] = 'inline; filename="dates.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if address.last_read_on is None or address.last_read_on < today:
        _note_afterwards(answer, address.id, g.tenant.id, today)
    answer.add_etag()
    conditional: Response = answer.make_conditional(request.environ)
    return conditional


def _note_afterwards(answer: Response, address_id: UUID, tenant_id: int, day: date) -> None:
    """Write down the day in a transaction of its own, once the answer is gone: the answer itself only reads."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request

    def note() -> None:
        with app.app_context(), tenancy.scope(tenant_id):
            try:
                service.note_read(address_id, day)
                db.session.commit()
            finally:
                db.session.remove()

    answer.call_on_close(note)


def _too_often(key: str) -> int:
    """How many seconds to wait before this address is answered again; 0: it is answered now."""
    now = monotonic()
    with _lock:
        begun, count = _reads.pop(key, (now, 0))
        if now - begun > WHILE_SECONDS:
            begun, count = now, 0
        _reads[key] = (begun, count + 1)
        while len(_reads) > REMEMBERED:
            _reads.popitem(last=False)
    return int(begun + WHILE_SECONDS - now) + 1 if count >= READS else 0


def _page(made: str) -> str:
    addresses = queries.addresses_of(g.actor.person_id)
    return render_template(
        "pages/insight/feeds.html",
        made=made,
        kinds=[(kind, show_message(service.name_of(kind, g.actor))) for kind in service.kinds_to_make(g.actor)],
        addresses=[(row, show_message(service.name_of(row.kind, g.actor))) for row in addresses],
    )
