"""What a request carries, cleaned before anybody reads it."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property


class Asked(Request):
    """A request whose typed fields hold no U+0000: PostgreSQL keeps none in a text, and nobody means to type one."""

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of a form, in the order they were sent."""
        sent = super().form
        if not any("\0" in name or "\0" in value for name, value in sent.items(multi=True)):
            return sent
        return ImmutableMultiDict(
            [(name.replace("\0", ""), value.replace("\0", "")) for name, value in sent.items(multi=True)]
        )
