"""The pages of figures: standards and performance, the team, feeds."""

from portal.insight.views import breaches, calendar, feeds, performance, standard_drafts, standards, workflows
from portal.insight.views.base import blueprint

__all__ = ["blueprint", "breaches", "calendar", "feeds", "performance", "standard_drafts", "standards", "workflows"]
