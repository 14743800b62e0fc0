"""Pages of the members' side: for focal points what waits for them; for the secretariat the circulars."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("members", __name__)

from portal.members.views import (  # noqa: E402, F401 (they add their pages to the blueprint)
    beside,
    cases,
    circulars,
    compose,
    inbox,
    member,
    register,
    sponsors,
)
