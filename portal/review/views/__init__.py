"""Pages of the secretariat: the desk, a case, its moves, its letter."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("review", __name__)

from portal.review.views import (  # noqa: E402 (they add their pages to the blueprint)
    batch,  # noqa: F401
    case,  # noqa: F401
    conditions,  # noqa: F401
    desk,  # noqa: F401
    files,  # noqa: F401
    letter,  # noqa: F401
    moves,  # noqa: F401
    signatory,  # noqa: F401
    team,  # noqa: F401
    writing,  # noqa: F401
)
