"""What is done with partnership agreements: drawn up, accepted. Importing this registers the steps."""

from __future__ import annotations

from portal.partnerships.service import papers, sign

__all__ = ["papers", "sign"]
