"""What programs ask a site for by fixed names: what they may read, which pages there are, where a password is changed.

Standards: RFC 9309 (robots.txt), sitemaps.org 0.9, RFC 9116 (security.txt), W3C "A Well-Known URL for Changing
Passwords".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.calls import queries as calls
from portal.core.errors import NotFound
from portal.infra import access, assets, sitemap, tenancy
from portal.infra.access import public_page
from portal.infra.i18n import offered
from portal.public import queries
from portal.public.views.base import blueprint
from portal.tenants import queries as tenants

#: The public pages of a tenant that there is one of.
PAGES = (
    "public.home",
    "calls.calls",
    "public.projects",
    "insight.performance",
    "public.help_page",
    "public.status",
    "public.accessibility",
)
#: Open to everybody, and nothing for a search engine: the way in, and addresses that are a secret.
NOT_TO_BE_FOUND = ("accounts.login", "accounts.forgot", "accounts.ticket", "insight.feed")
KEEP_SECONDS = 3600
SECURITY_DAYS = 90


@blueprint.get("/robots.txt")
@public_page
def robots() -> Response:
    """What programs may read: whatever anybody may, but for the log-in and addresses that are a secret."""
    slugs, paths = [tenant.slug for tenant in tenants.all_tenants()], closed_paths(current_app)
    closed = dict.fromkeys(path.replace("<tenant>", slug) for slug in slugs or [""] for path in paths)
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "Allow: /", ""]
    return _kept("\n".join([*lines, f"Sitemap: {_full('public.sitemap_index')}", ""]), "text/plain")


@blueprint.get("/sitemap.xml")
@public_page
def sitemap_index() -> Response:
    """Where the pages of each tenant are listed: its own, and its funded projects by the thousand."""
    files = []
    for tenant in tenants.all_tenants():
        with tenancy.scope(tenant.id):
            count = queries.project_count()
        files.append(_full("public.sitemap_pages", tenant=tenant.slug))
        numbers = range(1, -(-count // sitemap.MOST) + 1)
        files += [_full("public.sitemap_projects", tenant=tenant.slug, page=number) for number in numbers]
    return _kept(sitemap.index(files), sitemap.MEDIA_TYPE)


@blueprint.get("/<tenant>/sitemap.xml")
@public_page
def sitemap_pages() -> Response:
    """The public pages of a tenant: those that there is one of, and the calls that its list of calls shows."""
    now = datetime.now(UTC)
    announced = [*calls.open_calls(now), *calls.other_calls(now)]
    addresses = [_full(endpoint) for endpoint in PAGES] + [_full("calls.call", code=call.code) for call in announced]
    return _kept(sitemap.pages(addresses, _languages()), sitemap.MEDIA_TYPE)


@blueprint.get("/<tenant>/sitemap-projects-<int:page>.xml")
@public_page
def sitemap_projects(page: int) -> Response:
    """The pages of a thousand funded projects, the one approved first, first: a full file does not change any more.

    When a page was changed last is not said: the instant could tell of steps between the two sides of a grant.
    """
    found = queries.project_references(page, sitemap.MOST)
    if not found:
        raise NotFound
    addresses = [_full("public.project", reference=reference) for reference in found]
    return _kept(sitemap.pages(addresses, _languages()), sitemap.MEDIA_TYPE)


@blueprint.get("/favicon.ico")
@public_page
def favicon() -> BaseResponse:
    """The mark, for whatever asks for it by the old name."""
    return redirect(assets.asset("img/mark.svg"), 301)


@blueprint.get("/.well-known/change-password")
@public_page
def change_password() -> BaseResponse:
    """Where a program that keeps passwords sends its owner to change hers: the account page, after the log-in."""
    return redirect(url_for("accounts.profile", _anchor="password"))


@blueprint.get("/.well-known/security.txt")
@public_page
def security() -> Response:
    """To whom a weakness is told; none where whoever runs the portal has named nobody.

    The day on which it expires moves along: the contact is a setting, read at each start.

    :raises NotFound: when ``PORTAL_SECURITY_CONTACT`` is not set.
    """
    contact = current_app.config["PORTAL"].security_contact
    if not contact:
        raise NotFound
    expires = (datetime.now(UTC) + timedelta(days=SECURITY_DAYS)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {contact}", f"Expires: {expires}", f"Preferred-Languages: {', '.join(offered())}"]
    return _kept("\n".join([*lines, f"Canonical: {_full('public.security')}", ""]), "text/plain")


def closed_paths(app: Flask) -> list[str]:
    """The beginnings of addresses that programs may not read, ``<tenant>`` for each tenant's; as few as will do.

    They follow from what the pages declare, so that a new page that is not for everybody is closed by itself.
    """
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    closed = {rule.rule for rule in rules if _is_closed(app, rule.endpoint)}
    opened = {rule.rule for rule in rules} - closed
    found = set()
    for rule in closed:
        short, long = _first_step(rule), _beginning(rule)
        found.add(long if any(one.startswith(short) for one in opened) else short)
    return sorted(path for path in found if not any(path != other and path.startswith(other) for other in found))


def _is_closed(app: Flask, endpoint: str) -> bool:
    return access.declared(app, endpoint) != access.PUBLIC or endpoint in NOT_TO_BE_FOUND


def _beginning(rule: str) -> str:
    """A rule up to its first argument other than the tenant: ``/<tenant>/admin/mail/``."""
    place = rule.find("<", len("/<tenant>") if rule.startswith("/<tenant>") else 0)
    return rule if place < 0 else rule[:place]


def _first_step(rule: str) -> str:
    """A rule up to its first folder below the tenant, or below the root: ``/<tenant>/admin/``."""
    place = _beginning(rule).find("/", len("/<tenant>/") if rule.startswith("/<tenant>/") else 1)
    return _beginning(rule) if place < 0 else rule[: place + 1]


def _full(endpoint: str, **values: Any) -> str:
    """The full address of a page at the address people use."""
    return str(current_app.config["PORTAL"].base_url) + url_for(endpoint, **values)


def _languages() -> list[str]:
    return [code for code in g.tenant.languages if code in offered()]


def _kept(text: str, media_type: str) -> Response:
    """An answer that is the same for everybody, and may be kept by whoever passes it on."""
    answer = current_app.response_class(text, mimetype=media_type)
    answer.headers["Cache-Control"] = f"public, max-age={KEEP_SECONDS}"
    return answer
