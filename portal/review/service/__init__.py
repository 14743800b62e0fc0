"""Assign, assess, decide, write. Importing this registers the workflow's guards, conditions and effects."""

from portal.review.service import assess, assign, decide, letter

__all__ = ["assess", "assign", "decide", "letter"]
