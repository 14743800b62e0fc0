"""The pages of the calls: for everybody, and their administration."""

from portal.calls.views import manage, public
from portal.calls.views.base import blueprint

__all__ = ["blueprint", "manage", "public"]
