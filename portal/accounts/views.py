"""Log in and out, one's own account, links that were mailed, and the choice of a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from portal.accounts import jobs, queries, rules, service
from portal.accounts.models import Person
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import holds
from portal.core.role_names import role_name
from portal.infra import tenancy
from portal.infra.access import public_page, signed_in
from portal.infra.i18n import gettext, ngettext, offered, show_message
from portal.infra.web import LookUps, keep_changes, safe_next
from portal.tenants import queries as tenants
from portal.tenants.models import Tenant

__all__ = ["blueprint", "jobs"]  # the jobs are registered by being imported

blueprint = Blueprint("accounts", __name__)


# -- in and out


@blueprint.get("/")
@public_page
def start() -> Response | str:
    """Where somebody begins who names no tenant: the host's own tenant, the only one, or a choice."""
    known = tenants.all_tenants()
    settings = current_app.config["PORTAL"]
    slug = settings.hosts.get(request.host.partition(":")[0].lower())
    if slug is None and len(known) == 1:
        slug = known[0].slug
    if slug is not None and tenants.by_slug(slug) is not None:
        return redirect(url_for("public.home", tenant=slug))
    return render_template("pages/accounts/start.html", tenants=known)


@blueprint.get("/login")
@public_page
def login() -> Response | str:
    """Ask for e-mail address and password."""
    if g.person is not None:
        return redirect(safe_next(request.args.get("next"), place_of(g.person)))
    return _login_page({"next": request.args.get("next", "")}, {})


@blueprint.post("/login")
@public_page
def log_in() -> Response:
    """Let a person in, into a session that is new."""
    form = request.form
    now = datetime.now(UTC)
    try:
        person = service.log_in(form.get("email", ""), form.get("password", ""), request.remote_addr or "", now)
    except Invalid as refusal:
        keep_changes()
        return make_response(_login_page(form, refusal.problems), 422)
    except service.TooManyTries as refusal:
        return _too_many(refusal, now, lambda problems: _login_page(form, problems))
    _start_session(person)
    return redirect(safe_next(form.get("next"), place_of(person)), 303)


@blueprint.post("/logout")
@signed_in
def logout() -> Response:
    """End this session; with ``everywhere`` every session of hers."""
    if request.form.get("everywhere"):
        service.log_out_everywhere(g.person)
    chosen = cookie.get("lang")
    logout_user()
    cookie.clear()
    if chosen:
        cookie["lang"] = chosen
    flash(gettext("You are logged out."), "success")
    return redirect(url_for("accounts.login"), 303)


def _start_session(person: Person) -> None:
    """Nothing of the session before survives: neither a planted key nor a stranger's form."""
    cookie.clear()
    cookie.permanent = True
    login_user(queries.SessionUser(person))


def place_of(person: Person) -> str:
    """Where a person works: her only tenant's desk or her cases there; with several tenants, the choice."""
    mine = queries.tenants_of(person)
    if len(mine) == 1:
        return place_in(mine[0], person)
    return url_for("accounts.choose")


def place_in(tenant: Tenant, person: Person) -> str:
    """Where a person works in a tenant: the first page that is hers alone in the navigation (cases, desk, members)."""
    look_ups: LookUps = current_app.extensions["portal_look_ups"]
    with tenancy.scope(tenant.id):
        actor = look_ups.actor(person, tenant)
    for item in look_ups.navigation:
        if item.permission is not None and holds(actor, item.permission):
            return url_for(item.endpoint, tenant=tenant.slug)
    return url_for("public.home", tenant=tenant.slug)


def _login_page(form: Mapping[str, Any], problems: Mapping[str, Any]) -> str:
    # What the address asks for is only repeated when it is one of our own.
    asked = {**form, "next": safe_next(form.get("next"), "")}
    return render_template("pages/accounts/login.html", form=asked, problems=shown(problems))


def shown(problems: Mapping[str, Any]) -> dict[str, str]:
    """Problems by field in the reader's language."""
    return {field: show_message(message) for field, message in problems.items()}


