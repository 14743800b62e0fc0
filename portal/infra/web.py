"""The life of a request: tenant, actor, gate, one transaction, error pages, headers.

This layer knows no feature: ``create_app`` hands it the look-ups it needs (:class:`LookUps`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import time
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    url_for,
)
from flask import session as cookie
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from portal.core.actor import CLIENT_ROLES, Actor
from portal.core.errors import NotAllowed, NotFound
from portal.core.permissions import HELD_BY, Permission, holds
from portal.core.role_names import role_name
from portal.infra import access, pages, refusals, tenancy
from portal.infra.db import db, reading
from portal.infra.i18n import (
    all_languages,
    direction,
    forget_language,
    gettext,
    locale_code,
    offered,
    show_list,
    show_message,
    show_text,
)

log = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: A session lives on while it is used: its cookie is written again when it is so old, and not with every answer.
SEEN, RENEW_SECONDS = "seen", 900
#: What an INTEGER column of PostgreSQL can hold.
GREATEST_NUMBER = 2**31 - 1
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class TenantLike(Protocol):
    """What this layer needs to know of a tenant."""

    id: int
    slug: str
    short_name: str
    zone: str
    languages: list[str]


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation: shown to whoever holds the permission (None: to everybody)."""

    label: str
    endpoint: str
    permission: Permission | None
    #: how the addresses begin of the pages that belong to it, after the tenant's
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class LookUps:
    """What the features tell this layer: tenants by slug, the navigation, the links of the layout."""

    tenant: Callable[[str], Any]
    navigation: tuple[NavItem, ...]
    #: what the layout links to (home, login, help …) and the endpoint of each
    links: Mapping[str, str]
    #: the question whose answer says who a session's reader is and what she may do in the tenant in scope
    reader: Callable[[str], pages.Question]
    #: whether an actor may read the case with a reference
    readable: Callable[[Actor, str], bool]
    #: a person as she acts in a tenant, which must be in scope
    actor: Callable[[Any, Any], Actor]


def set_up(app: Flask, look_ups: LookUps) -> None:
    """Wire the life of a request into the application."""
    app.extensions["portal_look_ups"] = look_ups
    app.url_value_preprocessor(_take_tenant)
    app.url_defaults(_give_tenant)
    app.before_request(_enter)
    app.after_request(_finish)
    app.after_request(_headers)
    app.teardown_request(_leave)
    app.context_processor(_page_values)
    refusals.set_up(app)


# -- entering


