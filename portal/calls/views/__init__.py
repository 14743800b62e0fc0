"""The pages of the calls: for everybody, and their administration."""

from portal.calls.views import decisions, feed, manage, public, questions
from portal.calls.views.base import blueprint

__all__ = ["blueprint", "decisions", "feed", "manage", "public", "questions"]
