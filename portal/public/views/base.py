"""The blueprint to which every page of this feature belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, url_for

from portal.core.text import legible
from portal.infra.i18n import show_message
from portal.public.queries import Listed

blueprint = Blueprint("public", __name__)


def shown(problems: Mapping[str, Any]) -> dict[str, str]:
    """Problems by field in the reader's language."""
    return {field: show_message(message) for field, message in problems.items()}


def page_links(endpoint: str, listed: Listed, **asked: str) -> dict[str, str | None]:
    """The addresses of the page before and after, with what was asked."""
    kept: dict[str, Any] = {key: value for key, value in asked.items() if value}
    return {
        "previous": url_for(endpoint, before=listed.before, **kept) if listed.before else None,
        "next": url_for(endpoint, after=listed.after, **kept) if listed.after else None,
    }


def asked(name: str, longest: int = 200) -> str:
    """What the address asks under a name, cut to a sensible length, without characters no text holds."""
    return legible(request.args.get(name, "")).strip()[:longest]
