"""Translate an application: keep a draft, file it, accept it. Importing this registers the workflow's steps."""

from portal.translation.service import steps, translate

__all__ = ["steps", "translate"]
