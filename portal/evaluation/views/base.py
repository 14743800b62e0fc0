"""The blueprint of the pages about evaluations."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("evaluation", __name__)


def whole(written: str) -> int:
    """A whole number of a form, in the digits of any script; 0 when it is none or longer than any that is asked for."""
    return int(written) if written.isdecimal() and len(written) < 6 else 0
