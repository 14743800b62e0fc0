"""Headers of mails in every script: words in pieces of a length that RFC 2047 allows, with no space lost between them.

Python's own folding makes pieces of 76 signs where 75 are allowed, and drops the space where a piece ends between two
words; long Arabic subjects then arrive with words grown together.
"""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class WordsInPieces(EmailPolicy):
    """The policy of mails over the wire, with our own folding of what is not ASCII."""

    def fold(self, name: str, value: Any) -> str:
        """A header as text, in lines."""
        return super().fold(name, value) if self._plain(value) else self._pieces(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as it goes over the wire, in lines."""
        return super().fold_binary(name, value) if self._plain(value) else self._pieces(name, value).encode("ascii")

    def _plain(self, value: Any) -> bool:
        addresses = getattr(value, "addresses", ())
        # An address beyond ASCII needs a server that takes it; it cannot be written in pieces.
        return self.utf8 or str(value).isascii() or not all(one.addr_spec.isascii() for one in addresses)

    def _pieces(self, name: str, value: Any) -> str:
        end = self.linesep
        addresses = getattr(value, "addresses", None)
        if addresses is None:
            return f"{name}: {Header(str(value), 'utf-8', header_name=name, maxlinelen=75).encode(linesep=end)}{end}"
        told = []
        for one in addresses:
            # The address stands on a line of its own, so that no line grows too long.
            words = Header(one.display_name, "utf-8", header_name=name, maxlinelen=75).encode(linesep=end)
            told.append(f"{words}{end} <{one.addr_spec}>" if one.display_name else one.addr_spec)
        return f"{name}: {f',{end} '.join(told)}{end}"


#: For messages that are sent: lines end as SMTP wants them.
WIRE = WordsInPieces(linesep="\r\n")
