"""Pages kept for a minute, as long as nothing that they show has changed.

A list that is looked at again and again is made once. Beside the page lie the questions whose answers say that it still
holds: who the reader is and what she may do, and what the page shows (the newest event of the tenant, the last change
of a case). They are asked anew with every request, each a step into an index; when one is answered otherwise, the
request takes its ordinary way. The address, the reader's session, her languages and the minute are part of the key, so
that a page is never another reader's nor older than a minute; what she changes herself begins a new turn of her
session, so that she sees it at once.
"""

from __future__ import annotations

import gzip
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from time import time
from typing import Any, TypeVar

import brotli
from flask import Response, current_app, g, make_response, request, session
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from portal.infra import tenancy
from portal.infra.i18n import locale_code

View = TypeVar("View", bound=Callable[..., Any])

MOST_BYTES = 24 * 1024 * 1024
LIFE_SECONDS = 60
#: The mark of a session's turn: a new one begins with every change its owner makes.
TURN = "turn"
#: Where the log-in library keeps who reads.
READER = "_user_id"


@dataclass(frozen=True, slots=True)
class Question:
    """A statement of plain columns, with ``:tenant`` as a parameter, and its other parameters.

    :param read: the row that answers it, when whoever asks has just read it.
    """

    statement: Select[*tuple[Any, ...]]
    values: Mapping[str, Any] = field(default_factory=dict)
    read: tuple[Any, ...] | None = None

    def ask(self, how: Callable[..., list[Any]] = tenancy.glance) -> Hashable:
        """What the database answers now, in the tenant in scope; the order of the rows means nothing."""
        return frozenset(tuple(row) for row in how(self.statement, self.values))


@dataclass(slots=True)
class Kept:
    """A page, the questions that say whether it still holds, and what they were answered when it was made."""

    page: bytes
    language: str
    questions: tuple[Question, ...]
    answers: tuple[Hashable, ...]
    encoded: dict[str, bytes] = field(default_factory=dict)

    def holds(self, tenant_id: int) -> bool:
        """Whether nothing has changed since."""
        asked = zip(self.questions, self.answers, strict=True)
        with tenancy.glancing(tenant_id) as how:
            return all(question.ask(how) == answer for question, answer in asked)

    def bytes_in(self, encoding: str) -> bytes:
        """The page in a content encoding (``br``, ``gzip``), made when it is first wanted."""
        if encoding not in self.encoded:
            squeeze = {"br": lambda page: brotli.compress(page, quality=5), "gzip": lambda page: gzip.compress(page, 5)}
            self.encoded[encoding] = squeeze[encoding](self.page)
        return self.encoded[encoding]


class Shelf:
    """The pages of this process, the least recently read thrown away first when there are too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        """:param most_bytes: how much may be kept, before compression."""
        self._pages: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0
        self._most = most_bytes
        self._lock = Lock()

    def get(self, key: Hashable) -> Kept | None:
        """The page with this key, if it is still there."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is not None:
                self._pages.move_to_end(key)
            return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep a page; a page larger than an eighth of the shelf is not worth it."""
        if len(kept.page) * 8 > self._most:
            return
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += len(kept.page) - (len(before.page) if before else 0)
            self._pages[key] = kept
            while self._bytes > self._most:
                _, dropped = self._pages.popitem(last=False)
                self._bytes -= len(dropped.page)

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0


shelf = Shelf(MOST_BYTES)


def kept(version: Callable[..., Question | None]) -> Callable[[View], View]:
    """Keep the page a view makes while the answer to a question stays the same, for a minute at most.

    :param version: called with the view's arguments in the reader's scope: the question that says whether what the
        page shows has changed. It may refuse as the view would; None means that this page is not to be kept.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **values: Any) -> Any:
            key, question = _key(g.tenant.id), version(*args, **values)
            if key is None or question is None:
                return view(*args, **values)
            # Asked before the page is made: what changes meanwhile is then noticed the next time.
            g.page_version = question.ask() if question.read is None else frozenset((question.read,))
            questions, answers = _about_reader()
            questions, answers = (*questions, question), (*answers, g.page_version)
            response = make_response(view(*args, **values))
            if _worth_keeping(response) and key == _key(g.tenant.id):
                shelf.put(key, Kept(response.get_data(), locale_code(), questions, answers))
            return response

        answer.portal_kept = True  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]

    return decorate


def _about_reader() -> tuple[tuple[Question, ...], tuple[Hashable, ...]]:
    """What to ask about the reader, and how she stands now as the gate has found her; nothing about a stranger."""
    if READER not in session:
        return (), ()
    reader = current_user._get_current_object()  # noqa: SLF001 - the person, not the library's stand-in for her
    return (current_app.extensions["portal_look_ups"].reader(session[READER]),), (reader.standing,)


def glance(tenant_id: int) -> BaseResponse | None:
    """The page that is asked for, when it lies on the shelf and still holds; looked for before anything else is done.

    It was put there by this very session after the gate had let it through with the roles that it still has.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "GET" or not getattr(view, "portal_kept", False):
        return None
    key = _key(tenant_id)
    found = None if key is None else shelf.get(key)
    if found is None or not found.holds(tenant_id):
        return None
    encoding = request.accept_encodings.best_match(("br", "gzip")) if request.accept_encodings else None
    response = Response(found.bytes_in(encoding) if encoding else found.page, mimetype="text/html")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Content-Language"] = found.language
    response.headers["Cache-Control"] = "no-store" if READER in session else "private, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Language, Accept-Encoding"
    return response


def new_turn() -> None:
    """Begin a new turn of this session: its owner has changed something, and is to see it."""
    if READER in session:
        session[TURN] = secrets.token_hex(4)


def _key(tenant_id: int) -> Hashable | None:
    """Who reads what, in which language, in which minute; None when the page is to be made for itself.

    So are a page that says what was just done, one that changes the language, and the first with a form: its token is
    the session's.
    """
    reader, token = session.get(READER), session.get("csrf_token")
    if (reader is None) != (token is None) or "_flashes" in session or "lang" in request.args:
        return None
    return (
        tenant_id,
        request.host_url,
        request.full_path,
        reader,
        token,
        session.get(TURN),
        session.get("lang"),
        request.headers.get("Accept-Language"),
        int(time()) // LIFE_SECONDS,
    )


def _worth_keeping(response: BaseResponse) -> bool:
    return response.status_code == 200 and response.mimetype == "text/html" and not response.is_streamed
