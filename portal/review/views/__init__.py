"""Pages of the secretariat: the desk, a case, its moves, its letter."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("review", __name__)

from portal.review.views import batch, case, conditions, desk, files, letter, moves, signatory, writing  # noqa: E402, F401 (they add their pages to the blueprint)
