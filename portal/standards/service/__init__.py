"""Publish standards and calendars; reckon the clocks of a case and keep the result, with the figures in step."""

from portal.standards.rules.readings import Reading
from portal.standards.service.calendar import RECOMPUTE, publish_calendar
from portal.standards.service.clocks import NEVER, OPEN, differences, reckoned, refresh
from portal.standards.service.publish import publish, publish_seeds

__all__ = [
    "NEVER",
    "OPEN",
    "RECOMPUTE",
    "Reading",
    "differences",
    "publish",
    "publish_calendar",
    "publish_seeds",
    "reckoned",
    "refresh",
]
