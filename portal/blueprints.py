"""The features in order, and what the technology needs to know of them. Adding a feature is one line."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_login import LoginManager

from forms.engine import registry
from portal.calls.rules import instruments
from portal.cases import queries as cases
from portal.cases.service import definitions
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.infra.web import LookUps, NavItem
from portal.organisations import queries as organisations
from portal.tenants import queries as tenants

#: Every feature with pages; each has ``<feature>.views`` with a blueprint of its own name.
FEATURES = (
    "accounts",
    "organisations",
    "calls",
    "applications",
    "translation",
    "review",
    "evaluation",
    "members",
    "grants",
    "partnerships",
    "reporting",
    "insight",
    "public",
)

#: Modules whose import registers guards, effects and jobs.
STEPS = (
    "portal.cases.service.guards",
    "portal.cases.service.submission",
    "portal.cases.service.closing",
    "portal.cases.service.stages",
    "portal.cases.service.message",
    "portal.cases.service.extension",
    "portal.cases.service.document",
    "portal.cases.service.tracks",
    "portal.cases.service.route",
    "portal.cases.service.appeals",
    "portal.cases.service.pages",
    "portal.cases.jobs",
    "portal.translation.service",
    "portal.review.service",
    "portal.review.jobs",
    "portal.evaluation.service",
    "portal.evaluation.jobs",
    "portal.members.service",
    "portal.members.jobs",
    "portal.cases.service.agreements",
    "portal.grants.service",
    "portal.partnerships.service",
    "portal.reporting.service",
    "portal.insight.jobs",
)

#: A page belongs to the entry whose prefix says most of its address; the pages of administration that have no entry of
#: their own for a reader are the desk's.
NAVIGATION = (
    NavItem(N_("My cases").id, "applications.my_cases", Permission.CASE_READ_OWN, ("my/", "cases/")),
    NavItem(N_("Desk").id, "review.desk", Permission.DESK_READ, ("desk/", "admin/")),
    NavItem(N_("Translation").id, "translation.inbox", Permission.TRANSLATION_WRITE, ("inbox/",)),
    NavItem(N_("Evaluations").id, "evaluation.inbox", Permission.EVALUATION_WRITE, ("inbox/evaluations/",)),
    NavItem(N_("Evaluation").id, "evaluation.rounds", Permission.EVALUATION_READ, ("admin/evaluation/",)),
    NavItem(N_("Waiting for you").id, "members.inbox", Permission.MEMBER_ANSWER, ("members/", "sponsorships/")),
    NavItem(N_("Circulars").id, "members.circulars", Permission.CIRCULAR_READ, ("circulars/",)),
    NavItem(N_("Grants").id, "grants.grants", Permission.GRANT_READ, ("grants/", "partnerships/", "reports/")),
    NavItem(N_("Mail").id, "public.outbox", Permission.MAIL_READ, ("admin/mail/",)),
    NavItem(
        N_("Standards").id,
        "insight.standards",
        Permission.STANDARDS_MANAGE,
        (
            "admin/standards/",
            "admin/calendar/",
            "admin/workflows/",
            "admin/manual/",
            "admin/rules/",
            "circulars/members/",
        ),
    ),
    NavItem(N_("People").id, "public.people", Permission.PEOPLE_READ, ("admin/people/",)),
    NavItem(N_("Calls").id, "calls.calls", None, ("calls/", "admin/calls/")),
    NavItem(N_("Projects").id, "public.projects", None, ("projects/",)),
    NavItem(N_("Help").id, "public.help_page", None, ("help/",)),
)

#: What the layout links to. Pages that are a tenant's are linked only inside one.
LINKS = {
    "home": "public.home",
    "brand_css": "public.brand",
    "login": "accounts.login",
    "logout": "accounts.logout",
    "profile": "accounts.profile",
    "help": "public.help_page",
    "status_lookup": "public.status",
    "performance": "insight.performance",
    "accessibility": "public.accessibility",
}


def register(app: Flask) -> None:
    """Import the features and register their pages, guards, effects and jobs."""
    for module in STEPS:
        import_module(module)
    for feature in FEATURES:
        app.register_blueprint(import_module(f"portal.{feature}.views").blueprint)


def set_up_log_in(app: Flask) -> None:
    """Flask-Login: a session names a person and the key of her sessions; a changed key ends them all."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses change on mobile lines; the session key is the fence
    manager.user_loader(organisations.session_user)


def look_ups() -> LookUps:
    """What the request life asks the features."""
    return LookUps(
        tenant=tenants.by_slug,
        navigation=NAVIGATION,
        links=LINKS,
        reader=organisations.reader_question,
        readable=cases.is_readable,
        actor=organisations.actor_for,
    )


def check_definitions() -> None:
    """Every workflow of every instrument names only guards, effects, mails and languages that exist, and leads to ends.

    :raises WorkflowError: naming everything that is wrong in a definition.
    """
    known = registry.load()
    for code in known.instruments:
        for process in instruments.processes(code):
            for version in known.versions(code, instruments.workflow_file(process)):
                definitions.check(known, code, process, version)
