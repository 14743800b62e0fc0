"""What members are asked and answer. Importing this registers the guards and effects that workflows name."""

from portal.members.service import answer, circular, close, sponsors

__all__ = ["answer", "circular", "close", "sponsors"]
