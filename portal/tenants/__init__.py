"""Tenants: the alliances and funds that run programmes here, each with its brand, languages, calendar and policy."""
