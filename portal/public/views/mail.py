"""The mails of a tenant: read and send again. What lets somebody in is never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import current_app, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.infra.access import requires
from portal.infra.i18n import gettext
from portal.public import queries, service
from portal.public.views.base import asked, blueprint, page_links

STATES = ("queued", "sent", "kept", "failed")
#: A mail is shown as its receiver sees it in a box that runs nothing, sends nothing and loads nothing.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@blueprint.get("/<tenant>/admin/mail/")
@requires(Permission.MAIL_READ)
def outbox() -> str:
    """The mails, the newest first."""
    words, state = asked("q"), asked("state", 10)
    state = state if state in STATES else ""
    listed = queries.mails(words, state, after=asked("after"), before=asked("before"))
    return render_template(
        "pages/public/outbox.html",
        rows=listed.rows,
        form={"q": words, "state": state},
        states=_state_names(),
        pages=page_links("public.outbox", listed, q=words, state=state),
    )


@blueprint.get("/<tenant>/admin/mail/<uuid:mail_id>/")
@requires(Permission.MAIL_READ)
def letter(mail_id: UUID) -> str:
    """One mail as text, with what became of it."""
    row = queries.mail(mail_id)
    return render_template(
        "pages/public/mail.html",
        row=row,
        body="" if row.confidential else row.text_body,
        state=_state_names()[row.state],
        reference=queries.case_reference(row.case_id),
        may_resend=holds(g.actor, Permission.MAIL_RESEND) and row.state != "queued" and bool(row.text_body),
        no_server=current_app.config["PORTAL"].mail_url is None,
    )


@blueprint.get("/<tenant>/admin/mail/<uuid:mail_id>/html")
@requires(Permission.MAIL_READ)
def letter_html(mail_id: UUID) -> Response:
    """One mail as its receiver sees it, in a sandbox of its own."""
    row = queries.mail(mail_id)
    if row.confidential or not row.html_body:
        raise NotFound
    answer = current_app.response_class(row.html_body, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


@blueprint.post("/<tenant>/admin/mail/<uuid:mail_id>/resend")
@requires(Permission.MAIL_RESEND)
def resend(mail_id: UUID) -> Response:
    """Send it once more."""
    service.resend(g.actor, mail_id, datetime.now(UTC))
    flash(gettext("The mail is waiting to be sent again."), "success")
    return redirect(url_for("public.letter", mail_id=mail_id), 303)


def _state_names() -> dict[str, str]:
    return {
        "queued": gettext("Waiting"),
        "sent": gettext("Sent"),
        "kept": gettext("Kept here"),
        "failed": gettext("Failed"),
    }
