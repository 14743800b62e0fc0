"""Pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("translation", __name__)
