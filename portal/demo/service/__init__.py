"""Set the demonstration up: its tenants and people, and its cases, played by the portal's own verbs."""
