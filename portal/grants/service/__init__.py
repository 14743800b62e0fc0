"""What is done with grants: made on approval, agreed, paid in tranches, closed. Importing this registers the steps."""

from __future__ import annotations

from portal.grants.service import agreement, make, payments, settle

__all__ = ["agreement", "make", "payments", "settle"]
