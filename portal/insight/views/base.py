"""The blueprint of the figures' pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("insight", __name__)
