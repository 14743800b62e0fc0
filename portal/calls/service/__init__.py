"""What is done with a call: written, announced, changed, prolonged; questions about it asked and answered."""

from __future__ import annotations

from portal.calls.service.listeners import told

__all__ = ["told"]
