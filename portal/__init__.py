"""The City Grants Portal. ``create_app`` is its table of contents; it lives in ``portal.application``.

The import is inside the function, so that reading a pure part of the portal does not load the whole of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: Settings | None = None, *, testing: bool = False) -> Flask:
    """Build the application; see :func:`portal.application.create_app`."""
    from portal.application import create_app as build

    return build(settings, testing=testing)