def _take_tenant(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take ``<tenant>`` out of the address; views never see it."""
    g.tenant_slug = values.pop("tenant", None) if values and endpoint and endpoint != "static" else None


def _give_tenant(endpoint: str, values: dict[str, Any]) -> None:
    """Put the tenant back into every address made for a page of its own."""
    slug = g.get("tenant_slug")
    if slug and "tenant" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "tenant"):
        values["tenant"] = slug


def _enter() -> BaseResponse | None:
    """Tenant, person, actor, language, permission, in this order; nothing of the view runs before all is known."""
    forget_language()
    g.request_id = secrets.token_hex(6)
    g.stack = ExitStack()
    g.tenant = g.person = g.actor = None
    if request.endpoint in (None, "static"):
        return None
    if request.method in SAFE:
        g.stack.enter_context(reading())
        g.known = {}  # what this page has asked the database already: see tenancy.once
    _refuse_impossible_address()
    look_ups: LookUps = current_app.extensions["portal_look_ups"]
    if g.tenant_slug is not None:
        g.tenant = look_ups.tenant(g.tenant_slug)
        if g.tenant is None:
            g.tenant_slug = None
            raise NotFound
        if not _grown_old() and (page := pages.glance(g.tenant.id)) is not None:
            return page
        g.stack.enter_context(tenancy.scope(g.tenant.id))
    user = current_user._get_current_object()  # noqa: SLF001 - once a request, not once an attribute
    if user.is_authenticated:
        g.person = user.person
        if _grown_old():
            cookie[SEEN] = int(time())
        if g.tenant is not None:
            g.actor = user.actor
    wish = request.args.get("lang")
    if wish in offered():
        cookie["lang"] = wish
    return _gate()


def _grown_old() -> bool:
    """Whether the session's cookie should be written again, so that it lives on while somebody works."""
    return cookie.permanent and time() - cookie.get(SEEN, 0) > RENEW_SECONDS


def _refuse_impossible_address() -> None:
    """An address with U+0000 or a number beyond every column names nothing; databases refuse to be asked for it."""
    if any(isinstance(value, int) and value > GREATEST_NUMBER for value in (request.view_args or {}).values()):
        raise NotFound
    asked = (value for values in request.args.listvalues() for value in values)
    if any("\0" in str(value) for value in (g.tenant_slug or "", *(request.view_args or {}).values(), *asked)):
        raise NotFound


def _gate() -> BaseResponse | None:
    needs = access.declared(current_app, request.endpoint or "")
    if needs is None:
        raise RuntimeError(f"{request.endpoint} declares no permission")
    if needs != access.PUBLIC and g.person is None:
        if request.method in SAFE and "application/json" not in request.headers.get("Accept", ""):
            return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")))
        abort(401)
    # Only now: a form whose session has ended has no token either, and its reader has to be told to log in.
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()
    if isinstance(needs, str):  # everybody, or everybody who is logged in
        return None
    if g.actor is None or not any(holds(g.actor, permission) for permission in needs):
        raise NotFound if g.actor is not None and _is_none_for(g.actor, needs) else NotAllowed
    return None


def _is_none_for(actor: Actor, needs: tuple[Permission, ...]) -> bool:
    """Whether an address that an actor may not open is told to be none at all, rather than not hers.

    Whoever comes from outside is not even told what there is. Others are told that their role does not suffice, but
    not where the address names a case that they may not read, or one thing of a side on which they do not stand: what
    there is and what there is not must answer alike.
    """
    named = dict(request.view_args or {})
    if actor.is_outsider or not named:
        return actor.is_outsider
    if "reference" in named:
        look_ups: LookUps = current_app.extensions["portal_look_ups"]
        return not look_ups.readable(actor, str(named["reference"]))
    clients = any(not HELD_BY[permission].isdisjoint(CLIENT_ROLES) for permission in needs)
    return not actor.is_staff and not (actor.organisations and clients)


# -- leaving


def _finish(response: Response) -> Response:
    """Commit once, when all went well; a GET never writes, a refusal never leaves half a change."""
    if request.endpoint in (None, "static"):
        return response
    if request.method in SAFE:
        return response
    if response.status_code < 400 or g.get("keep_changes"):
        db.session.commit()
        pages.new_turn()
    else:
        db.session.rollback()
    return response


def keep_changes() -> None:
    """Commit although the answer is a refusal: a failed log-in must be remembered."""
    g.keep_changes = True


def _headers(response: Response) -> Response:
    settings = current_app.config["PORTAL"]
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if settings.secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if g.get("person") else "private, no-cache"
    if response.mimetype == "text/html":
        if "Content-Language" not in headers:
            headers["Content-Language"] = locale_code()
        headers.add("Vary", "Cookie, Accept-Language")
    return response


def _leave(_error: BaseException | None) -> None:
    if db.session.registry.has():
        db.session.rollback()
    stack = g.pop("stack", None)
    if stack is not None:
        stack.close()
    forget_language()  # what runs in this thread afterwards is nobody's language


# -- what every page knows


@dataclass(frozen=True)
class TenantView:
    """A tenant as templates see it: plain values in the reader's language."""

    slug: str
    name: str
    short: str
    languages: tuple[str, ...]
    zone: str
    currency: str


def _page_values() -> dict[str, Any]:
    code = locale_code()
    tenant = g.get("tenant")
    look_ups: LookUps = current_app.extensions["portal_look_ups"]
    return {
        "tenant": TenantView(
            tenant.slug,
            show_text(tenant.name),
            tenant.short_name,
            tuple(tenant.languages),
            tenant.zone,
            tenant.currency,
        )
        if tenant
        else None,
        "actor": g.get("actor"),
        "person": g.get("person"),
        "locale": {"code": code, "dir": direction(code), "name": all_languages()[code].name},
        "languages": _language_links(tenant, code),
        "navigation": _navigation(look_ups, tenant, g.get("actor")),
        "links": _links(look_ups),
        "seat": _seat(g.get("actor")),
        "csrf_token": generate_csrf,
        "request_id": g.get("request_id", ""),
    }


def _address(endpoint: str) -> str | None:
    """The address of a page without parameters in this tenant, made once; None when it needs a tenant and has none."""
    kept: dict[tuple[str, str | None], str | None] = current_app.extensions.setdefault("portal_addresses", {})
    key = (endpoint, g.get("tenant_slug"))
    if key not in kept:
        needs_tenant = current_app.url_map.is_endpoint_expecting(endpoint, "tenant")
        kept[key] = None if needs_tenant and key[1] is None else url_for(endpoint)
    return kept[key]


def _links(look_ups: LookUps) -> dict[str, str]:
    """The addresses the layout needs; those of a tenant only where there is one."""
    found = {name: url for name, endpoint in look_ups.links.items() if (url := _address(endpoint)) is not None}
    if g.get("person") is None and "login" in found and request.method in SAFE and request.endpoint != "accounts.login":
        found["login"] = url_for(look_ups.links["login"], next=request.full_path.rstrip("?"))
    return found


def _seat(actor: Actor | None) -> dict[str, str]:
    """As whom somebody is here: her roles in words, and her organisation."""
    if actor is None:
        return {}
    held = {str(role) for roles in actor.organisations.values() for role in roles}
    roles = [*sorted(str(role) for role in actor.roles), *sorted(held)]
    return {
        "role": show_list(show_message(role_name(role)) for role in roles),
        "organisation": next(iter(actor.organisation_names.values()), ""),
    }


def _language_links(tenant: Any, code: str) -> list[dict[str, Any]]:
    """One link a language; each keeps the page and what it was asked."""
    asked = request.args.to_dict(flat=False)
    links = []
    for language in offered().values():
        if tenant and language.code not in tenant.languages:
            continue
        url = _same_page(asked | {"lang": [language.code]})
        links.append({"code": language.code, "name": language.name, "url": url, "current": language.code == code,
                      "dir": language.direction})  # fmt: skip
    return links


def _same_page(asked: Mapping[str, list[str]]) -> str:
    path = request.path if request.method in SAFE else (urlsplit(request.referrer or "").path or request.path)
    return f"{path}?{urlencode(asked, doseq=True)}"


def _navigation(look_ups: LookUps, tenant: Any, actor: Actor | None) -> list[dict[str, Any]]:
    if tenant is None:
        return []
    shown = [
        item
        for item in look_ups.navigation
        if item.permission is None or (actor is not None and holds(actor, item.permission))
    ]
    here = _entry_of(request.path.removeprefix(f"/{tenant.slug}/"), shown)
    return [{"label": gettext(item.label), "url": _address(item.endpoint), "current": item is here} for item in shown]


def _entry_of(path: str, shown: Sequence[NavItem]) -> NavItem | None:
    """The entry a page belongs to: of those whose addresses begin like its own, the one that says most of it."""
    fitting = [(len(prefix), item) for item in shown for prefix in item.prefixes if path.startswith(prefix)]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


# -- addresses


def safe_next(target: str | None, fallback: str) -> str:
    """Where to go after log-in: only an address of our own, never another host's (``//evil``, ``/\\evil``)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return fallback
    if any(ord(sign) < 32 for sign in target):  # control characters are dropped by browsers: "/\t/evil"
        return fallback
    parts = urlsplit(target)
    return fallback if parts.scheme or parts.netloc else target