def _too_many(refusal: service.TooManyTries, now: datetime, page: Any) -> Response:
    """The same page, saying when the next try is looked at."""
    seconds = max(1, ceil((refusal.until - now).total_seconds()))
    minutes = ceil(seconds / 60)
    text = ngettext(
        "There were too many tries. Try again in %(num)s minute.",
        "There were too many tries. Try again in %(num)s minutes.",
        minutes,
    )
    answer = make_response(page({"wait": text}), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


# -- a new password


@blueprint.get("/account/forgot")
@public_page
def forgot() -> str:
    """Ask for a link to a new password."""
    return render_template("pages/accounts/forgot.html", form={}, problems={}, sent=False)


@blueprint.post("/account/forgot")
@public_page
def ask_for_reset() -> Response:
    """Mail the link, if there is such an account; the answer does not say."""
    now = datetime.now(UTC)

    def page(problems: Mapping[str, Any], sent: bool = False) -> str:
        return render_template("pages/accounts/forgot.html", form=request.form, problems=shown(problems), sent=sent)

    try:
        service.ask_for_reset(request.form.get("email", ""), request.remote_addr or "", now)
    except Invalid as refusal:
        return make_response(page(refusal.problems), 422)
    except service.TooManyTries as refusal:
        return _too_many(refusal, now, page)
    return make_response(page({}, sent=True))


@blueprint.get("/account/<any(reset, invitation):kind>/<token>")
@public_page
def ticket(kind: str, token: str) -> Response:
    """Show what a mailed link is for. Looking does not use it: mail programs open links too."""
    return _ticket_page(kind, token, {})


@blueprint.post("/account/<any(reset, invitation):kind>/<token>")
@public_page
def use_ticket(kind: str, token: str) -> Response:
    """Use the link: set the password and let the person in."""
    form = request.form
    now = datetime.now(UTC)
    try:
        name = form.get("name", "") if kind == "invitation" else None
        person = service.use_ticket(token, kind, form.get("password", ""), now, name=name)
    except Invalid as refusal:
        return _ticket_page(kind, token, shown(refusal.problems))
    except NotNow:
        return _ticket_page(kind, token, {})
    _start_session(person)
    flash(gettext("Your password is set. You are logged in."), "success")
    return redirect(place_of(person), 303)


def _ticket_page(kind: str, token: str, problems: Mapping[str, str]) -> Response:
    person = service.ticket_person(token, kind, datetime.now(UTC))
    if person is None:
        return make_response(render_template("pages/accounts/link_gone.html", kind=kind), 404)
    values = {"name": request.form.get("name", person.name)}
    page = render_template(
        "pages/accounts/ticket.html",
        kind=kind,
        email=person.email,
        form=values,
        problems=problems,
        least=rules.SHORTEST_PASSWORD,
    )
    answer = make_response(page, 422 if problems else 200)
    # The address holds the secret: it must not reach the server of a link on the page, nor a cache.
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- one's own account


@blueprint.get("/account/")
@signed_in
def profile() -> str:
    """One's own name, language and password."""
    return _profile_page({"name": g.person.name, "language": g.person.language}, {})


@blueprint.post("/account/")
@signed_in
def change_profile() -> Response:
    """Keep name and language."""
    try:
        service.set_profile(g.person, request.form.get("name", ""), request.form.get("language", ""))
        if request.form.get("offers_digest"):
            service.set_weekly_digest(g.person, request.form.get("digest") == "1")
    except Invalid as refusal:
        return make_response(_profile_page(request.form, refusal.problems), 422)
    cookie.pop("lang", None)
    g.language = g.person.language
    flash(gettext("Your particulars are kept."), "success")
    return redirect(url_for("accounts.profile"), 303)


@blueprint.post("/account/password")
@signed_in
def change_password() -> Response:
    """Change the password; every other session ends, this one goes on as a new one."""
    form, now = request.form, datetime.now(UTC)
    here = {"name": g.person.name, "language": g.person.language}
    try:
        old, new = form.get("old", ""), form.get("password", "")
        service.change_password(g.person, old, new, request.remote_addr or "", now)
    except Invalid as refusal:
        keep_changes()
        return make_response(_profile_page(here, refusal.problems), 422)
    except service.TooManyTries as refusal:
        return _too_many(refusal, now, lambda problems: _profile_page(here, problems))
    _start_session(g.person)
    flash(gettext("Your password is changed. Everywhere else you are logged out."), "success")
    return redirect(url_for("accounts.profile"), 303)


def _profile_page(form: Mapping[str, Any], problems: Mapping[str, Any]) -> str:
    mine = queries.tenants_of(g.person)
    return render_template(
        "pages/accounts/profile.html",
        form=form,
        problems=shown(problems),
        email=g.person.email,
        choices=[(language.code, language.name) for language in offered().values()],
        tenants=mine,
        digest=g.person.weekly_digest if queries.roles_everywhere(g.person.id) else None,
        least=rules.SHORTEST_PASSWORD,
    )


@blueprint.get("/account/tenants/")
@signed_in
def choose() -> str:
    """Choose for whom to work now."""
    roles = queries.roles_everywhere(g.person.id)
    rows = [
        {
            "slug": tenant.slug,
            "name": tenant.name,
            "roles": [role_name(role) for role in roles.get(tenant.id, ())],
        }
        for tenant in queries.tenants_of(g.person)
    ]
    return render_template("pages/accounts/tenants.html", rows=rows)


@blueprint.post("/account/tenants/")
@signed_in
def switch() -> Response:
    """Go to work for a tenant, on purpose."""
    slug = request.form.get("as", "")
    tenant = next((tenant for tenant in queries.tenants_of(g.person) if tenant.slug == slug), None)
    if tenant is None:
        raise NotFound
    return redirect(place_in(tenant, g.person), 303)
