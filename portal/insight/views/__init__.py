"""The pages of figures: standards and performance, the team, feeds."""

from portal.insight.views.base import blueprint

__all__ = ["blueprint"]
