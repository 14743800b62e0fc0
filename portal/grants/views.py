"""Pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("grants", __name__)
