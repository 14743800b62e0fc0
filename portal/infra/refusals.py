"""Refusals as pages: every error that a request can end with, in the reader's language, with a reference.

A refusal never leaves half a change: the transaction is rolled back before the page is made.
"""

from __future__ import annotations

import logging

from flask import Flask, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow, PortalError
from portal.infra.db import db
from portal.infra.i18n import gettext, show_message

log = logging.getLogger(__name__)


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


def _error_page(status: int, message: str = "", problems: dict[str, str] | None = None) -> BaseResponse:
    g.keep_changes = False
    db.session.rollback()
    if wants_json():
        answer = jsonify(status="refused", message=message, problems=problems or {}, reference=g.get("request_id"))
        return make_response(answer, status)
    name = status if status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503) else 400 if status < 500 else 500
    page = render_template(f"errors/{name}.html", message=message, problems=problems, reference=g.get("request_id", ""))
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
