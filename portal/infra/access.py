"""Which permission a page needs, and the gate that lets nobody through a page that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from portal.core.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed in"


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Declare that a page needs one of these permissions (which the actor must hold somewhere in the tenant)."""

    def declare(view: View) -> View:
        view.portal_access = permissions  # type: ignore[attr-defined]
        return view

    return declare


def public_page(view: View) -> View:
    """Declare that anybody may see a page."""
    view.portal_access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Declare that everybody with an account may see a page, whatever her roles."""
    view.portal_access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str) -> tuple[Permission, ...] | str | None:
    """What an endpoint declares: permissions, ``PUBLIC``, ``SIGNED_IN``, or None when it says nothing."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "portal_access", None)


def undeclared(app: Flask) -> list[str]:
    """The endpoints that say nothing: the application refuses to start with one."""
    return sorted(endpoint for endpoint in app.view_functions if declared(app, endpoint) is None)
