"""Pages of evaluators, and of the secretariat about evaluations and the panel."""

from portal.evaluation.views import inbox, panel, rounds
from portal.evaluation.views.base import blueprint

__all__ = ["blueprint", "inbox", "panel", "rounds"]
