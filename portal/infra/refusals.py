"""Refusals as pages: every error that a request can end with, in the reader's language, with a reference.

A refusal never leaves half a change: the transaction is rolled back before the page is made. What was typed is not lost
by it: the page shows it, and sends it again where nothing but the session or a busy database was in the way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow, PortalError
from portal.infra import access
from portal.infra.db import db
from portal.infra.i18n import gettext, show_message

log = logging.getLogger(__name__)

#: Refusals that the same form may well pass when it is sent once more: token or session too old, too much going on.
PASSING = frozenset({400, 401, 429, 503})
#: Refusals for which the form was read, so that it can be shown.
SHOWN = PASSING | {403, 409, 422, 500}


def set_up(app: Flask) -> None:
    """Answer every error with a page of our own."""
    app.register_error_handler(PortalError, _refusal)
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Whether the asker is a script that wants data rather than a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


@dataclass(frozen=True)
class Sent:
    """A form that was refused: what of it somebody wrote, and all of it, to be sent again (empty when that is vain)."""

    address: str
    texts: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]


def _sent(status: int) -> Sent | None:
    """What the refused form held, passwords left out; None when nothing was sent, or not from a page of ours.

    Another site's form must not come back as a form of ours with a token that works.
    """
    if request.method != "POST" or status not in SHOWN or not _from_here() or _is_public():
        return None
    try:
        held = [(name, value) for name, value in request.form.items(multi=True) if not _is_kept_back(name)]
    except HTTPException:  # too large, or not a form
        return None
    texts = tuple(dict.fromkeys(value for _, value in held if _is_prose(value)))
    return Sent(request.full_path.rstrip("?"), texts, tuple(held) if status in PASSING else ())


def _from_here() -> bool:
    """Whether the form stood on a page of ours: browsers say where a form comes from, and no page can lie about it."""
    source = urlsplit(request.headers.get("Origin") or request.referrer or "").netloc
    return bool(source) and source in (request.host, urlsplit(current_app.config["PORTAL"].base_url).netloc)


def _is_public() -> bool:
    return request.endpoint is None or access.declared(current_app, request.endpoint) == access.PUBLIC


def _is_kept_back(name: str) -> bool:
    return name == "csrf_token" or "password" in name


def _is_prose(value: str) -> bool:
    """Whether somebody wrote it, rather than a page: codes and numbers are one word of plain letters."""
    value = value.strip()
    return bool(value) and (not value.isascii() or len(value.split()) > 1)


def _error_page(status: int, message: str = "", problems: dict[str, str] | None = None) -> BaseResponse:
    g.keep_changes = False
    db.session.rollback()
    if wants_json():
        answer = jsonify(status="refused", message=message, problems=problems or {}, reference=g.get("request_id"))
        return make_response(answer, status)
    name = status if status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503) else 400 if status < 500 else 500
    values = {"message": message, "problems": problems, "reference": g.get("request_id", ""), "sent": _sent(status)}
    page = render_template(f"errors/{name}.html", **values)
    return make_response(page, status)


_STATUS: dict[type[PortalError], int] = {NotFound: 404, NotAllowed: 403, NotNow: 409, Invalid: 422}


def _refusal(error: PortalError) -> BaseResponse:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 409)
    problems = {key: show_message(m) for key, m in error.problems.items()} if isinstance(error, Invalid) else None
    return _error_page(status, show_message(error.message), problems)


def _expired_form(_error: CSRFError) -> BaseResponse:
    message = gettext("This form was open too long or was opened in another window. Go back and try again.")
    return _error_page(400, message)


def _http_error(error: HTTPException) -> BaseResponse:
    if error.code is not None and error.code < 400:
        return make_response(error.get_response())
    page = _error_page(error.code or 500)
    # What may be done instead, or when, stands in a header: with a 405 it has to (RFC 9110, 15.5.6).
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            page.headers[name] = value
    return page


def _busy(error: OperationalError) -> BaseResponse:
    log.error("database unavailable, request %s: %s", g.get("request_id"), type(error.orig).__name__)
    return _error_page(503)


def _unexpected(error: Exception) -> BaseResponse:
    log.error("request %s failed", g.get("request_id"), exc_info=error)
    if current_app.testing:
        raise error
    return _error_page(500)
