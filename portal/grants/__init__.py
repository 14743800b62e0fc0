"""Grants: the agreement the client accepts, the tranches it is paid in, and what was paid and spent."""
