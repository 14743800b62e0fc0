"""Set the demonstration up: its tenants and people, its cases driven by the portal's own verbs, and many more in bulk."""
