"""Pages of evaluators, and of the secretariat about evaluations and the panel."""

from portal.evaluation.views import beside, inbox, panel, rounds
from portal.evaluation.views.base import blueprint

__all__ = ["beside", "blueprint", "inbox", "panel", "rounds"]
