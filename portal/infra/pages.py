"""Pages kept for a minute, as long as nothing that they show has changed.

A list that is looked at again and again is made once. What it shows is known by a version (the newest event of the
tenant, the last change of a case) that costs one step into an index; the reader, her roles, her language, the address
and the minute are part of the key, so that a page is never another reader's nor older than a minute.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

from flask import Response, g, make_response, request, session
from werkzeug.wrappers import Response as BaseResponse

from portal.infra.i18n import locale_code

View = TypeVar("View", bound=Callable[..., Any])

MOST_BYTES = 24 * 1024 * 1024


class Shelf:
    """The pages of this process, the least recently read thrown away first when there are too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        """:param most_bytes: how much may be kept."""
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._most = most_bytes
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The page with this key, if it is still there."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: bytes) -> None:
        """Keep a page; a page larger than an eighth of the shelf is not worth it."""
        if len(page) * 8 > self._most:
            return
        with self._lock:
            self._bytes += len(page) - len(self._pages.pop(key, b""))
            self._pages[key] = page
            while self._bytes > self._most:
                _, dropped = self._pages.popitem(last=False)
                self._bytes -= len(dropped)

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0


shelf = Shelf(MOST_BYTES)


def kept(version: Callable[..., Hashable]) -> Callable[[View], View]:
    """Keep the page a view makes while its version stays the same, for a minute at most.

    :param version: called with the view's arguments in the reader's scope; it may refuse as the view would, and None
        means that this page is not to be kept.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **values: Any) -> Any:
            token = session.get("csrf_token")
            if token is None or "_flashes" in session:
                # The first page of a session, and one that says what was just done, are made for themselves.
                return view(*args, **values)
            now = version(*args, **values)
            if now is None:
                return view(*args, **values)
            key = (_reader(token), now)
            page = shelf.get(key)
            if page is None:
                response = make_response(view(*args, **values))
                if not _worth_keeping(response):
                    return response
                page = response.get_data()
                shelf.put(key, page)
            return Response(page, mimetype="text/html")

        return answer  # type: ignore[return-value]

    return decorate


def _reader(token: str) -> Hashable:
    """Who reads what, in which language, in which minute; the token is that of the forms on the page."""
    actor = g.actor
    return (
        request.full_path,
        g.person.id,
        g.person.session_key,
        token,
        locale_code(),
        actor.roles,
        tuple(sorted((key, roles) for key, roles in actor.organisations.items())) if actor.organisations else (),
        datetime.now(UTC).replace(second=0, microsecond=0),
    )


def _worth_keeping(response: BaseResponse) -> bool:
    return response.status_code == 200 and response.mimetype == "text/html" and not response.is_streamed
