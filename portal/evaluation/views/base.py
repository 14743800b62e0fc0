"""The blueprint of the pages about evaluations."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("evaluation", __name__)
