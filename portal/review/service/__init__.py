"""Assign, assess, decide, write. Importing this registers the workflow's guards, conditions and effects."""

from portal.review.service import assess, assign, batch, conditions, decide, embargo, letter

__all__ = ["assess", "assign", "batch", "conditions", "decide", "embargo", "letter"]
